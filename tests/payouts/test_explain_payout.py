"""Every payout can say, in English and in Russian, why it is where it is and what may be done."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from payouts_service.connectors import registry
from payouts_service.connectors.contract import Outcome, RejectionCode, accepted, confirmed, rejected, unknown
from payouts_service.payouts import claims, pausing, settlement
from payouts_service.payouts.models import PayoutAttempt
from payouts_service.payouts.sentences import SENTENCES
from payouts_service.payouts.settlement import Result
from tests.client import Client, address
from tests.ledger.money import limit

CYRILLIC = re.compile("[\u0430-\u044f]")


def told(client: Client, payout: dict[str, Any], language: str = "en") -> dict[str, Any]:
    response = client.get(f"{address(payout['id'])}explain/", Accept_Language=language)
    assert (response.status_code, response["Content-Language"]) == (200, language)
    return client.json(response)


def settled(client: Client, outcome: Outcome) -> dict[str, Any]:
    payout = client.create()
    [item] = claims.claim_payable("simulator", 1).items
    settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", outcome)])
    return payout


def test_a_ready_payout_may_be_canceled(acme: Client) -> None:
    said = told(acme, acme.create())
    assert "ready" in said["why"]
    assert "sweep" in said["next"]
    assert any("canceled" in word for word in said["you_may"])


def test_a_scheduled_payout_says_when(acme: Client) -> None:
    said = told(acme, acme.create(scheduled_for="2027-06-01T00:00:00Z"))
    assert said["next_at"] == "2027-06-01T00:00:00.000000Z"
    assert said["next_at"] in said["next"]


def test_a_payout_for_people_says_how_to_take_it(acme: Client) -> None:
    payout = acme.create(connector="manual")
    assert "PATCH" in told(acme, payout)["you_may"][0]
    acme.patch(address(payout["id"]), {"status": "processing"})
    assert "person" in told(acme, payout)["why"]


@pytest.mark.parametrize(
    ("outcome", "why", "may"),
    [
        (accepted("p"), "accepted", "wait"),
        (unknown("no answer within 5 s"), "no answer within 5 s", "evidence"),
        (confirmed("p"), "paid", "Nothing is left"),
        (rejected(RejectionCode.COMPLIANCE_REFUSED), "compliance_refused", "Nothing is left"),
        (rejected(RejectionCode.RECIPIENT_ACCOUNT_CLOSED), "recipient_account_closed", "make a new payout"),
        (rejected(RejectionCode.RECIPIENT_UNREACHABLE), "may pass", "wait"),
    ],
    ids=lambda value: value.kind if isinstance(value, Outcome) else None,
)
def test_each_outcome_is_explained(acme: Client, outcome: Outcome, why: str, may: str) -> None:
    said = told(acme, settled(acme, outcome))
    assert why in said["why"]
    assert any(may in word for word in said["you_may"])


@pytest.mark.parametrize(("language", "word"), [("en", "go before it"), ("ru", "идут раньше")])
def test_who_only_comes_after_others_is_not_told_that_nothing_is_missing(
    acme: Client, settings: Settings, language: str, word: str
) -> None:
    settings.STRICT_ORDER = True
    limit(acme.tenant_id, "EUR", 50)
    large, small = acme.create(amount="60"), acme.create(amount="10")
    assert claims.claim_payable("simulator", 2).items == []

    assert "10.00 EUR" in told(acme, large, language)["why"]
    assert word in told(acme, small, language)["why"]


def test_what_a_retry_waits_for_a_person_need_not(acme: Client) -> None:
    payout = settled(acme, rejected(RejectionCode.RECIPIENT_UNREACHABLE))
    assert any("PATCH status failed" in word for word in told(acme, payout)["you_may"])
    assert acme.patch(address(payout["id"]), {"status": "failed"}).status_code == 200


def test_a_parked_payout_is_left_to_a_person(acme: Client, superuser: psycopg.Connection) -> None:
    payout = acme.create()
    claims.claim_payable("simulator", 1)
    superuser.execute("UPDATE payouts_payoutattempt SET claims = 5, lease_until = now(), next_inquiry_at = now()")
    assert claims.park_hopeless("simulator") == 1

    said = told(acme, payout)

    assert "parked for a person" in said["why"]
    assert (said["next"], said["next_at"]) == ("Nothing more happens by itself; a person must decide.", None)
    [may] = said["you_may"]
    assert "reason and evidence" in may


def test_one_that_the_provider_lacks_is_sent_again_and_not_asked_about(acme: Client) -> None:
    payout = settled(acme, unknown("no answer"))
    PayoutAttempt.objects.update(sends_again=True)

    said = told(acme, payout)
    assert "sent again at" in said["next"]
    assert said["next_at"] in said["next"]

    pausing.pause_tenant(acme.tenant_id, reason="Fraud is looked into")
    said = told(acme, payout)
    assert said["next"].endswith("resumes what is paused: Fraud is looked into")
    assert said["next_at"] is None


def test_where_the_provider_cannot_be_asked_it_is_sent_again_as_long_as_that_is_safe(
    acme: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def that_can(**changes: Any) -> None:
        can = replace(connector.capabilities, inquiry=False, callbacks=False, **changes)
        monkeypatch.setattr(connector, "capabilities", can)

    connector = registry.get("simulator")
    that_can()
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    assert "is sent again after" in told(acme, payout)["next"]

    lost = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", unknown("no answer"))
    settlement.settle([lost])
    assert "sent again at" in told(acme, payout)["next"]

    that_can(reference_memory=timedelta(seconds=1))
    assert told(acme, payout)["next"] == "Nothing more happens by itself; a person must decide."


@pytest.mark.parametrize(
    ("ended", "late", "why"),
    [
        (confirmed("p"), rejected(RejectionCode.REFUSED_BY_PROVIDER), "It is paid."),
        (rejected(RejectionCode.RECIPIENT_ACCOUNT_CLOSED), confirmed("p"), "It has failed"),
    ],
    ids=["paid", "failed"],
)
def test_an_end_that_the_provider_contradicts_is_to_be_cleared_up(
    acme: Client, ended: Outcome, late: Outcome, why: str
) -> None:
    payout = acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    for outcome in (ended, late):
        settlement.settle([Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", outcome)])

    said = told(acme, payout)

    assert said["why"].startswith(why)
    assert "contradicted" in said["why"]
    [may] = said["you_may"]  # A new payout might pay it twice.
    assert "ask the provider in writing" in may
    assert item.attempt.reference in may


def test_money_that_came_back_is_told(acme: Client) -> None:
    payout = settled(acme, confirmed("p"))
    back = {"amount": "40.00", "provider_reference": "R-1", "reason": "Account closed"}
    assert acme.post(f"{address(payout['id'])}returns/", back).status_code == 201

    said = told(acme, payout)

    assert said["why"] == "It is paid. Of it 40.00 EUR came back."
    assert said["you_may"] == ["What came back may be paid by a new payout, with the right details."]


def test_it_is_told_in_russian_where_that_is_preferred(acme: Client) -> None:
    payout = settled(acme, unknown("no answer"))
    said = told(acme, payout, "ru")
    assert all(CYRILLIC.search(sentence) for sentence in [said["why"], said["next"], *said["you_may"]])
    response = acme.get(f"{address(payout['id'])}explain/", Accept_Language="fr, ru-RU;q=0.8, en;q=0.5")
    assert response["Content-Language"] == "ru"
    assert acme.get(f"{address(payout['id'])}explain/", Accept_Language="fr")["Content-Language"] == "en"


def test_every_sentence_is_there_in_both_languages_with_the_same_values() -> None:
    for english, russian in SENTENCES.values():
        assert CYRILLIC.search(russian)
        assert not CYRILLIC.search(english)
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", russian))
