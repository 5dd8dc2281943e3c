"""Persons, their roles in tenants, and who may give them: each change is told, without anything personal."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from payouts_service.events.models import Event
from payouts_service.http.problems import MissingScope
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import InvalidFields
from payouts_service.people import queries, services
from payouts_service.people.models import Membership
from payouts_service.people.roles import PEOPLE_WRITE, RUNS_SERVICE, SCOPES, Role, scopes_of
from payouts_service.people.services import EmailTaken, ExceedsOwnRole, Giver, OfSeveralTenants, OwnAccess
from payouts_service.people.wire import member_id_text
from payouts_service.tenants.scopes import OF_THE_OPERATOR, Scope
from tests.client import Client
from tests.console.visitor import PASSWORD, person

OTHER_PASSWORD: Final = "another good password"


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def giver(member: Membership) -> Giver:
    scopes = scopes_of(Role(member.role), runs_service=member.runs_service)
    return Giver(member.person_id, scopes)


def change(member: Membership, role: Role, by: Giver | None, *, runs_service: bool = False) -> Membership:
    return services.change_role(
        tenant_id=member.tenant_id,
        member=member_id_text(member.id),
        role=role,
        runs_service=runs_service,
        giver=by,
        at=utc_now(),
    )


def made_by(member: Membership, role: Role, *, runs_service: bool = False) -> Membership:
    return services.create_person(
        tenant_id=member.tenant_id,
        email="new@example.com",
        name="New",
        role=role,
        runs_service=runs_service,
        password=PASSWORD,
        giver=giver(member),
        at=utc_now(),
    )


def acts_upon(member: Membership, by: Giver) -> list[Callable[[], object]]:
    """Everything that one may do to another's access."""
    whom: dict[str, Any] = {"tenant_id": member.tenant_id, "member": member_id_text(member.id), "giver": by}
    return [
        partial(change, member, Role.OPERATOR, by),
        partial(services.deactivate, **whom, at=utc_now()),
        partial(services.reactivate, **whom, at=utc_now()),
        partial(services.reset_password, **whom, password=OTHER_PASSWORD, at=utc_now()),
    ]


def test_a_role_is_a_set_of_the_scopes_that_keys_have() -> None:
    assert set(SCOPES) == set(Role)
    assert {scope for scopes in SCOPES.values() for scope in scopes if scope in list(Scope)} == set(Scope)
    assert all(scope.endswith(":read") for scope in SCOPES[Role.AUDITOR])
    assert SCOPES[Role.OPERATOR] & {Scope.PAYOUTS_SETTLE, Scope.RETURNS_WRITE, Scope.TOP_UPS_WRITE} == set()
    assert Scope.PAYOUTS_WRITE not in SCOPES[Role.APPROVER]
    assert [role for role in Role if PEOPLE_WRITE in SCOPES[role]] == [Role.ADMIN]


@pytest.mark.parametrize("role", Role)
def test_what_concerns_every_tenant_is_for_those_who_run_the_service(role: Role) -> None:
    gained = scopes_of(role, runs_service=True) - scopes_of(role, runs_service=False)

    assert gained <= OF_THE_OPERATOR | {RUNS_SERVICE}
    assert Scope.CONNECTORS_OPERATE not in scopes_of(role, runs_service=False)


def test_each_change_leaves_an_event_without_anything_personal(acme: Client) -> None:
    ada = person(acme.tenant_id, Role.OPERATOR, name="Ada")
    member = member_id_text(ada.id)
    change(ada, Role.APPROVER, None)
    services.deactivate(tenant_id=ada.tenant_id, member=member, giver=None, at=utc_now())
    services.reactivate(tenant_id=ada.tenant_id, member=member, giver=None, at=utc_now())
    services.set_password(person=ada.person, password=OTHER_PASSWORD, at=utc_now())

    told = list(Event.objects.filter(object_id=ada.id).order_by("sequence").values_list("type", "data"))

    kinds = ["added", "role_changed", "deactivated", "reactivated", "password_changed"]
    assert [kind for kind, _ in told] == [f"member.{kind}" for kind in kinds]
    assert [data["version"] for _, data in told] == [1, 2, 3, 4, 5]
    assert not [word for word in ("Ada", "ada@", "assword") if word in json.dumps([data for _, data in told])]


def test_a_change_to_what_there_is_changes_nothing(acme: Client) -> None:
    ada = person(acme.tenant_id, Role.OPERATOR, name="Ada", runs_service=False)

    assert change(ada, Role.OPERATOR, None).version == 1


