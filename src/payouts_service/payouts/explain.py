"""Why a payout is where it is, in plain words: what it waits for, what happens next and when, what a person may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from payouts_service.connectors import registry
from payouts_service.connectors.contract import OutcomeKind, Party
from payouts_service.events.log import has_happened
from payouts_service.http.languages import SPOKEN
from payouts_service.http.problems import NotFound
from payouts_service.kit.clock import utc_now, wire_time
from payouts_service.kit.money import amount_text
from payouts_service.payouts import queries
from payouts_service.payouts.attempts import MANUAL, may_be_sent_again
from payouts_service.payouts.funds import FUNDS, missing_for
from payouts_service.payouts.holds import PAUSED, PROVIDER, Holds, holds_for
from payouts_service.payouts.limits import LIMIT
from payouts_service.payouts.models import Payout, PayoutAttempt, Progress, Status
from payouts_service.payouts.sentences import SENTENCES
from payouts_service.payouts.wire import payout_id_text, waiting_for

_AT_AN_END: Final = {"may_nothing", "may_try_anew", "may_put_right"}


@dataclass(frozen=True, slots=True)
class _Story:
    """The sentences to say: why it is there, what happened beside, what comes next and when, what a person may do."""

    why: str
    next: str | None
    may: tuple[str, ...]
    when: datetime | None = None
    beside: tuple[str, ...] = ()


def explain(
    payout: Payout,
    attempts: list[PayoutAttempt],
    *,
    at: datetime,
    holds: Holds,
    language: str,
    words: Mapping[str, tuple[str, str]] = SENTENCES,
    time_text: Callable[[datetime], str] = wire_time,
    digits: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The explanation on the wire, in ``en`` or ``ru``; ``attempts`` are the payout's, first to last.

    ``words``: the sentences by their names, in both languages. ``time_text``, ``digits``: how
    sentences write a time, and an amount.
    """
    last = attempts[-1] if attempts else None
    story = _told_beside(payout, _story(payout, last, at=at, holds=holds))
    values = _values(payout, last, holds=holds, digits=digits) | {"when": time_text(story.when) if story.when else ""}
    column = SPOKEN.index(language)

    def say(word: str) -> str:
        return words[word][column].format_map(values)

    return {
        "id": payout_id_text(payout.id),
        "status": str(payout.status),
        "why": " ".join(say(word) for word in (story.why, *story.beside)),
        "next": say(story.next) if story.next else None,
        "next_at": wire_time(story.when) if story.when else None,
        "you_may": [say(word) for word in story.may],
    }


def explain_any(payout_id: str, *, language: str) -> dict[str, Any]:
    """The same for whoever runs the service, by the id on the wire, of any tenant. Raises NotFound."""
    payout = queries.find_any(payout_id)
    if payout is None:
        raise NotFound("There is no such payout; check the id.")
    attempts = queries.attempts_of(payout)
    return explain(payout, attempts, at=utc_now(), holds=holds_for(payout.tenant_id), language=language)


def _story(payout: Payout, last: PayoutAttempt | None, *, at: datetime, holds: Holds) -> _Story:
    if payout.status == Status.CREATED:
        return _created(payout, at=at, holds=holds)
    if payout.status == Status.COMPLETED:
        return _Story("completed", None, ("may_nothing",))
    if payout.status == Status.FAILED:
        return _Story("failed", None, (_after_failure(payout),))
    if last is not None and last.connector == MANUAL and last.closed_at is None:
        return _Story("by_hand", "by_hand_next", ("may_report",))
    return _processing(payout, last, holds=holds)


def _created(payout: Payout, *, at: datetime, holds: Holds) -> _Story:
    waits = waiting_for(payout, at=at, holds=holds)
    if PAUSED in waits:
        return _Story("paused", "paused_next", ("may_cancel",))
    if payout.blockers:
        return _blocked(payout)
    if PROVIDER in waits:
        return _Story(
            "provider_ill", "provider_ill_next", ("may_wait", "may_cancel"), holds.ill_until(payout.connector)
        )
    if waits:
        return _Story("scheduled", "scheduled_next", ("may_cancel",), payout.scheduled_for)
    if payout.connector == MANUAL:
        return _Story("for_a_person", None, ("may_take", "may_cancel"))
    return _Story("ready", "ready_next", ("may_wait", "may_take", "may_cancel"))


