"""`payouts create`, `show`, `list`, `settle`: payouts at the terminal, by the verbs that the API has."""

from __future__ import annotations

import json
import sys
from typing import Any, Final
from uuid import uuid4

import click

from payouts_service.cli.asking import ask
from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table
from payouts_service.connectors.contract import RejectionCode

_TENANT = click.option("--tenant", metavar="NAME", required=True, help="The tenant whose payouts these are.")
_STATUSES: Final = ("created", "processing", "completed", "failed")
_GROUNDS: Final = "--reason, --evidence-kind and --evidence"
_EVIDENCE: Final = ("bank_statement", "provider_confirmation", "recipient_confirmation", "other")


@click.command(
    epilog=examples(
        'payouts create --tenant Acme --amount 150.00 --currency EUR --to "Card ****1234" --idempotency-key invoice-42',
        "payouts create --tenant Acme --amount 75.50 --currency EUR --to - < recipient.json",
    )
)
@_TENANT
@click.option("--amount", required=True, help="Exact, for example 150.00.")
@click.option("--currency", required=True, metavar="CODE", help="ISO 4217, for example EUR.")
@click.option(
    "--to",
    required=True,
    metavar="DETAILS",
    help="The recipient's details: a text, or JSON with its kind as the API takes it; - reads standard input, which "
    "keeps them out of the shell's history.",
)
@click.option("--comment", default="", help="For people.")
@click.option("--external-id", metavar="ID", help="Your own id of it, once per tenant.")
@click.option("--connector", metavar="NAME", help="Who pays; by default as the service is set.")
@click.option("--scheduled-for", metavar="TIME", help="Not before this time, for example 2026-12-01T09:00:00Z.")
@click.option("--idempotency-key", metavar="KEY", help="The same key makes the payout once; without it one is made up.")
@JSON
def create(tenant: str, to: str, *, idempotency_key: str | None, as_json: bool, **fields: str | None) -> None:
    """Ask for a payout; safe to repeat with the same --idempotency-key."""
    key = idempotency_key or f"cli-{uuid4()}"
    if idempotency_key is None:
        click.echo(f"To repeat this safely, add --idempotency-key {key}", err=True)
    given = {name: value for name, value in fields.items() if value}
    row = on_database(lambda: _created(tenant, {**given, "recipient_details": _details(to)}, key))
    _tell(row, as_json=as_json)


@click.command(epilog=examples("payouts show po_01kb13xf24e8pvmbk1n6wq3zd7"))
@click.argument("payout_id")
@JSON
def show(payout_id: str, *, as_json: bool) -> None:
    """Show a payout of any tenant, each attempt with what its calls brought, and why it is where it is."""
    told = on_database(lambda: _shown(payout_id))
    if as_json:
        print_json(told)
        return
    for name, value in told["payout"].items():
        if value not in (None, "", [], {}):
            click.echo(f"{name:20} {value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)}")
    for attempt in told["attempts"]:
        click.echo(f"attempt {attempt['number']}, {attempt['connector']}, {attempt['reference']}: {_outcome(attempt)}")
        for call in attempt["exchanges"]:
            click.echo(f"  {call['recorded_at']} {call['call']}: {call['outcome']}{' (late)' if call['late'] else ''}")
    explanation = told["explanation"]
    click.echo("\n".join(filter(None, (explanation["why"], explanation["next"], *explanation["you_may"]))))


