"""`payouts accounts`, `payouts top-up`, `payouts adjust`: what an operator does about money, for any tenant."""

from __future__ import annotations

from typing import Any

import click

from payouts_service.cli.currencies import check_accepted
from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table

_TENANT = click.option("--tenant", metavar="NAME", required=True, help="The tenant.")
_CURRENCY = click.option("--currency", metavar="CODE", required=True, help="ISO 4217, for example EUR.")


@click.group(invoke_without_command=True, epilog=examples("payouts accounts --tenant Acme"))
@click.option("--tenant", metavar="NAME", help="The tenant whose accounts are listed.")
@JSON
@click.pass_context
def accounts(context: click.Context, tenant: str | None, *, as_json: bool) -> None:
    """List a tenant's accounts with their balances; `set-policy` says how far they may be used."""
    if context.invoked_subcommand is not None:
        return
    if tenant is None:
        raise click.UsageError("Give --tenant.")
    rows = on_database(lambda: _account_rows(tenant))
    if as_json:
        print_json({"data": rows})
        return
    print_table(
        ("currency", "account", "balance>", "policy"),
        [(row["currency"], row["kind"], row["balance"], _policy_text(row)) for row in rows],
    )


@accounts.command(
    "set-policy",
    epilog=examples(
        "payouts accounts set-policy --tenant Acme --currency EUR --prefunded",
        "payouts accounts set-policy --tenant Acme --currency EUR --credit-limit 10000 --without-funds fail",
    ),
)
@_TENANT
@_CURRENCY
@click.option("--prefunded", is_flag=True, help="Pay out only what was topped up before.")
@click.option("--credit-limit", metavar="AMOUNT", help="Pay out at most this much more than was topped up.")
@click.option("--unlimited", is_flag=True, help="Pay out whatever is asked for.")
@click.option(
    "--without-funds",
    type=click.Choice(["wait", "fail"]),
    default="wait",
    show_default=True,
    help="What a payout does that the funds do not cover.",
)
@JSON
def set_policy(
    tenant: str,
    currency: str,
    credit_limit: str | None,
    without_funds: str,
    *,
    prefunded: bool,
    unlimited: bool,
    as_json: bool,
) -> None:
    """Say how far a tenant's funds in one currency may be used. At first there is no limit."""
    if [prefunded, unlimited, credit_limit is not None].count(True) != 1:
        raise click.UsageError("Give --prefunded, --credit-limit or --unlimited, one of them.")
    limit = "0" if prefunded else credit_limit
    row = on_database(lambda: _policy_set(tenant, currency.upper(), limit, fails=without_funds == "fail"))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['currency']} of {tenant}: {_policy_text(row)}.")


@click.command(
    "top-up",
    epilog=examples("payouts top-up --tenant Acme --currency EUR --amount 5000.00 --external-id statement-42/7"),
)
@_TENANT
@_CURRENCY
@click.option("--amount", required=True, metavar="AMOUNT", help="For example 5000.00.")
@click.option("--external-id", metavar="ID", help="Your own id of it; the same id twice is refused.")
@click.option("--comment", default="", help="For people.")
@JSON
def top_up(tenant: str, currency: str, amount: str, external_id: str | None, comment: str, *, as_json: bool) -> None:
    """Credit money that arrived for a tenant; its payouts that wait for funds go on."""
    body: dict[str, Any] = {"currency": currency, "amount": amount, "comment": comment}
    body |= {"external_id": external_id} if external_id is not None else {}
    row = on_database(lambda: _topped_up(tenant, body))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['id']}: {row['amount']} {row['currency']} for {tenant}.")


@click.command(
    epilog=examples(
        "payouts adjust --tenant Acme --currency EUR --amount 150.00 --external-id po_01kb13xf24e8pvmbk1n6wq3zd7"
        ' --reason "Failed by hand on 23 November; the statement of the 25th shows it as paid"'
    )
)
@_TENANT
@_CURRENCY
@click.option("--amount", required=True, metavar="AMOUNT", help="How much is taken, for example 150.00.")
@click.option("--external-id", required=True, metavar="ID", help="What it is about; adjusted for once.")
@click.option("--reason", required=True, help="Why, for those who look later; the tenant reads it too.")
@JSON
def adjust(tenant: str, currency: str, amount: str, external_id: str, reason: str, *, as_json: bool) -> None:
    """Take money that is not the tenant's to pay out after all.

    A top-up that was wrong; a payout that failed here, which gave its money back, and was paid all the same. Nothing is
    paid or sent by it, and no payout changes. A wrong adjustment is made good by a top-up.
    """
    body = {"currency": currency, "amount": amount, "external_id": external_id, "reason": reason}
    row = on_database(lambda: _adjusted(tenant, body))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['id']}: {row['amount']} {row['currency']} taken from {tenant}.")


def _policy_text(row: dict[str, Any]) -> str:
    policy = row["policy"]
    if policy is None:
        return ""
    limit = "" if policy["kind"] == "prefunded" else f", limit {policy['credit_limit'] or 'none'}"
    return f"{policy['kind']}{limit}; without funds: {policy['without_funds']}"


def _account_rows(tenant: str) -> list[dict[str, Any]]:
    from payouts_service.accounts.wire import present_account
    from payouts_service.ledger.accounts import accounts_of
    from payouts_service.tenants.queries import tenant_named

    return [present_account(account) for account in accounts_of(tenant_named(tenant).id)]


def _policy_set(tenant: str, currency: str, limit: str | None, *, fails: bool) -> dict[str, Any]:
    from decimal import Decimal

    from payouts_service.accounts import services
    from payouts_service.accounts.wire import present_account
    from payouts_service.kit.money import minor_units, parse_amount
    from payouts_service.ledger.accounts import accounts_of
    from payouts_service.ledger.chart import Chart
    from payouts_service.tenants.queries import tenant_named

    try:
        minor_units(currency)
        credit = None if limit is None else Decimal(0) if limit == "0" else parse_amount(limit, currency)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    tenant_id = tenant_named(tenant).id
    if not accounts_of(tenant_id, currency=currency):  # What was accepted once keeps its accounts.
        check_accepted({currency})
    chart = Chart(tenant_id, currency)
    return present_account(services.set_policy(chart, credit_limit=credit, fails_without_funds=fails))


def _topped_up(tenant: str, body: dict[str, Any]) -> dict[str, Any]:
    from payouts_service.accounts import services
    from payouts_service.accounts.requests import CreateTopUp
    from payouts_service.accounts.wire import present_top_up
    from payouts_service.http.validation import validate
    from payouts_service.tenants.queries import tenant_named

    request = validate(CreateTopUp, body)
    tenant_id = tenant_named(tenant).id
    return present_top_up(services.create_top_up(tenant_id=tenant_id, request=request, idempotency_key=None).top_up)


def _adjusted(tenant: str, body: dict[str, Any]) -> dict[str, Any]:
    from payouts_service.accounts import services
    from payouts_service.accounts.requests import CreateAdjustment
    from payouts_service.accounts.wire import present_adjustment
    from payouts_service.http.validation import validate
    from payouts_service.tenants.queries import tenant_named

    request = validate(CreateAdjustment, body)
    return present_adjustment(services.adjust(tenant_id=tenant_named(tenant).id, request=request))