def _blocked(payout: Payout) -> _Story:
    if FUNDS in payout.blockers:
        if missing_for(payout):
            return _Story("without_funds", "without_funds_next", ("may_top_up", "may_cancel"))
        return _Story("funds_promised", "without_funds_next", ("may_wait", "may_top_up", "may_cancel"))
    if LIMIT in payout.blockers:
        return _Story("limited", "limited_next", ("may_wait", "may_cancel"), payout.ready_at)
    return _Story("blocked", None, ("may_cancel",))


def _processing(payout: Payout, last: PayoutAttempt | None, *, holds: Holds) -> _Story:
    if last is None or last.closed_at is not None:
        return _retrying(payout, holds=holds)
    known = str(payout.progress)  # The sentences have its names.
    if last.next_inquiry_at is None or last.connector not in registry.all_names():
        return _Story(known, "parked_next", ("may_settle",))
    can = registry.get(last.connector).capabilities
    when = last.next_inquiry_at
    if payout.progress == Progress.IN_FLIGHT:
        return _Story(known, "in_flight_next" if can.inquiry else "in_flight_sent_next", ("may_wait",), when)
    may = ("may_wait", "may_settle") if payout.progress == Progress.UNKNOWN else ("may_wait",)
    sends = last.sends_again or not can.inquiry
    if sends and may_be_sent_again(can, when - last.opened_at):
        return _held(_Story(known, "sent_again_next", may, when), "sent_again_paused_next", payout, holds=holds)
    return _Story(known, "asked_next", may, when) if can.inquiry else _Story(known, "parked_next", ("may_settle",))


def _retrying(payout: Payout, *, holds: Holds) -> _Story:
    story = _Story("retrying", "retrying_next", ("may_wait", "may_fail"), payout.next_attempt_at)
    return _held(story, "retry_paused_next", payout, holds=holds)


def _held(story: _Story, paused_next: str, payout: Payout, *, holds: Holds) -> _Story:
    """The story of something to be sent, where a pause or an ill provider keeps it back."""
    held = holds.of(payout.connector)
    if PAUSED in held:
        return replace(story, next=paused_next, when=None)
    if PROVIDER in held:
        return replace(story, next="provider_ill_next", when=holds.ill_until(payout.connector))
    return story


def _after_failure(payout: Payout) -> str:
    if payout.failure_retryable:
        return "may_try_anew"
    return "may_put_right" if payout.failure_party == Party.RECIPIENT else "may_nothing"


def _told_beside(payout: Payout, story: _Story) -> _Story:
    """The story with what came after it: money that came back, and word that contradicts what is recorded."""
    beside, may = [], story.may
    if payout.returned_amount:
        beside.append("returned")
        may = ("may_pay_anew",)
    if has_happened("payout.discrepancy_found", payout.id):
        beside.append("contradicted")
        may = ("may_clear_up", *(word for word in may if word not in _AT_AN_END))
    return replace(story, beside=tuple(beside), may=may)


def _values(
    payout: Payout, last: PayoutAttempt | None, *, holds: Holds, digits: Callable[[str], str]
) -> dict[str, str]:
    evidence = last.evidence if last else {}
    refused = last is not None and last.outcome == OutcomeKind.REJECTED
    return {
        "connector": payout.connector,
        "pause": holds.pause_reason(payout.connector),
        "blockers": ", ".join(payout.blockers),
        "missing": digits(amount_text(missing_for(payout), payout.currency)) if FUNDS in payout.blockers else "",
        "currency": payout.currency,
        "reference": last.reference if last else "",
        "why": str(evidence.get("why", "")),
        "code": payout.failure_code or (str(evidence.get("provider_code", "")) if refused else ""),
        "message": payout.failure_message or "",
        "returned": digits(amount_text(payout.returned_amount, payout.currency)),
    }
