"""The overview tells what needs a person now, with the way there, and how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from payouts_service.accounts import services as accounts
from payouts_service.audit.models import Verdict
from payouts_service.kit.clock import utc_now
from payouts_service.ledger.chart import Chart
from payouts_service.payouts import needs, pausing, pulse
from payouts_service.payouts.models import ConnectorState, Payout, PayoutAttempt
from payouts_service.payouts.needs import Need
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.visitor import Visitor, person, text_of


def unknown(acme: Client, *, asked_again: bool) -> str:
    """A payout of which nobody knows what became of it."""
    payout = acme.create()["id"]
    row = Payout.objects.latest("created_at")
    attempt = PayoutAttempt.objects.create(
        payout=row,
        number=1,
        connector="simulator",
        reference=row.id.hex,
        outcome="unknown",
        opened_at=utc_now(),
        next_inquiry_at=utc_now() + timedelta(hours=1) if asked_again else None,
    )
    changes = {"status": "processing", "progress": "unknown", "open_attempt": attempt, "attempts": 1, "held": True}
    Payout.objects.filter(id=row.id).update(**changes)
    return str(payout)


@pytest.fixture
def _free_hand(superuser: psycopg.Connection) -> Iterator[None]:
    """Rows are put where only the engine may put them."""
    superuser.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
    yield
    superuser.execute("ALTER TABLE payouts_payout ENABLE TRIGGER USER")


def test_where_nothing_needs_a_person_it_says_so(acme: Client, globex: Client) -> None:
    globex.create(connector="manual")

    assert "Nothing needs a person now." in text_of(Visitor.signed_in(acme.tenant_id).get("/"))


@pytest.mark.usefixtures("_free_hand")
def test_whatever_needs_a_person_is_told_with_the_way_there(acme: Client) -> None:
    parked, asked = unknown(acme, asked_again=False), unknown(acme, asked_again=True)
    by_hand = acme.create(connector="manual")["id"]
    visitor = Visitor.signed_in(acme.tenant_id)

    page = visitor.get("/")

    assert needs.numbers(acme.tenant_id) == {
        Need.PARKED: 1,
        Need.UNKNOWN: 2,
        Need.BY_HAND: 1,
        Need.WITHOUT_FUNDS: 0,
    }
    for told in ("1 Parked: a person decides", "2 Unknown outcome", "1 To be paid by hand"):
        assert told in text_of(page)
    for need, there in (("parked", [parked]), ("unknown", [asked, parked]), ("by_hand", [by_hand])):
        assert f'href="/payouts/?need={need}"' in page.content.decode()
        listed = visitor.get(f"/payouts/?need={need}").content.decode()
        assert [part.split('"')[0] for part in listed.split('title="')[1:] if part.startswith("po_")] == there
    assert visitor.get("/payouts/?need=holidays").status_code == 400


def test_pauses_ill_providers_and_low_funds_are_told(acme: Client) -> None:
    pausing.pause_tenant(acme.tenant_id, reason="Audit week")
    pausing.pause_connector("manual", reason="Holidays")
    ConnectorState.objects.update_or_create(connector="simulator", defaults={"ill_until": utc_now()})
    accounts.set_policy(Chart(acme.tenant_id, "EUR"), credit_limit=Decimal(0), fails_without_funds=False)

    page = Visitor.signed_in(acme.tenant_id).get("/overview/needs/")

    for told in ("Payouts are paused Audit week", "manual: Holidays", "Provider ill simulator", "Low funds EUR: 0.00"):
        assert told in text_of(page)
    assert page.content.decode().count('href="/connectors/"') == 2


def test_failed_audits_are_told_to_those_who_run_the_service(acme: Client) -> None:
    Verdict.objects.create(invariant="held_is_what_is_processing", broken=3, judged_at=utc_now())
    person(acme.tenant_id, Role.ADMIN, name="Eve", runs_service=False)
    guest = Visitor()
    guest.sign_in("eve@example.com")

    told = Visitor.signed_in(acme.tenant_id).get("/overview/needs/")
    assert "3 Audit failed held_is_what_is_processing" in text_of(told)
    assert 'href="/integrity/"' in told.content.decode()
    assert "Audit failed" not in text_of(guest.get("/"))


def test_it_counts_by_status_and_currency_and_over_time(acme: Client, globex: Client) -> None:
    for _ in range(2):
        acme.create()
    payout = acme.create(currency="USD", connector="manual")["id"]
    for status in ("processing", "completed"):
        acme.patch(f"/api/payouts/{payout}/", {"status": status})
    globex.create()

    page = text_of(Visitor.signed_in(acme.tenant_id).get("/"))

    assert "EUR 2 300.00 EUR 0 0.00 EUR" in page
    assert "USD 0 0.00 USD 0 0.00 USD 1 150.00 USD" in page
    *_, step = pulse.steps(acme.tenant_id, "day", at=utc_now())
    assert (step.made, step.completed, step.failed) == (3, 1, 0)
    assert step.median_seconds is not None
    assert (
        'aria-current="true"' in Visitor.signed_in(globex.tenant_id, Role.AUDITOR).get("/?span=week").content.decode()
    )


def test_figures_rest_on_no_more_than_so_many(acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOKED_AT_MOST", 2)
    monkeypatch.setattr(needs, "COUNTED_AT_MOST", 2)
    monkeypatch.setattr("payouts_service.console.overview.COUNTED_AT_MOST", 2)
    for currency in ("EUR", "EUR", "EUR", "USD"):
        acme.create(connector="manual", currency=currency)

    page = text_of(Visitor.signed_in(acme.tenant_id).get("/"))

    assert "2+ To be paid by hand" in page
    assert "EUR 1+ 150.00 EUR" in page
    assert "USD 1+ 150.00 USD" in page
    assert "Of the newest 2 payouts." in page
