"""Funds: which payouts a claim may hold money for, and who goes on when there is money again.

A tenant's account says how far it may fall; without a limit nothing waits. The account is locked while the claim
decides, and stays so until the holds are written, so whoever claims at the same time counts what is left. PostgreSQL
refuses what would fall below the limit all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Min, Q, QuerySet, Sum
from django.db.utils import IntegrityError

from payouts_service.connectors import registry
from payouts_service.events.log import Fact
from payouts_service.hints.stopping import stopping
from payouts_service.kit.errors import ServiceError
from payouts_service.kit.money import amount_text
from payouts_service.ledger.accounts import room_of
from payouts_service.ledger.chart import AccountKind, Chart
from payouts_service.ledger.entries import LockedAccount, lock
from payouts_service.payouts import failures, lifecycle, queries
from payouts_service.payouts.clock import CLOCK
from payouts_service.payouts.models import ConnectorState, Payout, Status
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text

_log = structlog.get_logger(__name__)
FUNDS: Final = "funds"
_AT_ONCE: Final = 100  # The account is locked meanwhile, and claims wait for it.


class InsufficientFunds(ServiceError):
    """The account lacks the money to pay it now (409)."""

    status = 409
    code = "insufficient-funds"
    title = "The account does not cover the payout"


def chart_of(payout: Payout) -> Chart:
    """The accounts that it is paid from."""
    return Chart(payout.tenant_id, payout.currency)


class Book:
    """What the accounts have left for these payouts, each judged in its turn. Under the payouts' locks.

    Those that do not fit are passed over; with STRICT_ORDER none goes before one that waits.
    """

    def __init__(self, payouts: Sequence[Payout]) -> None:
        charts = {chart_of(payout) for payout in payouts}
        self._left: dict[Chart, LockedAccount] = {}
        if charts and room_of(charts):
            # All that the holds will lock, in one go: two goes could wait for each other across transactions.
            accounts = lock(charts, AccountKind.AVAILABLE, AccountKind.HELD)
            self._left = {chart: accounts[chart, AccountKind.AVAILABLE] for chart in charts}
        self._in_order = {chart for chart, account in self._left.items() if _keeps_order(account)}
        self._first = _first_waiting(self._in_order)
        self._lacking: list[Payout] = []

    def takes(self, payout: Payout) -> bool:
        """Whether there is money for it, which is then taken; ``hold_back`` makes it wait or fail where not."""
        chart = chart_of(payout)
        if chart not in self._left:
            return True
        overtakes = _overtakes(payout, self._first)
        if overtakes or not self._left[chart].has_room_for(payout.amount):
            self._lacking.append(payout)
            if chart in self._in_order and not overtakes:
                self._first[chart] = (payout.ready_at, payout.id)
            return False
        self._left[chart].balance -= payout.amount
        return True

    def hold_back(self, *, at: datetime) -> None:
        """Make those wait for funds that there was no money for, or fail where the account says so."""
        fails = [payout for payout in self._lacking if self._left[chart_of(payout)].fails_without_funds]
        for payout in fails:
            failures.insufficient_funds().put_on(payout)
        lifecycle.move(fails, "cancel", at=at)
        waits = [payout for payout in self._lacking if not self._left[chart_of(payout)].fails_without_funds]
        for payout in waits:
            payout.blockers = [*payout.blockers, FUNDS]
        lifecycle.change(waits, "payout.blocked", at=at)


def require(payout: Payout) -> None:
    """Refuse a claim by a person that there is no money for. Under the payout's lock. Raises InsufficientFunds.

    With STRICT_ORDER a person overtakes those that wait for funds no more than a worker does.
    """
    chart = chart_of(payout)
    account = lock([chart], AccountKind.AVAILABLE, AccountKind.HELD)[chart, AccountKind.AVAILABLE]
    limited = account.least_balance is not None
    overtakes = limited and _keeps_order(account) and _overtakes(payout, _first_waiting([chart]))
    if overtakes or not account.has_room_for(payout.amount):
        missing = _missing(payout, account)
        why = "has older payouts to pay first" if overtakes else f"lacks {missing} {payout.currency}"
        raise InsufficientFunds(
            f"The account {why}; top it up, then send the request again.",
            extra={"missing": missing, "currency": payout.currency},
        )


def missing_for(payout: Payout) -> Decimal:
    """How much the account lacks to pay it now; nothing where it lacks nothing."""
    room = room_of([chart_of(payout)]).get(chart_of(payout))
    return max(payout.amount - room, Decimal(0)) if room is not None else Decimal(0)


def release_all(*, budget_seconds: float) -> None:
    """Let payouts go on that there is money for now; what time does not allow is for the next sweep."""
    ends_at = monotonic() + budget_seconds
    waiting = _waiting().filter(connector__in=connectors_at_work()).values("tenant_id", "currency")
    rows = waiting.annotate(least=Min("amount")).order_by()
    least = {Chart(row["tenant_id"], row["currency"]): row["least"] for row in rows}
    rooms = room_of(least) if least else {}
    for chart, amount in least.items():
        if chart not in rooms or amount <= rooms[chart]:
            while _release(chart):
                if monotonic() >= ends_at or stopping():
                    return


def release_after(facts: Iterable[Fact]) -> None:
    """Subscriber of what brings money back to an account: the first set goes on at once, the sweep takes the rest."""
    for chart in sorted({Chart(fact.tenant_id, fact.data["currency"]) for fact in facts}):
        if queries.is_any(_waiting_in(chart), "ready_at", "id"):
            _release(chart)


def catch_up(*, budget_seconds: float) -> None:
    """Give the ledger what it lacks of payouts that a release without one claimed or settled, set by set.

    Where it refuses a set, each of them is tried alone, and what it refuses then is left as it is.
    """
    ends_at = monotonic() + budget_seconds
    after = UUID(int=0)
    while found := list(_out_of_step().filter(id__gt=after).order_by("id").values_list("id", flat=True)[:_AT_ONCE]):
        try:
            _catch_up(found)
        except IntegrityError:
            for payout_id in found:
                _catch_up_alone(payout_id)
        after = found[-1]
        if monotonic() >= ends_at or stopping():
            return


def is_behind(chart: Chart) -> bool:
    """Whether the ledger still lacks what a release without one claimed or settled from these accounts."""
    return _out_of_step().filter(tenant_id=chart.tenant_id, currency=chart.currency).exists()


def connectors_at_work() -> list[str]:
    """The connectors that claim now. What others have ready takes no money, and so keeps nobody waiting.

    One whose pause for illness is over is among them: a payout must try it, or nobody learns that it is well.
    """
    held = ConnectorState.objects.filter(Q(paused_at__isnull=False) | Q(ill_until__gt=CLOCK))
    held_back = set(held.values_list("connector", flat=True))
    return [name for name in registry.names_that_submit() if name not in held_back]


def _out_of_step() -> QuerySet[Payout]:
    out_of_step = Q(held=True, finished_at__isnull=False) | Q(status=Status.PROCESSING, held=False)
    return Payout.objects.filter(out_of_step)


def _catch_up(payout_ids: Collection[UUID]) -> None:
    with step("catch_up", writes=True):
        rows = _out_of_step().filter(id__in=payout_ids).order_by("id")
        lifecycle.follow(list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",))))


def _catch_up_alone(payout_id: UUID) -> None:
    try:
        _catch_up([payout_id])
    except IntegrityError:
        _log.error("payout_out_of_step", payout_id=payout_id_text(payout_id))


def _waiting() -> QuerySet[Payout]:
    return Payout.objects.filter(status=Status.CREATED, blockers__contains=[FUNDS])


def _waiting_in(chart: Chart) -> QuerySet[Payout]:
    return _waiting().filter(tenant_id=chart.tenant_id, currency=chart.currency)


def _first_waiting(charts: Collection[Chart]) -> dict[Chart, tuple[datetime, UUID]]:
    """The place in time of the first that waits for funds, of those charts where one does.

    Of the connectors at work, as ``_release`` does: else the one would let go for ever whom the other holds back.
    """
    if not charts:
        return {}
    connectors = connectors_at_work()
    waiting = {chart: _waiting_in(chart).filter(connector__in=connectors) for chart in charts}
    found = {chart: rows.order_by("ready_at", "id").values_list("ready_at", "id") for chart, rows in waiting.items()}
    return {chart: places[0] for chart, rows in found.items() if (places := list(rows[:1]))}


def _overtakes(payout: Payout, first: Mapping[Chart, tuple[datetime, UUID]]) -> bool:
    place = first.get(chart_of(payout))
    return place is not None and place < (payout.ready_at, payout.id)


def _keeps_order(account: LockedAccount) -> bool:
    return bool(settings.STRICT_ORDER) and not account.fails_without_funds


def _release(chart: Chart) -> int:
    """Take the mark from those of one set that fit into what is left, the oldest first; how many were released.

    The account is locked first, so that no two count the same money; payouts are taken only where nobody holds them.
    """
    with step("release_funds", writes=True):
        account = lock([chart], AccountKind.AVAILABLE)[chart, AccountKind.AVAILABLE]
        connectors = connectors_at_work()
        waiting = _waiting_in(chart).filter(connector__in=connectors)
        if account.least_balance is not None:
            account.balance -= _promised(chart, connectors)
            if not settings.STRICT_ORDER:
                waiting = waiting.filter(amount__lte=account.balance - account.least_balance)
        rows = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("ready_at", "id")
        released = []
        for payout in rows[:_AT_ONCE]:
            if account.has_room_for(payout.amount):
                account.balance -= payout.amount
                payout.blockers = [blocker for blocker in payout.blockers if blocker != FUNDS]
                released.append(payout)
            elif settings.STRICT_ORDER:
                break
        lifecycle.change(released, "payout.released", at=queries.database_now())
    return len(released)


def _promised(chart: Chart, connectors: Collection[str]) -> Decimal:
    """What those will take that are ready and about to be claimed."""
    ready = Payout.objects.filter(tenant_id=chart.tenant_id, currency=chart.currency, status=Status.CREATED)
    ready = ready.filter(blockers=[], ready_at__lte=CLOCK, connector__in=connectors)
    total: Decimal | None = ready.aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)


def _missing(payout: Payout, account: LockedAccount) -> str:
    least = account.least_balance or Decimal(0)
    return amount_text(max(payout.amount - (account.balance - least), Decimal(0)), payout.currency)
