"""`payouts bootstrap`: the first tenant and its first key."""

from __future__ import annotations

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json


@click.command(epilog=examples("payouts bootstrap --tenant Acme", "payouts bootstrap --tenant Acme --operator --json"))
@click.option("--tenant", default="First tenant", show_default=True, help="The tenant's name.")
@click.option("--if-missing", is_flag=True, help="Do nothing, successfully, where a tenant of this name exists.")
@click.option("--new-key", is_flag=True, help="Where a tenant of this name exists, make another key for it.")
@click.option(
    "--operator",
    is_flag=True,
    help="The key may also pause connectors, for everybody, and say that money arrived or came back.",
)
@JSON
def bootstrap(tenant: str, *, if_missing: bool, new_key: bool, operator: bool, as_json: bool) -> None:
    """Make a tenant and a key with every scope of a tenant; the key is shown once, here."""
    key = on_database(lambda: _made(tenant, if_missing=if_missing, new_key=new_key, operator=operator))
    if as_json:
        print_json({"tenant": tenant, "key": key})
    elif key is None:
        click.echo(f"The tenant {tenant} exists already.")
    else:
        click.echo(key)
        click.echo("Keep this key safe: it cannot be shown again.", err=True)


def _made(tenant: str, *, if_missing: bool, new_key: bool, operator: bool) -> str | None:
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants.services import TenantExists, create_tenant

    try:
        return create_tenant(name=tenant, at=utc_now(), or_another_key=new_key, operates=operator)
    except TenantExists as error:
        if if_missing:
            return None
        raise click.ClickException(str(error)) from error
