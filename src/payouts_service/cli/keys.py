"""`payouts keys`: make, list, rotate and revoke API keys, of any tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table
from payouts_service.tenants.scopes import Scope

_TENANT = click.option("--tenant", metavar="NAME", required=True, help="The tenant whose keys these are.")
_KEY_ID = click.argument("key_id")
_SCOPES = click.Choice([str(scope) for scope in Scope])


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke API keys; what the API does with a key's own rights, an operator does with all."""


@keys.command("list", epilog=examples("payouts keys list --tenant Acme"))
@_TENANT
@JSON
def list_keys(tenant: str, *, as_json: bool) -> None:
    """List a tenant's keys, the newest first."""
    rows = on_database(lambda: _rows(tenant))
    if as_json:
        print_json({"data": rows})
        return
    print_table(
        ("id", "prefix", "status", "last used", "name", "scopes"),
        [
            (
                row["id"],
                row["prefix"],
                row["status"],
                row["last_used_at"] or "never",
                row["name"],
                " ".join(row["scopes"]),
            )
            for row in rows
        ],
    )


@keys.command(
    epilog=examples(
        "payouts keys create --tenant Acme --name reports --scope payouts:read --scope events:read",
        "payouts keys create --tenant Acme --name audit --scope payouts:read --expires-in-days 30",
    )
)
@_TENANT
@click.option("--name", required=True, help="For people: who uses it and where.")
@click.option("--scope", "scopes", type=_SCOPES, multiple=True, required=True, help="What it may do; repeat it.")
@click.option("--expires-in-days", type=click.IntRange(1, 3650), help="It is refused after so many days.")
@JSON
def create(tenant: str, *, name: str, scopes: tuple[str, ...], expires_in_days: int | None, as_json: bool) -> None:
    """Make a key; its secret is shown once, here."""
    _show(on_database(lambda: _created(tenant, name, scopes, expires_in_days)), as_json=as_json)


@keys.command(epilog=examples("payouts keys rotate key_01kb13tc1mfg4v3x2xv5pn2a4r --overlap-seconds 3600"))
@_KEY_ID
@click.option("--overlap-seconds", type=int, help="How long the secret until now stays valid; a day by default.")
@JSON
def rotate(key_id: str, *, overlap_seconds: int | None, as_json: bool) -> None:
    """Give a key a new secret, shown once, here."""
    _show(on_database(lambda: _rotated(key_id, overlap_seconds)), as_json=as_json)


@keys.command(epilog=examples("payouts keys revoke key_01kb13tc1mfg4v3x2xv5pn2a4r"))
@_KEY_ID
@JSON
def revoke(key_id: str, *, as_json: bool) -> None:
    """End a key at once and for good."""
    row = on_database(lambda: _revoked(key_id))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['id']} is revoked.")


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    click.echo(row["secret"])
    click.echo(f"This is {row['id']}. Keep its secret safe: it cannot be shown again.", err=True)


def _rows(tenant: str) -> list[dict[str, Any]]:
    from payouts_service.http.pages import MAXIMUM_LIMIT
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants import queries
    from payouts_service.tenants.wire import present

    tenant_id, at, after, rows = queries.tenant_named(tenant).id, utc_now(), None, []
    while True:
        found, after = queries.page(tenant_id=tenant_id, after=after, limit=MAXIMUM_LIMIT, at=at)
        rows += [present(key, at=at) for key in found]
        if after is None:
            return rows


def _created(tenant: str, name: str, scopes: tuple[str, ...], expires_in_days: int | None) -> dict[str, Any]:
    from payouts_service.http.validation import validate
    from payouts_service.kit.clock import utc_now, wire_time
    from payouts_service.tenants import queries, services
    from payouts_service.tenants.requests import CreateKey

    at = utc_now()
    expires = {"expires_at": wire_time(at + timedelta(days=expires_in_days))} if expires_in_days else {}
    request = validate(CreateKey, {"name": name, "scopes": list(scopes), **expires})
    tenant_id = queries.tenant_named(tenant).id
    return _with_secret(
        services.create_key(tenant_id=tenant_id, request=request, maker=None, idempotency_key=None, at=at)
    )


def _rotated(key_id: str, overlap_seconds: int | None) -> dict[str, Any]:
    from payouts_service.http.validation import validate
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants import queries, services
    from payouts_service.tenants.requests import RotateKey

    request = validate(RotateKey, {} if overlap_seconds is None else {"overlap_seconds": overlap_seconds})
    key = queries.find_any(key_id)
    return _with_secret(
        services.rotate_key(tenant_id=key.tenant_id, key_id=key.id, maker=None, overlap=request.overlap, at=utc_now())
    )


def _revoked(key_id: str) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants import queries, services
    from payouts_service.tenants.wire import present

    key = queries.find_any(key_id)
    return present(services.revoke_key(tenant_id=key.tenant_id, key_id=key.id, at=utc_now()), at=utc_now())


def _with_secret(made: Any) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.tenants.wire import present

    return {**present(made.key, at=utc_now()), "secret": made.secret}
