"""`payouts connectors`, `pause`, `resume`, `explain`: what an operator does by hand, for any tenant."""

from __future__ import annotations

from typing import Any

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table

_CONNECTOR = click.option("--connector", metavar="NAME", help="A connector, for every tenant.")
_TENANT = click.option("--tenant", metavar="NAME", help="A tenant, with every connector.")


@click.command(epilog=examples("payouts connectors"))
@JSON
def connectors(*, as_json: bool) -> None:
    """List connectors: whether each is paused or ill, and what is under way."""
    rows = on_database(_connector_rows)
    if as_json:
        print_json({"data": rows})
        return
    print_table(
        ("connector", "state", "in flight>", "at most>", "note"),
        [
            (row["name"], _state(row), str(sum(row["in_flight"].values())), str(row["max_in_flight"]), _note(row))
            for row in rows
        ],
    )


@click.command(
    epilog=examples(
        'payouts pause --connector simulator --reason "The bank maintains its systems"',
        'payouts pause --tenant Acme --reason "Fraud is looked into"',
    )
)
@_CONNECTOR
@_TENANT
@click.option("--reason", required=True, help="Why, for those who look later.")
@JSON
def pause(connector: str | None, tenant: str | None, *, reason: str, as_json: bool) -> None:
    """Send nothing more by a connector, or nothing more of a tenant's; what was sent is still asked after."""
    _switch(connector, tenant, reason=reason, as_json=as_json)


@click.command(epilog=examples("payouts resume --connector simulator", "payouts resume --tenant Acme"))
@_CONNECTOR
@_TENANT
@JSON
def resume(connector: str | None, tenant: str | None, *, as_json: bool) -> None:
    """Send again by a connector, or again a tenant's payouts, the oldest first."""
    _switch(connector, tenant, reason=None, as_json=as_json)


@click.command(epilog=examples("payouts explain po_01kb13xf24e8pvmbk1n6wq3zd7 --language ru"))
@click.argument("payout_id")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True)
@JSON
def explain(payout_id: str, *, language: str, as_json: bool) -> None:
    """Say why a payout is where it is, what happens next and when, and what a person may safely do."""
    told = on_database(lambda: _explanation(payout_id, language))
    if as_json:
        print_json(told)
        return
    click.echo(f"{told['id']} {told['status']}")
    for line in (told["why"], told["next"], *told["you_may"]):
        if line:
            click.echo(f"  {line}")


def _state(row: dict[str, Any]) -> str:
    return "paused" if row["paused"] else str(row["health"])


def _note(row: dict[str, Any]) -> str:
    if row["paused"]:
        return str(row["paused"]["reason"])
    return f"until {row['ill_until']}" if row["ill_until"] else ""


def _switch(connector: str | None, tenant: str | None, *, reason: str | None, as_json: bool) -> None:
    if (connector is None) == (tenant is None):
        raise click.UsageError("Give --connector or --tenant, one of them.")
    shown = on_database(lambda: _switched(connector, tenant, reason))
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{shown['name']} is {'paused' if shown['paused'] else 'not paused'}.")


def _connector_rows() -> list[dict[str, Any]]:
    from payouts_service.payouts.pausing import connector_states
    from payouts_service.payouts.pausing_wire import present_connector

    return [present_connector(view) for view in connector_states()]


def _switched(connector: str | None, tenant: str | None, reason: str | None) -> dict[str, Any]:
    from payouts_service.http.validation import validate
    from payouts_service.payouts import pausing
    from payouts_service.payouts.pausing_wire import present_connector
    from payouts_service.payouts.requests import GiveReason
    from payouts_service.tenants.queries import tenant_named

    given = None if reason is None else validate(GiveReason, {"reason": reason}).reason  # As the API would have it.
    if connector is not None:
        if given is None:
            pausing.resume_connector(connector)
        else:
            pausing.pause_connector(connector, reason=given)
        return present_connector(pausing.connector_state(connector))
    tenant_id = tenant_named(str(tenant)).id
    switched = pausing.resume_tenant(tenant_id) if given is None else pausing.pause_tenant(tenant_id, reason=given)
    return pausing.present_tenant(switched)


def _explanation(payout_id: str, language: str) -> dict[str, Any]:
    from payouts_service.payouts.explain import explain_any

    return explain_any(payout_id, language=language)
