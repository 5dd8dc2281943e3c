"""The audit trail finds what was done by what, by whom, to what and when: of one's own tenant, page by page."""

from __future__ import annotations

import re

import pytest

from payouts_service.console.paging import ROWS
from payouts_service.people import queries as people
from payouts_service.people.roles import Role
from payouts_service.people.wire import person_id_text
from tests.client import Client
from tests.console.visitor import Visitor, text_of


@pytest.fixture
def auditor(acme: Client) -> Visitor:
    return Visitor.signed_in(acme.tenant_id, Role.AUDITOR, name="Audrey")


def rows(visitor: Visitor, query: str = "") -> list[str]:
    """The id of each line's object, in the page's order."""
    page = visitor.get(f"/events/{query}").content.decode()
    return re.findall(r'<(?:a|span) class="object"[^>]*>([^<]+)<', page)


def test_each_line_names_its_actor_and_links_its_object(acme: Client, auditor: Visitor) -> None:
    payout = acme.create()

    page = auditor.get("/events/").content.decode()

    assert f'href="/payouts/{payout["id"]}/"' in page
    assert "API key" in page
    assert "first key" in page
    assert "payout.created" in page
    assert "DE89370400440532013000" not in page
    assert "Lovelace" not in page


def test_it_is_searched_by_object_type_and_actor(acme: Client, auditor: Visitor) -> None:
    first, second = acme.create(), acme.create()
    acme.post(f"/api/payouts/{first['id']}/cancel/", {"reason": "Ordered twice"})
    admin = Visitor.signed_in(acme.tenant_id, name="Ada")
    admin.post("/tenant/pause/", {"reason": "Audit"})
    ada = person_id_text(people.person_who_signs_in("ada@example.com").id)

    assert rows(auditor, f"?object={first['id']}") == [first["id"]] * 2
    assert rows(auditor, "?type=payout.created") == [second["id"], first["id"]]
    assert rows(auditor, "?type=payout.created&actor=system") == []
    assert [each.partition("_")[0] for each in rows(auditor, f"?actor=person:{ada}")] == ["te"]
    assert "Ada" in text_of(auditor.get(f"/events/?actor=person:{ada}"))


def test_it_is_searched_by_day(acme: Client, auditor: Visitor) -> None:
    payout = acme.create()

    assert payout["id"] in rows(auditor, "?from=2001-01-01&until=2101-01-01")
    assert rows(auditor, "?from=2101-01-01") == []
    assert rows(auditor, "?until=2001-01-01") == []


def test_it_goes_on_page_by_page(acme: Client, auditor: Visitor) -> None:
    made = [acme.create()["id"] for _ in range(ROWS + 2)]

    first = auditor.get("/events/?type=payout.created").content.decode()
    [following] = re.findall(r'href="(\?[^"]+)" rel="next"', first)

    assert rows(auditor, "?type=payout.created") == made[:1:-1]
    assert rows(auditor, following.replace("&amp;", "&")) == made[1::-1]


def test_a_rare_event_costs_no_more_and_is_found_further_on(
    acme: Client, auditor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = acme.create()["id"]
    acme.delete(f"/api/payouts/{rare}/")
    for _ in range(4):
        acme.create()
    monkeypatch.setattr("payouts_service.events.search.LOOKED_AT_MOST", 3)

    page = auditor.get("/events/?type=payout.deleted")

    assert "None of the 3 events looked at; go on to older ones." in text_of(page)
    [following] = re.findall(r'href="(\?[^"]+)" rel="next"', page.content.decode())
    assert rows(auditor, following.replace("&amp;", "&")) == [rare]


@pytest.mark.parametrize(
    "query", ["object=x", "object=po_x", "type=payout.eaten", "from=yesterday", "cursor=x", "cursor=WyI5OSIsICItMSJd"]
)
def test_what_cannot_be_looked_for_is_said(auditor: Visitor, query: str) -> None:
    refused = auditor.get(f"/events/?{query}")

    assert refused.status_code == 400
    assert "invalid-feedback" in refused.content.decode() or "alert-danger" in refused.content.decode()


def test_nothing_of_another_tenant_is_found(globex: Client, acme: Client, auditor: Visitor) -> None:
    theirs = globex.create()["id"]

    assert theirs not in rows(auditor)
    assert rows(auditor, f"?object={theirs}") == []


def test_users_are_offered_to_those_who_may_see_them_only(acme: Client, auditor: Visitor) -> None:
    operator = Visitor.signed_in(acme.tenant_id, Role.OPERATOR, name="Olga")

    assert ">Audrey</option>" in auditor.get("/events/").content.decode()
    assert ">Audrey</option>" not in operator.get("/events/").content.decode()


def test_it_speaks_russian(acme: Client) -> None:
    acme.create()
    visitor = Visitor.signed_in(acme.tenant_id, language="ru")

    page = text_of(visitor.get("/events/"))
    assert "Журнал действий" in page
    assert "Принята payout.created" in page
    assert "Введите идентификатор объекта целиком" in text_of(visitor.get("/events/?object=x"))
