"""One payout: why it is where it is, all that happened to it, and what a person may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from payouts_service.accounts.wire import present_entries_about
from payouts_service.connectors.contract import RejectionCode
from payouts_service.console import forms, notices
from payouts_service.console.actors import named
from payouts_service.console.doors import page
from payouts_service.console.errors import in_form
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.templatetags.console import digits, time_text
from payouts_service.console.texts import say
from payouts_service.console.texts.explanations import WORDS
from payouts_service.events import feed
from payouts_service.events.wire import present as present_event
from payouts_service.http.conditional import etag
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import ServiceError
from payouts_service.ledger.accounts import entries_about
from payouts_service.payouts import queries, returns, services
from payouts_service.payouts.actions import Action, Hindrance, hindrances
from payouts_service.payouts.explain import explain
from payouts_service.payouts.requests import CancelPayout, CreateReturn, EvidenceKind, UpdatePayout
from payouts_service.payouts.revealing import reveal_details
from payouts_service.payouts.wire import PREFIX, present, present_attempt
from payouts_service.tenants.scopes import Scope

_EVENTS_SHOWN: Final = 200
_FIELDS: Final = ("reason", "kind", "text", "failure_code", "amount", "provider_reference")
SCOPES: Final[Mapping[Action, Scope]] = {
    Action.TAKE: Scope.PAYOUTS_SETTLE,
    Action.COMPLETE: Scope.PAYOUTS_SETTLE,
    Action.FAIL: Scope.PAYOUTS_SETTLE,
    Action.TELL_RETURN: Scope.RETURNS_WRITE,
    Action.CANCEL: Scope.PAYOUTS_WRITE,
    Action.DELETE: Scope.PAYOUTS_WRITE,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: what was typed, what is wrong with its fields, and what is about none of them."""

    action: Action
    typed: Mapping[str, Any]
    errors: Mapping[str, str]
    error: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as the page shows it: to be had, or not now, and why not."""

    action: Action
    hindrance: Hindrance | None
    missing_scope: Scope | None
    refused: Refused | None = None

    @property
    def possible(self) -> bool:
        """Whether its form is shown."""
        return self.hindrance is None and self.missing_scope is None


Verb = Callable[[ConsoleRequest, Any], str]


@page(Scope.PAYOUTS_READ)
def payout(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/payouts/{id}/``."""
    return _page(request, id)


