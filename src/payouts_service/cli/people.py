"""`payouts people`: who may sign in to the console, of any tenant."""

from __future__ import annotations

import sys
from typing import Any

import click

from payouts_service.cli.database import on_database
from payouts_service.cli.output import JSON, examples, print_json, print_table
from payouts_service.people.roles import Role

_TENANT = click.option("--tenant", metavar="NAME", required=True, help="The tenant that the person acts for.")
_EMAIL = click.option("--email", required=True, help="By it the person signs in.")
_ROLE = click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="What they may do.")
_RUNS_SERVICE = click.option(
    "--runs-service",
    is_flag=True,
    help="May also, as far as the role goes, pause connectors for everybody and say that money arrived or came back.",
)
_PASSWORD_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; else one is made and shown, once."
)


@click.group()
def people() -> None:
    """Say who may sign in to the console, and with which role; what a tenant's admins do there, for every tenant."""


@people.command(
    epilog=examples(
        "payouts people create --tenant Acme --email ada@example.com --name 'Ada Lovelace' --role operator",
        "payouts people create --tenant Acme --email ops@example.com --name Ops --role admin --runs-service --json",
    )
)
@_TENANT
@_EMAIL
@click.option("--name", required=True, help="For other people, in the console.")
@_ROLE
@_RUNS_SERVICE
@_PASSWORD_STDIN
@JSON
def create(
    tenant: str, *, email: str, name: str, role: str, runs_service: bool, password_stdin: bool, as_json: bool
) -> None:
    """Make a person; the password that is made for them is shown once, here."""
    given = _given_password(read=password_stdin)
    row = on_database(lambda: _created(tenant, email, name, role, runs_service=runs_service, given=given))
    _show(row, as_json=as_json)


@people.command("list", epilog=examples("payouts people list --tenant Acme"))
@_TENANT
@JSON
def list_people(tenant: str, *, as_json: bool) -> None:
    """List who acts for a tenant, or once did, the newest first."""
    rows = on_database(lambda: _rows(tenant))
    if as_json:
        print_json({"data": rows})
        return
    print_table(
        ("id", "e-mail", "name", "role", "active", "signed in"),
        [
            (
                row["id"],
                row["email"],
                row["name"],
                f"{row['role']}, runs the service" if row["runs_service"] else row["role"],
                "yes" if row["active"] else "no",
                row["signed_in_at"] or "never",
            )
            for row in rows
        ],
    )


@people.command(epilog=examples("payouts people join --tenant Globex --email ada@example.com --role auditor"))
@_TENANT
@_EMAIL
@_ROLE
@_RUNS_SERVICE
@JSON
def join(tenant: str, *, email: str, role: str, runs_service: bool, as_json: bool) -> None:
    """Give an existing person access to a further tenant, another role, or their access back."""
    _show(on_database(lambda: _joined(tenant, email, role, runs_service=runs_service)), as_json=as_json)


@people.command("set-password", epilog=examples("payouts people set-password --email ada@example.com"))
@_EMAIL
@_PASSWORD_STDIN
@JSON
def set_password(*, email: str, password_stdin: bool, as_json: bool) -> None:
    """Give a person another password, which ends their sessions."""
    given = _given_password(read=password_stdin)
    _show(on_database(lambda: _with_password(email, given)), as_json=as_json)


@people.command(epilog=examples("payouts people deactivate --tenant Acme --email ada@example.com"))
@_TENANT
@_EMAIL
@JSON
def deactivate(tenant: str, *, email: str, as_json: bool) -> None:
    """End a person's access to a tenant, at once, in open sessions too."""
    row = on_database(lambda: _deactivated(tenant, email))
    if as_json:
        print_json(row)
    else:
        click.echo(f"{row['id']} has no access to {tenant} any more.")


def _given_password(*, read: bool) -> str | None:
    return sys.stdin.readline().rstrip("\n") if read else None


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    if row.get("password"):
        click.echo(row["password"])
        click.echo("Hand this password over safely: it cannot be shown again.", err=True)
    click.echo(f"{row['email']} may sign in.", err=True)


def _created(tenant: str, email: str, name: str, role: str, *, runs_service: bool, given: str | None) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.people import services
    from payouts_service.people.wire import present_with_name
    from payouts_service.tenants.queries import tenant_named

    password = given or services.new_password()
    member = services.create_person(
        tenant_id=tenant_named(tenant).id,
        email=email,
        name=name,
        role=Role(role),
        runs_service=runs_service,
        password=password,
        giver=None,
        at=utc_now(),
    )
    return {**present_with_name(member), "password": None if given else password}


def _rows(tenant: str) -> list[dict[str, Any]]:
    from payouts_service.http.pages import MAXIMUM_LIMIT
    from payouts_service.people import queries
    from payouts_service.people.wire import present_with_name
    from payouts_service.tenants.queries import tenant_named

    tenant_id, after, rows = tenant_named(tenant).id, None, []
    while True:
        found, after = queries.page(tenant_id=tenant_id, after=after, limit=MAXIMUM_LIMIT)
        rows += [present_with_name(member) for member in found]
        if after is None:
            return rows


def _joined(tenant: str, email: str, role: str, *, runs_service: bool) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.people import queries, services
    from payouts_service.people.wire import present_with_name
    from payouts_service.tenants.queries import tenant_named

    tenant_id = tenant_named(tenant).id
    person = queries.person_who_signs_in(email)
    member = services.join(person=person, tenant_id=tenant_id, role=Role(role), runs_service=runs_service, at=utc_now())
    return present_with_name(member)


def _with_password(email: str, given: str | None) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.people import queries, services
    from payouts_service.people.wire import person_id_text

    password = given or services.new_password()
    person = queries.person_who_signs_in(email)
    services.set_password(person=person, password=password, at=utc_now())
    return {"person": person_id_text(person.id), "email": person.email, "password": None if given else password}


def _deactivated(tenant: str, email: str) -> dict[str, Any]:
    from payouts_service.kit.clock import utc_now
    from payouts_service.people import queries, services
    from payouts_service.people.wire import present_with_name
    from payouts_service.tenants.queries import tenant_named

    tenant_id = tenant_named(tenant).id
    member = queries.member_who_signs_in(tenant_id=tenant_id, email=email)
    ended = services.deactivate(tenant_id=tenant_id, member=member, giver=None, at=utc_now())
    return present_with_name(ended)