@click.command("list", epilog=examples("payouts list --tenant Acme --status created --status processing"))
@_TENANT
@click.option("--status", "statuses", type=click.Choice(_STATUSES), multiple=True, help="Only these; repeat it.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="At most so many.")
@JSON
def list_payouts(tenant: str, statuses: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """List a tenant's payouts, the newest first."""
    rows = on_database(lambda: _listed(tenant, statuses, limit))
    if as_json:
        print_json({"data": rows})
    else:
        columns = ("id", "created", "amount>", "currency", "connector", "status", "comment")
        print_table(columns, [(*cells(row), row["comment"]) for row in rows])


@click.command(
    epilog=examples(
        "payouts settle po_01kb13xf24e8pvmbk1n6wq3zd7 processing",
        "payouts settle po_01kb13xf24e8pvmbk1n6wq3zd7 completed",
        "payouts settle po_01kb13xf24e8pvmbk1n6wq3zd7 failed --failure-code recipient_account_closed \\",
        '  --reason "Closed" --evidence-kind provider_confirmation --evidence "Ticket 4711"',
    )
)
@click.argument("payout_id")
@click.argument("status", type=click.Choice(_STATUSES[1:]))
@click.option("--reason", help="Why, for those who look later; asked for where it is not given.")
@click.option("--evidence-kind", type=click.Choice(_EVIDENCE), help="Where you saw it; asked for likewise.")
@click.option("--evidence", metavar="TEXT", help="What you saw, for example the bank's number of it; likewise.")
@click.option(
    "--failure-code",
    type=click.Choice([*map(str, RejectionCode)]),
    metavar="CODE",
    help="With failed: why; a wrong one is answered with those there are.",
)
@JSON
def settle(
    payout_id: str,
    status: str,
    *,
    reason: str | None,
    evidence_kind: str | None,
    evidence: str | None,
    failure_code: str | None,
    as_json: bool,
) -> None:
    """Report by hand what became of a payout: one that people pay, or one whose outcome nobody knows.

    `processing` takes a payout that is ready, so that no worker pays it; `completed` and `failed` end it, with reason
    and evidence, which are kept for ever with your name. Never say failed because nothing was heard.
    """
    change: dict[str, Any] = {"status": status}
    if status != "processing":
        change["reason"] = reason or ask("Reason", instead=_GROUNDS)
        kind = evidence_kind or ask("Where you saw it", instead=_GROUNDS, choices=_EVIDENCE)
        change["evidence"] = {"kind": kind, "text": evidence or ask("What you saw", instead=_GROUNDS)}
    if failure_code is not None:
        change["failure_code"] = failure_code
    _tell(on_database(lambda: _settled(payout_id, change)), as_json=as_json)


def _tell(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    waits = f", waits for {', '.join(row['waiting_for'])}" if row["waiting_for"] else ""
    click.echo(f"{row['id']} {row['status']}{waits}: {row['amount']} {row['currency']}.")


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A payout as one row of a table: its id, when it was made, amount, currency, connector and status."""
    more = ", ".join(row["waiting_for"]) or row["progress"] or (row["failure"] or {}).get("code")
    status = f"{row['status']} ({more})" if more else row["status"]
    return row["id"], row["created_at"][:19], row["amount"], row["currency"], row["connector"], status


def _outcome(attempt: dict[str, Any]) -> str:
    decision = attempt["decision"]
    if decision:
        return f"{decision['outcome']} by {decision['actor']['id']}: {decision['reason']}"
    return attempt["outcome"] or "open"


def _details(text: str) -> Any:
    given = sys.stdin.read().strip() if text == "-" else text
    if not given.startswith("{"):
        return given
    try:
        return json.loads(given)
    except ValueError as error:
        raise click.ClickException(f"--to begins like JSON and is none: {error}.") from error


def _created(tenant: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    from payouts_service.http.validation import validate
    from payouts_service.idempotency.keys import parse_key
    from payouts_service.payouts import services
    from payouts_service.payouts.requests import CreatePayout
    from payouts_service.tenants.queries import tenant_named

    made = services.create_payout(
        tenant_id=tenant_named(tenant).id,
        request=validate(CreatePayout, body),
        idempotency_key=parse_key(key, required=True),
    )
    return _presented(made.payout)


def _shown(payout_id: str) -> dict[str, Any]:
    from payouts_service.payouts import queries
    from payouts_service.payouts.explain import explain_any
    from payouts_service.payouts.wire import present_attempt

    payout = _found(payout_id)
    return {
        "payout": _presented(payout),
        "attempts": [present_attempt(attempt) for attempt in queries.attempts_of(payout)],
        "explanation": explain_any(payout_id, language="en"),
    }


def _listed(tenant: str, statuses: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    from payouts_service.payouts import queries
    from payouts_service.tenants.queries import tenant_named

    filters = queries.Filters(statuses=frozenset(statuses))
    found, _ = queries.page(tenant_id=tenant_named(tenant).id, filters=filters, after=None, limit=limit)
    return [_presented(payout) for payout in found]


def _settled(payout_id: str, change: dict[str, Any]) -> dict[str, Any]:
    from payouts_service.http.validation import validate
    from payouts_service.payouts import services
    from payouts_service.payouts.requests import UpdatePayout

    payout, request = _found(payout_id), validate(UpdatePayout, change)
    return _presented(
        services.update_payout(tenant_id=payout.tenant_id, payout_id=payout.id, request=request, expected=None)
    )


def _found(payout_id: str) -> Any:
    from payouts_service.payouts import queries
    from payouts_service.payouts.services import PayoutNotFound

    payout = queries.find_any(payout_id)
    if payout is None:
        raise PayoutNotFound
    return payout


def _presented(payout: Any) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.payouts.holds import holds_for
    from payouts_service.payouts.wire import present

    return present(payout, at=utc_now(), holds=holds_for(payout.tenant_id))