@page(Scope.RECIPIENTS_REVEAL, methods=("POST",))
def reveal(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/payouts/{id}/reveal/``: the details in clear, once, after the event that says who read them."""
    found, _ = _find(request, id)
    return _page(request, id, revealed=reveal_details(found))


def _verb(action: Action) -> Callable[[Verb], Callable[..., HttpResponseBase]]:
    """A form's door: one call, then back to the payout; a refusal is shown in the form, with what was typed."""

    def decorate(verb: Verb) -> Callable[..., HttpResponseBase]:
        @page(SCOPES[action], methods=("POST",))
        @wraps(verb)
        def door(request: ConsoleRequest, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
            found, _ = _find(request, id)
            try:
                sentence = verb(request, found)
            except ServiceError as refusal:
                told = in_form(refusal, request.language, _FIELDS)
                return _page(request, id, status=refusal.status, refused=Refused(action, request.POST, **told))
            notices.add(request.session, "success", say(request.language, sentence))
            return redirect("/payouts/" if action is Action.DELETE else f"/payouts/{id}/")

        return door

    return decorate


@_verb(Action.CANCEL)
def cancel(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/cancel/``."""
    told = validate(CancelPayout, forms.filled_in(request, "reason"))
    services.cancel_payout(reason=told.reason, **_addressed(request, found))
    return "The payout is canceled."


@_verb(Action.DELETE)
def delete(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/delete/``."""
    services.delete_payout(**_addressed(request, found))
    return "The payout is deleted; its history stays."


@_verb(Action.TAKE)
def take(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/take/``."""
    services.update_payout(request=validate(UpdatePayout, {"status": "processing"}), **_addressed(request, found))
    return "The payout is yours: pay it, then report the outcome here."


@_verb(Action.COMPLETE)
def complete(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/complete/``."""
    _settle(request, found, "completed")
    return "The payout is settled as completed."


@_verb(Action.FAIL)
def fail(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/fail/``."""
    _settle(request, found, "failed")
    return "The payout is settled as failed."


@_verb(Action.TELL_RETURN)
def tell_return(request: ConsoleRequest, found: Any) -> str:
    """``/payouts/{id}/tell_return/``."""
    given = forms.filled_in(request, "amount", "provider_reference", "reason")
    given["is_another"] = "is_another" in request.POST
    returns.tell_return(request=validate(CreateReturn, given), **_addressed(request, found))
    return "The return is booked."


def _settle(request: ConsoleRequest, found: Any, status: str) -> None:
    """Settling by hand asks for a reason and evidence, whoever was to pay."""
    evidence = forms.filled_in(request, "evidence_kind", "evidence_text")
    given: dict[str, Any] = {
        "status": status,
        "reason": request.POST.get("reason", "").strip(),
        "evidence": {name.removeprefix("evidence_"): text for name, text in evidence.items()},
    }
    if status == "failed":
        given |= forms.filled_in(request, "failure_code")
    services.update_payout(request=validate(UpdatePayout, given), **_addressed(request, found))


def _addressed(request: ConsoleRequest, found: Any) -> dict[str, Any]:
    """Whose payout, which, and the version that the person has seen."""
    expected = frozenset({etag(request.POST.get("version", ""))})
    return {"tenant_id": request.caller.tenant_id, "payout_id": found.id, "expected": expected}


def _find(request: ConsoleRequest, text: str) -> tuple[Any, Any]:
    payout_id = ids.from_text(PREFIX, text)
    found = queries.look_at(tenant_id=request.caller.tenant_id, payout_id=payout_id) if payout_id else None
    if found is None:
        raise services.PayoutNotFound
    return found


def _page(
    request: ConsoleRequest, text: str, *, status: int = 200, refused: Refused | None = None, **more: Any
) -> HttpResponse:
    found, holds = _find(request, text)
    at, attempts = utc_now(), queries.attempts_of(found)
    standing = hindrances(found, attempts, at=at, holds=holds)
    values = {
        "payout": present(found, at=at, holds=holds),
        "told": explain(
            found,
            attempts,
            at=at,
            holds=holds,
            language=request.language,
            words=WORDS,
            time_text=time_text,
            digits=partial(digits, request.language),
        ),
        "attempts": _attempts(request, attempts),
        "offers": [_offer(request, action, standing[action], refused) for action in SCOPES],
        "may_reveal": Scope.RECIPIENTS_REVEAL in request.caller.scopes,
        "evidence_kinds": list(map(str, EvidenceKind)),
        "failure_codes": list(map(str, RejectionCode)),
        **_history(request, found),
        **_money(request, found, attempts),
        **more,
    }
    return show(request, "console/payout.html", values, status=status)


def _offer(request: ConsoleRequest, action: Action, hindrance: Hindrance | None, refused: Refused | None) -> Offer:
    scope = SCOPES[action]
    missing = None if scope in request.caller.scopes else scope
    return Offer(action, hindrance, missing, refused if refused and refused.action is action else None)


def _history(request: ConsoleRequest, found: Any) -> dict[str, Any]:
    """For those whose role reads events: every event with its actor, first to last; of very many, the last."""
    if Scope.EVENTS_READ not in request.caller.scopes:
        return {}
    earlier = max(0, found.version - _EVENTS_SHOWN)
    events = feed.history(tenant_id=request.caller.tenant_id, object_id=found.id, after=earlier, limit=_EVENTS_SHOWN)
    rows = [present_event(event) for event in events]
    names = named(request.caller.tenant_id, [row["actor"] for row in rows])
    told = [{**row, "actor_name": names.get(row["actor"]["id"])} for row in rows]
    return {"events": told, "earlier_events": earlier}


def _attempts(request: ConsoleRequest, made: list[Any]) -> list[dict[str, Any]]:
    """As the API tells them, and whoever decided by name."""
    rows = [present_attempt(each) for each in made]
    decisions = [row["decision"] for row in rows if row["decision"]]
    names = named(request.caller.tenant_id, [decision["actor"] for decision in decisions])
    for decision in decisions:
        decision["actor_name"] = names.get(decision["actor"]["id"])
    return rows


def _money(request: ConsoleRequest, found: Any, attempts: list[Any]) -> dict[str, Any]:
    """For those whose role reads the ledger: the entries of the payout, of its attempts' fees and of its returns."""
    if Scope.LEDGER_READ not in request.caller.scopes:
        return {}
    subjects = [found.id, *(each.id for each in attempts), *(each.id for each in found.returns.all())]
    return {"entries": present_entries_about(entries_about(request.caller.tenant_id, subjects), found.currency)}
