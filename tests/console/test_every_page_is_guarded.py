"""Each address of the console asks who it is, and lets a browser run nothing but what we serve."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from django.contrib.staticfiles import finders

import payouts_service.console
from payouts_service.console import urls
from payouts_service.console.policy import POLICY
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import PASSWORD, Visitor, person, text_of

ROUTES: Final = ["/" + re.sub(r"<str:\w+>", "x", str(each.pattern)) for each in urls.urlpatterns]
PUBLIC: Final = {"/sign-in/", "/sign-out/", "/preferences/"}
OF_ONESELF: Final = {"/sign-in/", "/sign-out/", "/preferences/", "/password/", "/tenant/"}
TEMPLATES: Final = sorted((Path(payouts_service.console.__file__).parent / "templates").rglob("*.html"))


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in PUBLIC])
def test_nobody_sees_it_without_signing_in(acme: Client, route: str) -> None:
    visitor = Visitor()

    for response in (visitor.get(route), visitor.post(route)):
        assert response.status_code in {302, 405}, route
        if response.status_code == 302:
            assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("route", ROUTES)
def test_the_policy_is_strict_everywhere(acme: Client, route: str) -> None:
    anonymous, admin = Visitor(), Visitor.signed_in(acme.tenant_id)

    for response in (anonymous.get(route), anonymous.post(route), admin.get(route), admin.post(route)):
        assert response["Content-Security-Policy"] == POLICY
        assert response["Cache-Control"] == "no-store"
        assert response["X-Frame-Options"] == "DENY"
        assert response.status_code < 500, (route, response.content)
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("route", ROUTES)
def test_a_form_of_another_site_is_refused(acme: Client, route: str) -> None:
    person(acme.tenant_id, Role.ADMIN, name="Ada")
    visitor = Visitor(enforce_csrf=True)
    page = visitor.get("/sign-in/").content.decode()
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
    visitor.sign_in("ada@example.com", PASSWORD, csrfmiddlewaretoken=token)

    refused = visitor.post(route)

    assert refused.status_code in {403, 405}, route
    assert refused.status_code == 405 or "The form was open for too long" in text_of(refused)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_has_no_style_or_script_of_its_own_and_nothing_from_elsewhere(template: Path) -> None:
    source = template.read_text()

    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|javascript:|hx-on", source)
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", source)
    assert "|safe" not in source


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_form_says_whom_it_was_shown_for_unless_it_is_about_the_person(template: Path) -> None:
    source = template.read_text()
    forms = re.findall(r'<form[^>]* method="post" action="([^"]*)"[^>]*>(.{0,60})', source)

    assert len(forms) == source.count('method="post"')
    for action, begins in forms:
        assert begins.startswith('{% include "console/form_token.html" %}') or action in OF_ONESELF, action


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_reads_a_mapping_by_its_pairs(template: Path) -> None:
    """``mapping.items`` is the value of the name ``items`` where there is one, and names may be anybody's."""
    assert not re.search(r"\.items\b", template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_each_asset_and_icon_exists(template: Path) -> None:
    source = template.read_text()
    sprite = Path(str(finders.find("console/icons.svg"))).read_text()

    assert [name for name in re.findall(r"{% static '([^']+)' %}", source) if not finders.find(name)] == []
    assert [name for name in re.findall(r'{% icon "([^"]+)"', source) if f'id="{name}"' not in sprite] == []


def test_a_page_that_is_not_there_says_so_to_people_in_their_language(acme: Client) -> None:
    assert "There is no such page; check the address." in text_of(Visitor().get("/nowhere/"))
    assert "Такой страницы или объекта нет; проверьте адрес." in text_of(Visitor(language="ru").get("/nowhere/"))
    assert acme.get("/nowhere/")["Content-Type"] == "application/problem+json"
    assert Visitor().get("/api/nowhere/")["Content-Type"] == "application/problem+json"


def test_a_missing_slash_is_added_for_people_only(acme: Client) -> None:
    assert Visitor().get("/payouts?need=parked")["Location"] == "/payouts/?need=parked"
    assert acme.get("/payouts").status_code == 404


def test_a_role_without_the_scope_is_told_so(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor.signed_in(acme.tenant_id, Role.AUDITOR)
    monkeypatch.setattr("payouts_service.people.sessions.scopes_of", lambda *_, **__: frozenset())

    refused = visitor.get("/")

    assert refused.status_code == 403
    assert "Your role lacks the scope payouts:read; ask an admin for one that has it." in text_of(refused)
