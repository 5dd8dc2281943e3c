"""`payouts limits`: see the limits on payouts, agree on others with a tenant, and let go on who waits for one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import click

from payouts_service.cli.currencies import check_accepted
from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table
from payouts_service.kit.limits import Rule, parse_limit, parse_rule


def _changes(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[Rule, Decimal | None]:
    changes: dict[Rule, Decimal | None] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            rule, most = (parse_rule(name), None) if value == "none" else parse_limit(text)
        except ValueError as error:
            raise click.BadParameter(f"{error}.") from error
        changes[rule] = most
    return changes


@click.command(
    epilog=examples(
        "payouts limits --tenant Acme",
        "payouts limits --tenant Acme --set EUR.tenant.day.amount=50000 --set EUR.payout=none",
        "payouts limits --release",
    )
)
@click.option("--tenant", metavar="NAME", help="Those of this tenant; without it those of the settings (LIMITS).")
@click.option("--set", "changes", multiple=True, callback=_changes, metavar="LIMIT=VALUE", help="`none`: no limit.")
@click.option("--release", "releases", is_flag=True, help="Let those that wait for a limit go on that fit now.")
@JSON
def limits(tenant: str | None, changes: dict[Rule, Decimal | None], *, releases: bool, as_json: bool) -> None:
    """Show the limits on payouts; with --set, agree on others with one tenant, which releases its waiting payouts.

    After LIMITS was raised in the settings and every process runs with them, --release lets those go on that fit into
    them now.
    """
    if changes and tenant is None:
        raise click.UsageError("Give --tenant with --set; the limits of all are set by LIMITS.")
    rules, released = on_database(lambda: _limits(tenant, changes, releases=releases))
    if as_json:
        print_json({"limits": rules, "released": released})
        return
    if rules:
        print_table(("limit", "at most>"), list(rules.items()))
    else:
        click.echo("There are no limits.")
    if changes:
        click.echo(f"The limits of {tenant} are changed.")
    if changes or releases:
        click.echo(f"Of those that waited, {released} go on." if released else "No payout that waits fits in now.")


def _limits(
    tenant: str | None, changes: Mapping[Rule, Decimal | None], *, releases: bool
) -> tuple[dict[str, Any], int]:
    from django.conf import settings

    from payouts_service.payouts import release, tenant_limits
    from payouts_service.tenants.queries import tenant_named

    if tenant is None:
        released = release.release_limited(now=True) if releases else 0
        return {rule.name: f"{value.normalize():f}" for rule, value in settings.LIMITS.items()}, released
    tenant_id = tenant_named(tenant).id
    if changes:
        check_accepted({rule.currency for rule, most in changes.items() if most is not None})
        released = tenant_limits.set_limits(tenant_id, changes)
    else:
        released = release.release_limited(tenant_id=tenant_id, now=True) if releases else 0
    return tenant_limits.shown(tenant_id), released