def test_nobody_gives_more_than_they_may(acme: Client) -> None:
    admin = person(acme.tenant_id, Role.ADMIN, name="Eve", runs_service=False)
    bob = person(acme.tenant_id, Role.OPERATOR, name="Bob", runs_service=False)

    assert change(bob, Role.ADMIN, giver(admin)).role == Role.ADMIN
    for role in Role:
        with pytest.raises(ExceedsOwnRole):
            change(bob, role, giver(admin), runs_service=True)
        with pytest.raises(ExceedsOwnRole):
            made_by(admin, role, runs_service=True)
    with pytest.raises(ExceedsOwnRole):
        change(bob, Role.ADMIN, Giver(admin.person_id, SCOPES[Role.OPERATOR]))


def test_nobody_changes_the_access_of_somebody_who_may_do_more(acme: Client) -> None:
    admin = person(acme.tenant_id, Role.ADMIN, name="Eve", runs_service=False)
    wide = person(acme.tenant_id, Role.AUDITOR, name="Bob")

    for act in acts_upon(wide, giver(admin)):
        with pytest.raises(ExceedsOwnRole):
            act()
    wide.refresh_from_db()
    assert (wide.role, wide.ended_at, wide.version) == (Role.AUDITOR, None, 1)


def test_nobody_gives_what_they_have_lost(acme: Client) -> None:
    admin = person(acme.tenant_id, Role.ADMIN, name="Eve")
    services.deactivate(tenant_id=acme.tenant_id, member=member_id_text(admin.id), giver=None, at=utc_now())

    with pytest.raises(MissingScope):
        made_by(admin, Role.AUDITOR)
    assert queries.of_tenant(acme.tenant_id).count() == 1


def test_nobody_changes_their_own_access(acme: Client) -> None:
    eve = person(acme.tenant_id, Role.ADMIN, name="Eve")

    for act in acts_upon(eve, giver(eve)):
        with pytest.raises(OwnAccess):
            act()


def test_an_admin_sets_no_password_of_somebody_who_is_elsewhere_too(acme: Client, globex: Client) -> None:
    eve = person(acme.tenant_id, Role.ADMIN, name="Eve")
    bob = person(acme.tenant_id, Role.OPERATOR, name="Bob")
    reset: dict[str, Any] = {"tenant_id": acme.tenant_id, "member": member_id_text(bob.id), "password": OTHER_PASSWORD}
    services.reset_password(**reset, giver=giver(eve), at=utc_now())
    services.join(person=bob.person, tenant_id=globex.tenant_id, role=Role.AUDITOR, runs_service=False, at=utc_now())

    with pytest.raises(OfSeveralTenants):
        services.reset_password(**reset, giver=giver(eve), at=utc_now())
    elsewhere = queries.member_who_signs_in(tenant_id=globex.tenant_id, email="bob@example.com")
    services.deactivate(tenant_id=globex.tenant_id, member=elsewhere, giver=None, at=utc_now())
    with pytest.raises(OfSeveralTenants):  # It may be given back, and the password would be known.
        services.reset_password(**reset, giver=giver(eve), at=utc_now())


def test_another_tenants_member_is_not_found(acme: Client, globex: Client) -> None:
    bob = person(globex.tenant_id, Role.OPERATOR, name="Bob")

    with pytest.raises(queries.MemberNotFound):
        services.deactivate(tenant_id=acme.tenant_id, member=member_id_text(bob.id), giver=None, at=utc_now())
    assert queries.names(tenant_id=acme.tenant_id, person_ids=["pe_nothing"]) == {}


def test_an_address_is_one_persons_whatever_its_capitals(acme: Client, globex: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")

    with pytest.raises(EmailTaken):
        person(globex.tenant_id, Role.OPERATOR, name="ADA")


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "ada"},
        {"email": "a da@example.com"},
        {"email": "ada\0@example.com"},
        {"name": " "},
        {"name": "A\nda"},
        {"name": "A" * 101},
        {"password": "short"},
        {"password": "password1234"},
    ],
)
def test_what_nobody_could_sign_in_with_is_refused(acme: Client, wrong: dict[str, str]) -> None:
    given: dict[str, Any] = {"email": "ada@example.com", "name": "Ada", "password": PASSWORD, **wrong}

    with pytest.raises(InvalidFields):
        services.create_person(
            tenant_id=acme.tenant_id, role=Role.AUDITOR, runs_service=False, giver=None, at=utc_now(), **given
        )
    assert queries.page(tenant_id=acme.tenant_id, after=None, limit=1) == ([], None)


def test_a_tenants_people_are_listed_page_by_page(acme: Client, globex: Client) -> None:
    made = [person(acme.tenant_id, Role.AUDITOR, name=name) for name in ("Ada", "Bob", "Eve")]
    person(globex.tenant_id, Role.AUDITOR, name="Joe")

    first, after = queries.page(tenant_id=acme.tenant_id, after=None, limit=2)
    second, end = queries.page(tenant_id=acme.tenant_id, after=after, limit=2)

    assert [*first, *second] == made[::-1]
    assert end is None
