"""Limits on what is paid: for one payout, and for a recipient and a tenant by day and month, in each currency.

Checked in the transaction that claims, where a claim counts at once, so that no two claims use the same room. Those
that fit go, the oldest first; one that does not fit is passed over and waits until the window opens again, or fails
where LIMIT_BREACH says so. One that fits into no window, however empty, always fails: it would wait for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.conf import settings

from payouts_service.database.prepared import fetch
from payouts_service.kit.limits import Rule, parse_rule
from payouts_service.payouts import failures, lifecycle, usage
from payouts_service.payouts.models import Payout
from payouts_service.payouts.usage import Used, Windows

LIMIT: Final = "limit"
_OF_TENANTS: Final = "SELECT tenant_id, rule, value FROM payouts_tenantlimit WHERE tenant_id = ANY(%(tenants)s::uuid[])"

Rules = Mapping[Rule, Decimal]


def rules_of(tenant_ids: Collection[UUID]) -> dict[UUID, dict[Rule, Decimal]]:
    """The limits of these tenants: those of the settings, but for what is agreed with a tenant of its own."""
    rules = {tenant_id: dict(settings.LIMITS) for tenant_id in tenant_ids}
    own = fetch(_OF_TENANTS, {"tenants": list(tenant_ids)}) if tenant_ids else []
    for tenant_id, name, value in own:
        rule = parse_rule(name)
        if value is None:
            rules[tenant_id].pop(rule, None)
        else:
            rules[tenant_id][rule] = value
    return rules


class Book:
    """What the limits leave to these payouts, each judged in its turn.

    Where a limit applies, no other claim is judged for its tenant and currency until the transaction ends.
    """

    def __init__(self, payouts: Sequence[Payout], *, at: datetime) -> None:
        rules = rules_of({payout.tenant_id for payout in payouts})
        self._limits = {payout.id: _of_currency(rules[payout.tenant_id], payout.currency) for payout in payouts}
        self._today = at.astimezone(UTC).date()
        self._tenants: dict[tuple[UUID, str], Windows] = {}
        self._recipients: dict[tuple[UUID, bytes, str], Windows] = {}
        self._held: list[tuple[Payout, datetime]] = []
        self._refused: list[tuple[Payout, failures.Failure]] = []
        limited = [payout for payout in payouts if self._limits[payout.id]]
        by_recipient = [payout for payout in limited if any(rule.of == "recipient" for rule in self._limits[payout.id])]
        if limited:
            tenants = {(payout.tenant_id, payout.currency) for payout in limited}
            usage.lock(tenants)
            found = usage.of_tenants(tenants, today=self._today)
            self._tenants = {tenant: found.get(tenant, _nothing()) for tenant in tenants}
        if by_recipient:
            self._recipients = usage.of_recipients(by_recipient, today=self._today)

    def admits(self, payout: Payout) -> bool:
        """Whether it may go now; ``hold_back`` makes it wait or fail where not."""
        limits = self._limits[payout.id]
        full = [rule for rule, most in limits.items() if self._used(payout, rule) + _size(payout, rule) > most]
        never = [rule for rule in full if _size(payout, rule) > limits[rule]]
        if never or (full and settings.LIMIT_BREACH == "fail"):
            rule = (never or full)[0]
            self._refused.append((payout, failures.limit_exceeded(rule.name, for_ever=bool(never))))
        elif full:
            self._held.append((payout, max(_opens(rule, self._today) for rule in full)))
        return not full

    def enter(self, payout: Payout) -> None:
        """Count one more."""
        for of in ("tenant", "recipient"):
            for used in self._windows(payout, of).values():
                used.count += 1
                used.amount += payout.amount

    def enter_ready(self, *, connectors: Collection[str]) -> None:
        """Count what is ready at these connectors, by tenant: the next claims take it."""
        for tenant, ready in usage.of_ready(self._tenants, connectors=connectors).items():
            for used in self._tenants.get(tenant, {}).values():
                used.count += ready.count
                used.amount += ready.amount

    def hold_back(self, *, at: datetime) -> None:
        """Make those wait or fail that were not admitted. Under the locks of all of them."""
        for payout, opens_at in self._held:
            payout.blockers = [LIMIT]
            payout.ready_at = opens_at
        lifecycle.change([payout for payout, _ in self._held], "payout.blocked", at=at)
        for payout, failure in self._refused:
            failure.put_on(payout)
        lifecycle.move([payout for payout, _ in self._refused], "cancel", at=at)

    def _used(self, payout: Payout, rule: Rule) -> Decimal:
        """How much of this rule's room is used."""
        if rule.window is None:
            return Decimal(0)
        used = self._windows(payout, rule.of)[rule.window]
        return Decimal(used.count) if rule.measure == "count" else used.amount

    def _windows(self, payout: Payout, of: str) -> Windows:
        if of == "tenant":
            return self._tenants.setdefault((payout.tenant_id, payout.currency), _nothing())
        if payout.recipient_index is None:  # Made before there was a blind index: nobody knows the recipient.
            return _nothing()
        return self._recipients.setdefault(
            (payout.tenant_id, bytes(payout.recipient_index), payout.currency), _nothing()
        )


def _nothing() -> Windows:
    return {"day": Used(), "month": Used()}


def _of_currency(rules: Rules, currency: str) -> Rules:
    return {rule: most for rule, most in rules.items() if rule.currency == currency}


def _size(payout: Payout, rule: Rule) -> Decimal:
    return Decimal(1) if rule.measure == "count" else payout.amount


def _opens(rule: Rule, today: date) -> datetime:
    """When the rule's window ends, and the next one begins."""
    first = today + timedelta(days=1)
    if rule.window == "month":
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, first.day, tzinfo=UTC)
