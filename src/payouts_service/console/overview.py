"""The first page: what needs a person now, and how it goes. Its parts refresh themselves."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse

from payouts_service.audit.services import broken_invariants
from payouts_service.console.doors import page
from payouts_service.console.payouts import STATUSES
from payouts_service.console.rendering import fragment, show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say, say_term
from payouts_service.kit.clock import utc_now
from payouts_service.kit.money import amount_text
from payouts_service.ledger.accounts import accounts_of
from payouts_service.ledger.chart import AccountKind
from payouts_service.payouts import needs, pulse
from payouts_service.payouts.holds import holds_for
from payouts_service.payouts.needs import COUNTED_AT_MOST
from payouts_service.tenants.scopes import Scope

_GRAVE: Final = frozenset({"parked", "unknown"})


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that calls for a person: how it is told, where to look, and whether it is grave."""

    number: str
    name: str
    more: str
    address: str
    grave: bool


@page(Scope.PAYOUTS_READ)
def overview(request: ConsoleRequest) -> HttpResponse:
    """``/``."""
    return show(request, "console/overview.html", {**_needs(request), **_figures(request)})


@page(Scope.PAYOUTS_READ)
def what_needs_a_person(request: ConsoleRequest) -> HttpResponse:
    """``/overview/needs/``, for htmx."""
    return fragment(request, "console/overview_needs.html", _needs(request))


@page(Scope.PAYOUTS_READ)
def how_it_goes(request: ConsoleRequest) -> HttpResponse:
    """``/overview/figures/``, for htmx."""
    return fragment(request, "console/overview_figures.html", _figures(request))


def _needs(request: ConsoleRequest) -> dict[str, Any]:
    calls = [*_payouts_to_look_at(request), *_switches(request), *_low_accounts(request), *_broken(request)]
    return {"calls": sorted(calls, key=lambda call: not call.grave)}


def _payouts_to_look_at(request: ConsoleRequest) -> list[Call]:
    return [
        Call(
            number=f"{COUNTED_AT_MOST}+" if number > COUNTED_AT_MOST else str(number),
            name=say_term(request.language, need),
            more="",
            address=f"/payouts/?need={need}",
            grave=need in _GRAVE,
        )
        for need, number in needs.numbers(request.caller.tenant_id).items()
        if number
    ]


def _switches(request: ConsoleRequest) -> list[Call]:
    """Who is paused, and which provider is ill; each keeps payouts in ``created``."""
    holds = holds_for(request.caller.tenant_id)
    calls = []
    if holds.tenant_pause is not None:
        calls.append(("Payouts are paused", holds.tenant_pause, "/payouts/?status=created"))
    for name, state in sorted(holds.connectors.items()):
        if state.paused_at is not None:
            calls.append(("Connector paused", f"{name}: {state.pause_reason}", "/connectors/"))
        if state.ill_until is not None:
            calls.append(("Provider ill", name, "/connectors/"))
    return [
        Call(number="", name=say(request.language, text), more=more, address=address, grave=False)
        for text, more, address in calls
    ]


def _low_accounts(request: ConsoleRequest) -> list[Call]:
    """Limited accounts from which nothing more can be taken."""
    if Scope.LEDGER_READ not in request.caller.scopes:
        return []
    return [
        Call(
            number="",
            name=say(request.language, "Low funds"),
            more=f"{account.currency}: {amount_text(account.balance, account.currency)}",
            address="/payouts/?need=without_funds",
            grave=False,
        )
        for account in accounts_of(request.caller.tenant_id)
        if account.kind is AccountKind.AVAILABLE
        and account.least_balance is not None
        and account.balance <= account.least_balance
    ]


def _broken(request: ConsoleRequest) -> list[Call]:
    """Failed audits, which are about the whole service, for those who run it."""
    if not request.caller.runs_service:
        return []
    name = say(request.language, "Audit failed")
    return [
        Call(number=str(number), name=name, more=invariant, address="/integrity/", grave=True)
        for invariant, number in broken_invariants().items()
    ]


def _figures(request: ConsoleRequest) -> dict[str, Any]:
    span = request.GET.get("span", "")
    span = span if span in pulse.SPANS else next(iter(pulse.SPANS))
    at = utc_now()
    steps = pulse.steps(request.caller.tenant_id, span, at=at)
    made = sum(step.made for step in steps)
    return {
        "span": span,
        "spans": list(pulse.SPANS),
        "statuses": STATUSES,
        "standing": _by_currency(pulse.standing(request.caller.tenant_id, at=at)),
        "steps": steps if made else [],
        "capped": made >= pulse.LOOKED_AT_MOST,
        "most": pulse.LOOKED_AT_MOST,
        "throughput": _series(
            request.language,
            steps,
            {
                "Accepted": [step.made for step in steps],
                "Paid": [step.completed for step in steps],
                "Not paid": [step.failed for step in steps],
            },
        ),
        "times": _series(
            request.language,
            steps,
            {
                "p50, seconds": [step.median_seconds for step in steps],
                "p95, seconds": [step.slowest_seconds for step in steps],
            },
        ),
    }


def _by_currency(found: list[pulse.Standing]) -> list[dict[str, Any]]:
    """A row for each currency, with a cell for each status."""
    known = {(one.currency, one.status): one for one in found}
    looked_at = Counter[str]()
    for one in found:
        looked_at[one.status] += one.number
    capped = {status for status, number in looked_at.items() if number >= pulse.LOOKED_AT_MOST}
    return [
        {
            "currency": currency,
            "cells": [_cell(known.get((currency, status)), currency, more=status in capped) for status in STATUSES],
        }
        for currency in sorted({one.currency for one in found})
    ]


def _cell(one: pulse.Standing | None, currency: str, *, more: bool) -> dict[str, Any]:
    """Its number, and whether there are more: of a status, only so many are looked at, of whatever currency."""
    number, amount = (one.number, one.amount) if one else (0, Decimal(0))
    return {"number": number, "more": more, "amount": amount_text(amount, currency)}


def _series(language: str, steps: list[pulse.Step], lines: dict[str, list[Any]]) -> str:
    """A chart's data for ``charts.js``."""
    named = [{"name": say(language, name), "values": values} for name, values in lines.items()]
    times = [int(step.at.timestamp()) for step in steps]
    return json.dumps({"time": say(language, "Time"), "times": times, "lines": named}, ensure_ascii=False)
