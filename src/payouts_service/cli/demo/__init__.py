"""`payouts demo`: a lively day for the stack of `make up`, asked for through the API."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import click

from payouts_service.cli.database import kept_port, on_database
from payouts_service.cli.demo import day
from payouts_service.cli.demo.client import Api
from payouts_service.cli.demo.day import Order
from payouts_service.cli.output import JSON, examples, print_json, print_table, progress

_PAYOUTS: Final = "/api/payouts/"
_POOREST: Final = ("KGS", "KZT", "RUB")
_AT_ONCE: Final = 4
_KEY_LASTS: Final = timedelta(hours=1)
_PATIENCE_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.5
_FUNDS: Final = "1000000.00"
_LEAST: Final = len(day.POOR_SUMS) + len(day.STORIES)


@dataclass(frozen=True, slots=True)
class _Access:
    """The key made for this run, its id, and the currencies that the service takes."""

    key: str
    key_id: str
    currencies: list[str]
    simulator_url: str


@click.command(epilog=examples("payouts demo", "payouts demo --count 2000 --seed 7", "payouts demo --tenant Acme"))
@click.option("--tenant", default="local", show_default=True, help="Whose payouts they are; `make up` makes `local`.")
@click.option("--count", type=click.IntRange(_LEAST, 100_000), default=300, show_default=True, help="How many payouts.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed is another day.")
@click.option("--url", envvar="PAYOUTS_URL", help="Where the service is; by default where `make up` started it.")
@JSON
def demo(tenant: str, count: int, seed: int, url: str | None, *, as_json: bool) -> None:
    """Fill a running stack with payouts of every fate: paid, late, refused, lost and found, returned, without funds.

    One stays unknown, so that a person may settle it. Everything goes through the API, with a key that is made for it
    and revoked at the end, and is paid by the simulated provider, so to nobody. Run again, it makes nothing twice: keys
    follow from the seed.
    """
    access: _Access = on_database(lambda: _begin(tenant))
    address = url or f"http://127.0.0.1:{kept_port()}"
    api = Api(address, access.key)
    try:
        _fund(api, access, tenant, seed)
        orders = list(day.orders(seed=seed, count=count, currencies=access.currencies))
        made = _make_all(api, orders, quiet=as_json)
        stories = {order.story: payout["id"] for order, payout, _ in made if order.story}
        _play(api, stories)
        now = _look_until_told(api, {payout["id"] for _, payout, _ in made}, stories, quiet=as_json)
    finally:
        api.close()
        on_database(lambda: _end(access))
    again = sum(replayed for _, _, replayed in made)
    if as_json:
        print_json({"payouts": len(made), "made_before": again, "now": dict(now), "stories": stories})
        return
    print_table(("payouts>", "now"), [(str(number), state) for state, number in sorted(now.items())])
    if again:
        click.echo(f"{again} of them were there before.")
    _tell(address, access, tenant, stories)


def _begin(tenant: str) -> _Access:
    """Make a key that ends by itself, should this process die. Raises ClickException where nothing could be shown."""
    from django.conf import settings

    from payouts_service.http.validation import validate
    from payouts_service.kit.clock import utc_now, wire_time
    from payouts_service.tenants import queries, services
    from payouts_service.tenants.requests import CreateKey
    from payouts_service.tenants.scopes import Scope
    from payouts_service.tenants.wire import key_id_text

    if not {"simulator", "manual"} <= set(settings.CONNECTORS):
        raise click.ClickException(
            "the demonstration needs the connectors simulator and manual; name both in CONNECTORS."
        )
    currencies = sorted(settings.CURRENCIES, key=lambda code: (code not in _POOREST, code))
    if len(currencies) == 1:
        raise click.ClickException("the demonstration needs two currencies; name another in CURRENCIES.")
    scopes = [Scope.PAYOUTS_READ, Scope.PAYOUTS_WRITE, Scope.PAYOUTS_SETTLE, Scope.TOP_UPS_WRITE]
    body = {"name": "demo", "scopes": list(map(str, scopes)), "expires_at": wire_time(utc_now() + _KEY_LASTS)}
    made = services.create_key(
        tenant_id=queries.tenant_named(tenant).id,
        request=validate(CreateKey, body),
        maker=None,
        idempotency_key=None,
        at=utc_now(),
    )
    return _Access(str(made.secret), key_id_text(made.key.id), currencies, settings.SIMULATOR_URL)


def _end(access: _Access) -> None:
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants import queries, services

    key = queries.find_any(access.key_id)
    services.revoke_key(tenant_id=key.tenant_id, key_id=key.id, at=utc_now())


def _fund(api: Api, access: _Access, tenant: str, seed: int) -> None:
    """Money for every currency; of the first there is little, and no more than that may be spent."""
    for currency in access.currencies:
        amount = day.POOR_FUNDS if currency == access.currencies[0] else _FUNDS
        key = f"demo-{seed}-{currency}"
        api.make("/api/top-ups/", {"currency": currency, "amount": amount, "external_id": key}, key=key)
    on_database(lambda: _set_policy(tenant, access.currencies[0]))


def _set_policy(tenant: str, currency: str) -> None:
    from decimal import Decimal

    from payouts_service.accounts import services
    from payouts_service.ledger.chart import Chart
    from payouts_service.tenants.queries import tenant_named

    services.set_policy(Chart(tenant_named(tenant).id, currency), credit_limit=Decimal(0), fails_without_funds=False)


def _make_all(api: Api, orders: list[Order], *, quiet: bool) -> list[tuple[Order, dict[str, Any], bool]]:
    made = []
    with ThreadPoolExecutor(_AT_ONCE) as pool, progress("Payouts", len(orders), quiet=quiet) as advance:
        for one in pool.map(lambda order: _make(api, order), orders):
            made.append(one)
            advance(1)
    return made


def _make(api: Api, order: Order) -> tuple[Order, dict[str, Any], bool]:
    body = order.body
    if order.story in (day.SCHEDULED, day.CANCEL):
        # Its time is not the seed's, so the same request cannot be made again.
        found = api.get(_PAYOUTS, idempotency_key=order.key)["data"]
        if found:
            return order, found[0], True
        body = {**body, "scheduled_for": _tomorrow()}
    return order, *api.make(_PAYOUTS, body, key=order.key)


def _tomorrow() -> str:
    from payouts_service.kit.clock import utc_now, wire_time

    return wire_time(utc_now() + timedelta(days=1))


def _play(api: Api, stories: dict[str, str]) -> None:
    """What people do on that day."""
    api.post(f"{_PAYOUTS}{stories[day.CANCEL]}/cancel/", {"reason": "Ordered twice"})
    by_hand = f"{_PAYOUTS}{stories[day.BY_HAND]}/"
    if api.get(by_hand)["status"] == "created":
        api.patch(by_hand, {"status": "processing"})
    evidence = {"kind": "bank_statement", "text": "Entry 0042"}
    api.patch(by_hand, {"status": "completed", "reason": "Paid in the bank", "evidence": evidence})


def _look_until_told(api: Api, wanted: set[str], stories: dict[str, str], *, quiet: bool) -> Counter[str]:
    """Wait until the return and the unknown outcome can be seen, within patience; then count what became of all."""
    seen: set[str] = set()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with progress("Waiting for the provider", 2, quiet=quiet) as advance:
        while len(seen) < 2 and time.monotonic() < deadline:  # noqa: PLR2004 - the two of them.
            time.sleep(_LOOK_SECONDS)
            told = {
                day.RETURN: bool(api.get(f"{_PAYOUTS}{stories[day.RETURN]}/")["returns"]),
                day.UNKNOWN: api.get(f"{_PAYOUTS}{stories[day.UNKNOWN]}/")["progress"] != "in_flight",
            }
            fresh = {story for story, is_told in told.items() if is_told} - seen
            seen |= fresh
            advance(len(fresh))
    return _count(api, wanted)


def _count(api: Api, wanted: set[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    left, cursor = set(wanted), None
    while left:
        page = api.get(_PAYOUTS, limit=200, **({"cursor": cursor} if cursor else {}))
        for row in page["data"]:
            if row["id"] in left:
                left.remove(row["id"])
                more = ", ".join(row["waiting_for"]) or row["progress"] or (row["failure"] or {}).get("code")
                counted[f"{row['status']} ({more})" if more else row["status"]] += 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return counted


def _tell(url: str, access: _Access, tenant: str, stories: dict[str, str]) -> None:
    click.echo()
    print_table(
        ("look at", "because"),
        (
            (f"{url}/", "the console tells what needs a person; `make up` said how to sign in"),
            ("payouts watch", "it shows what is under way, and what needs a person"),
            (f"payouts explain {stories[day.UNKNOWN]}", "nobody knows what became of it; settle it"),
            (f"payouts show {stories[day.RETURN]}", "its money came back"),
            (f"payouts accounts --tenant {tenant}", f"{access.currencies[0]} has run out; payouts wait for a top-up"),
            (f"{url}/api/docs/swagger/", "the same can be asked for there"),
            (f"{access.simulator_url}/", "there the provider shows what it paid"),
        ),
    )
