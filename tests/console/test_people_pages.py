"""Admins say who may sign in; nobody gives what they lack, and nobody changes their own access."""

from __future__ import annotations

import re
from typing import Any

import pytest

from payouts_service.http.problems import MissingScope
from payouts_service.kit.clock import utc_now
from payouts_service.people import queries, services
from payouts_service.people.roles import Role, scopes_of
from payouts_service.people.services import Giver
from payouts_service.people.wire import member_id_text
from tests.client import Client
from tests.concurrency import at_once
from tests.console.visitor import PASSWORD, Visitor, person, text_of


@pytest.fixture
def admin(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, name="Ada")


def shown_password(page: Any) -> str:
    return str(re.findall(r'id="secret">([^<]+)<', page.content.decode())[0])


def member(acme: Client, email: str) -> str:
    return queries.member_who_signs_in(tenant_id=acme.tenant_id, email=email)


def events(acme: Client, type_: str) -> list[dict[str, Any]]:
    return list(acme.json(acme.get(f"/api/events/?type={type_}"))["data"])


def test_a_person_is_made_with_a_password_shown_once(acme: Client, admin: Visitor) -> None:
    shown = admin.post("/people/new/", {"name": "Bob", "email": " Bob@example.com", "role": "operator"})

    password = shown_password(shown)
    bob = Visitor()
    assert bob.sign_in("bob@example.com", password).status_code == 302
    page = admin.get(f"/people/{member(acme, 'bob@example.com')}/")
    assert password not in page.content.decode()
    assert "Operator" in text_of(page)
    assert "bob@example.com" in text_of(admin.get("/people/"))
    told = events(acme, "member.added")[-1]
    assert told["actor"]["type"] == "person"
    assert "bob" not in str(told).lower()


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        ({"email": "bob"}, 400, "Enter an e-mail address"),
        ({"name": " "}, 400, "Enter a name"),
        ({"role": "king"}, 400, "Choose from the list."),
        ({"email": "ada@example.com"}, 409, "Use another e-mail address"),
    ],
)
def test_a_wrong_person_is_not_made(
    acme: Client, admin: Visitor, wrong: dict[str, str], status: int, sentence: str
) -> None:
    refused = admin.post("/people/new/", {"name": "Bob", "email": "bob@example.com", "role": "operator", **wrong})

    assert refused.status_code == status
    assert sentence in text_of(refused)
    assert queries.of_tenant(acme.tenant_id).count() == 1


def test_nobody_gives_a_role_that_may_do_more_than_theirs(acme: Client) -> None:
    narrow = Visitor.signed_in(acme.tenant_id, Role.ADMIN, runs_service=False)

    refused = narrow.post(
        "/people/new/", {"name": "Bob", "email": "bob@example.com", "role": "admin", "runs_service": "on"}
    )

    assert refused.status_code == 403
    assert "Choose a role that may do no more than your own" in text_of(refused)
    assert "Runs the service" not in text_of(narrow.get("/people/new/"))


def test_a_role_is_changed_in_open_sessions_too(acme: Client, admin: Visitor) -> None:
    bob = Visitor.signed_in(acme.tenant_id, Role.OPERATOR, name="Bob")
    assert bob.get("/people/").status_code == 403

    assert admin.post(f"/people/{member(acme, 'bob@example.com')}/role/", {"role": "auditor"}).status_code == 302

    assert bob.get("/people/").status_code == 200
    assert events(acme, "member.role_changed")[-1]["data"]["role"] == "auditor"


def test_access_is_ended_and_given_back(acme: Client, admin: Visitor) -> None:
    bob = Visitor.signed_in(acme.tenant_id, Role.OPERATOR, name="Bob")
    address = f"/people/{member(acme, 'bob@example.com')}/"

    admin.post(f"{address}deactivate/")

    assert bob.get("/").status_code == 302
    assert "Give access back" in text_of(admin.get(address))

    admin.post(f"{address}reactivate/")

    assert bob.get("/").status_code == 200


def test_another_password_ends_the_sessions(acme: Client, admin: Visitor) -> None:
    bob = Visitor.signed_in(acme.tenant_id, Role.OPERATOR, name="Bob")

    shown = admin.post(f"/people/{member(acme, 'bob@example.com')}/password/")

    assert bob.get("/").status_code == 302
    assert Visitor().sign_in("bob@example.com", PASSWORD).status_code == 401
    assert Visitor().sign_in("bob@example.com", shown_password(shown)).status_code == 302


def test_the_last_admin_cannot_lock_everybody_out(acme: Client, admin: Visitor) -> None:
    address = f"/people/{member(acme, 'ada@example.com')}/"
    assert "Nobody changes their own access: ask another admin." in text_of(admin.get(address))

    for verb, values in (("role", {"role": "auditor"}), ("deactivate", {}), ("password", {})):
        refused = admin.post(f"{address}{verb}/", values)
        assert refused.status_code == 409, verb
        assert "Ask another admin to change it." in text_of(refused)

    assert admin.get("/people/").status_code == 200


def test_of_two_admins_who_end_each_others_access_at_once_one_stays(acme: Client) -> None:
    admins = [person(acme.tenant_id, Role.ADMIN, name=name) for name in ("Ada", "Bob")]
    scopes = scopes_of(Role.ADMIN, runs_service=True)

    def end_the_others(number: int) -> bool:
        giver, other = admins[number], admins[1 - number]
        try:
            services.deactivate(
                tenant_id=acme.tenant_id,
                member=member_id_text(other.id),
                giver=Giver(giver.person_id, scopes),
                at=utc_now(),
            )
        except MissingScope:
            return False
        return True

    assert sorted(at_once(2, end_the_others)) == [False, True]


def test_a_password_of_somebody_of_several_tenants_is_not_set_by_one(
    acme: Client, globex: Client, admin: Visitor
) -> None:
    bob = person(acme.tenant_id, Role.OPERATOR, name="Bob")
    services.join(person=bob.person, tenant_id=globex.tenant_id, role=Role.OPERATOR, runs_service=False, at=utc_now())

    refused = admin.post(f"/people/{member_id_text(bob.id)}/password/")

    assert refused.status_code == 409
    assert "Ask whoever runs the service to set the password." in text_of(refused)


def test_a_member_of_another_tenant_is_not_found(globex: Client, admin: Visitor) -> None:
    theirs = member_id_text(person(globex.tenant_id, Role.OPERATOR, name="Eve").id)

    assert admin.get(f"/people/{theirs}/").status_code == 404
    for verb in ("role", "deactivate", "reactivate", "password"):
        assert admin.post(f"/people/{theirs}/{verb}/", {"role": "auditor"}).status_code == 404


def test_they_speak_russian(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, language="ru")

    assert "Новый пользователь" in text_of(visitor.get("/people/"))
    refused = visitor.post("/people/new/", {"name": "Боб", "email": "боб", "role": "operator"})
    assert "Укажите адрес электронной почты" in text_of(refused)
    shown = visitor.post("/people/new/", {"name": "Боб", "email": "bob@example.com", "role": "operator"})
    assert "Пароль показан один раз" in text_of(shown)
