"""Who proves to be a person of some tenant is let in, nobody else, and only for as long as that is so."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as DjangoClient
from pytest_django import Settings

from payouts_service.kit.clock import utc_now
from payouts_service.people import services, signing_in
from payouts_service.people.roles import Role
from payouts_service.people.wire import member_id_text
from payouts_service.rate_limits.models import Window
from tests.client import Client
from tests.console.visitor import PASSWORD, Visitor, person, text_of


def test_a_person_signs_in_and_out(acme: Client) -> None:
    ada = person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()
    assert visitor.get("/")["Location"] == "/sign-in/"

    assert visitor.sign_in(" ADA@example.com ")["Location"] == "/"

    page = text_of(visitor.get("/"))
    assert "Ada" in page
    assert "Operator · Acme" in page
    ada.person.refresh_from_db()
    assert ada.person.last_login is not None
    assert visitor.post("/sign-out/")["Location"] == "/sign-in/"
    assert visitor.get("/").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", ""), ("ada@example.com\0", PASSWORD)],
)
def test_which_of_the_two_is_wrong_is_not_told(acme: Client, email: str, password: str) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()

    refused = visitor.sign_in(email, password)

    assert refused.status_code == 401
    assert "Check the e-mail address and the password, and try again." in text_of(refused)
    assert visitor.get("/").status_code == 302


def test_too_many_attempts_for_one_account_are_refused_even_with_its_password(acme: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    person(acme.tenant_id, Role.OPERATOR, name="Bob")
    _attempted(signing_in.PER_ACCOUNT.requests, "ada@example.com")

    refused = Visitor().sign_in("ada@example.com")

    assert refused.status_code == 429
    assert "Too many attempts; try again in 15 min." in text_of(refused)
    assert Visitor().sign_in("bob@example.com").status_code == 302


def test_too_many_attempts_from_one_address_are_refused(acme: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    Visitor().sign_in("nobody@example.com")
    Window.objects.filter(subject__startswith=signing_in.PER_ADDRESS.name).update(taken=signing_in.PER_ADDRESS.requests)

    assert Visitor().sign_in("ada@example.com").status_code == 429


def test_nothing_of_an_address_is_kept_by_the_counter(acme: Client) -> None:
    Visitor().sign_in("ada@example.com")

    assert not [each.subject for each in Window.objects.all() if "ada" in each.subject or "127." in each.subject]


def test_a_session_ends_when_the_access_does(acme: Client) -> None:
    ada = person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()
    visitor.sign_in("ada@example.com")
    assert visitor.get("/").status_code == 200

    services.deactivate(tenant_id=acme.tenant_id, member=member_id_text(ada.id), giver=None, at=utc_now())

    assert visitor.get("/").status_code == 302
    assert visitor.sign_in("ada@example.com").status_code == 401


def test_a_change_of_the_password_ends_every_other_session(acme: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    here, elsewhere = Visitor(), Visitor()
    for visitor in (here, elsewhere):
        visitor.sign_in("ada@example.com")
    refused = here.post("/password/", {"current": "wrong", "password": "another good password"})
    assert "Enter the password that you signed in with." in text_of(refused)
    weak = here.post("/password/", {"current": PASSWORD, "password": "password1234"})
    assert "Choose a password of at least 12 characters that is not a common one." in text_of(weak)

    assert here.post("/password/", {"current": PASSWORD, "password": "another good password"}).status_code == 302

    assert "Your password is changed" in text_of(here.get("/"))
    assert elsewhere.get("/").status_code == 302
    assert Visitor().sign_in("ada@example.com", "another good password").status_code == 302


def test_the_password_is_not_guessed_in_a_session_either(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, name="Ada")
    _attempted(signing_in.PER_ACCOUNT.requests, "ada@example.com")

    refused = visitor.post("/password/", {"current": PASSWORD, "password": "another good password"})

    assert refused.status_code == 429
    assert "Too many attempts; try again in 15 min." in text_of(refused)


def test_a_session_gets_another_key_at_sign_in(acme: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()
    visitor.sign_in("ada@example.com")
    first = visitor.cookies["sessionid"].value
    visitor.sign_in("ada@example.com")

    assert visitor.cookies["sessionid"].value != first


@pytest.mark.parametrize(
    "next_", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_leads_to_no_other_site(acme: Client, next_: str) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")

    assert Visitor().sign_in("ada@example.com", next=next_)["Location"] == "/"


def test_a_page_asked_for_before_comes_after(acme: Client) -> None:
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()
    there = visitor.get("/password/?a=b")["Location"]
    assert there == "/sign-in/?next=/password/%3Fa%3Db"
    assert 'value="/password/?a=b"' in visitor.get(there).content.decode()

    assert visitor.sign_in("ada@example.com", next="/password/?a=b")["Location"] == "/password/?a=b"


def test_a_person_of_two_tenants_chooses_whom_to_act_for(acme: Client, globex: Client) -> None:
    ada = person(acme.tenant_id, Role.OPERATOR, name="Ada").person
    services.join(person=ada, tenant_id=globex.tenant_id, role=Role.AUDITOR, runs_service=False, at=utc_now())
    visitor = Visitor()
    visitor.sign_in("ada@example.com")
    page = visitor.get("/").content.decode()
    assert "Operator · Acme" in page
    assert ">Switch</button>" in page
    [other] = [option for option in page.split("<option ") if "Globex" in option]

    visitor.post("/tenant/", {"tenant": other.split('"')[1]})
    assert "Auditor · Globex" in text_of(visitor.get("/"))
    visitor.post("/tenant/", {"tenant": "te_00000000000000000000000000"})
    assert "Operator · Acme" in text_of(visitor.get("/"))


@pytest.mark.parametrize(
    "address",
    ["/payouts/new/", "/payouts/search/", "/accounts/top-up/", "/tenant/pause/", "/keys/new/", "/people/new/"],
)
def test_a_form_does_nothing_for_another_tenant_than_it_was_shown_for(
    acme: Client, globex: Client, address: str
) -> None:
    ada = person(acme.tenant_id, Role.ADMIN, name="Ada").person
    services.join(person=ada, tenant_id=globex.tenant_id, role=Role.ADMIN, runs_service=True, at=utc_now())
    visitor = Visitor(language="ru")
    visitor.sign_in("ada@example.com")
    page = visitor.get("/connectors/").content.decode()
    [shown_for] = set(re.findall(r'name="for_tenant" value="(te_\w+)"', page))
    [other] = set(re.findall(r'<option value="(te_\w+)"', page)) - {shown_for}
    visitor.post("/tenant/", {"tenant": other})  # In another tab.

    refused = visitor.post(address, {"for_tenant": shown_for, "reason": "Audit"})

    assert refused.status_code == 409
    assert "Теперь вы действуете за другого арендатора" in text_of(refused)
    assert globex.json(globex.get("/api/tenant/"))["paused"] is None


def test_a_session_ends_at_its_time_whatever_is_done_in_it(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id)
    mine = Session.objects.filter(session_key=visitor.cookies["sessionid"].value).values_list("expire_date", flat=True)
    ends_at = mine.get()

    visitor.post("/tenant/pause/", {"reason": "Audit"})
    visitor.get("/connectors/")

    assert mine.get() == ends_at


def test_behind_tls_cookies_go_by_tls_only(acme: Client, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    person(acme.tenant_id, Role.OPERATOR, name="Ada")
    visitor = Visitor()
    visitor.get("/sign-in/")
    visitor.sign_in("ada@example.com")

    for name in ("sessionid", "csrftoken"):
        cookie = visitor.cookies[name]
        assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) == (True, True, "Lax")


def test_a_key_of_the_api_opens_no_page_and_a_session_no_api(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id)

    assert visitor.get("/api/payouts/").status_code == 401
    assert DjangoClient().get("/", headers={"Authorization": f"Bearer {acme.key}"}).status_code == 302


def _attempted(times: int, email: str) -> None:
    """As if so many attempts had been made, without the time that each costs."""
    Visitor().sign_in(email, "wrong")
    Window.objects.filter(subject__startswith=signing_in.PER_ACCOUNT.name).update(taken=times)
