"""Accounts: balances, entries, and money that arrived."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from payouts_service.accounts import services, statement
from payouts_service.accounts.requests import CreateTopUp
from payouts_service.accounts.wire import ACCOUNT, present_account, present_entry
from payouts_service.console import forms, notices
from payouts_service.console.doors import page
from payouts_service.console.errors import field_errors, in_form
from payouts_service.console.paging import ROWS, pager, position_of
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.templatetags.console import digits
from payouts_service.console.texts import say
from payouts_service.http.pages import Position
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.kit.errors import InvalidFields, ServiceError
from payouts_service.kit.money import amount_text
from payouts_service.ledger import accounts as ledger
from payouts_service.ledger.accounts import AccountState, Place
from payouts_service.ledger.chart import AccountKind
from payouts_service.tenants.scopes import Scope

_FIELDS: Final = ("currency", "amount", "external_id", "comment")


@page(Scope.LEDGER_READ)
def accounts(request: ConsoleRequest) -> HttpResponse:
    """``/accounts/``: by currency, what may be paid out first."""
    charts: dict[str, dict[str, Any]] = {}
    for account in ledger.accounts_of(request.caller.tenant_id):
        chart = charts.setdefault(account.currency, {"others": []})
        told = present_account(account)
        if account.kind is AccountKind.AVAILABLE:
            chart["available"] = told
        else:
            chart["others"].append(told)
    return show(request, "console/accounts.html", {"charts": charts})


@page(Scope.LEDGER_READ)
def account(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/accounts/{id}/``: its entries, newest first."""
    found = _find(request, id)
    values: dict[str, Any] = {
        "account": present_account(found),
        "chosen": {name: request.GET.get(name, "") for name in ("from", "until")},
        "query": request.GET.urlencode(),
    }
    try:
        wanted, after = forms.period(request), _place(position_of(request))
    except InvalidFields as refusal:
        values["errors"] = field_errors(refusal, request.language)
        return show(request, "console/account.html", values, status=400)
    entries = ledger.entries_of(found.id, after=after, limit=ROWS + 1, since=wanted.at__gte, before=wanted.at__lt)
    shown = entries[:ROWS]
    following = Position(shown[-1].at, UUID(int=shown[-1].id)) if len(entries) > ROWS else None
    kinds = {ids.to_text(ACCOUNT, each.id): str(each.kind) for each in ledger.accounts_of(found.tenant_id)}
    rows = [present_entry(entry, currency=found.currency) for entry in shown]
    values["entries"] = [{**row, "other_kind": kinds[row["other_account"]]} for row in rows]
    values["pager"] = pager(request, following)
    return show(request, "console/account.html", values)


@page(Scope.LEDGER_READ)
def export(request: ConsoleRequest, id: str) -> StreamingHttpResponse:  # noqa: A002 - the name in the address.
    """``/accounts/{id}/export/``: the entries of the period, all of them, while they are read."""
    found, wanted = _find(request, id), forms.period(request)
    lines = statement.lines(found, since=wanted.at__gte, before=wanted.at__lt)
    headers = {"Content-Disposition": f'attachment; filename="{id}.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@page(Scope.TOP_UPS_WRITE, methods=("GET", "HEAD", "POST"))
def top_up(request: ConsoleRequest) -> HttpResponseBase:
    """``/accounts/top-up/``: one top-up for each form, however often it is sent."""
    if request.method != "POST":
        values = {"token": forms.new_token(), "typed": {"currency": request.GET.get("currency", "")}}
        return _top_up_form(request, values, status=200)
    try:
        told = validate(CreateTopUp, forms.filled_in(request, *_FIELDS))
        created = services.create_top_up(
            tenant_id=request.caller.tenant_id, request=told, idempotency_key=forms.token_of(request)
        )
    except ServiceError as refusal:
        values = {"token": request.POST.get("token", ""), "typed": forms.typed(request, *_FIELDS)}
        values |= in_form(refusal, request.language, _FIELDS)
        return _top_up_form(request, values, status=refusal.status)
    text = "This top-up of {money} is booked already." if created.replayed else "{money} are added to the balance."
    amount = digits(request.language, amount_text(created.top_up.amount, created.top_up.currency))
    notices.add(
        request.session,
        "info" if created.replayed else "success",
        say(request.language, text, money=f"{amount}\N{NO-BREAK SPACE}{created.top_up.currency}"),
    )
    return redirect("/accounts/")


def _top_up_form(request: ConsoleRequest, values: dict[str, Any], *, status: int) -> HttpResponse:
    whole = {"currencies": sorted(settings.CURRENCIES), **values}
    return show(request, "console/top_up.html", whole, status=status)


def _find(request: ConsoleRequest, text: str) -> AccountState:
    return services.find_account(tenant_id=request.caller.tenant_id, account_id=ids.from_text(ACCOUNT, text))


def _place(position: Position | None) -> Place | None:
    """An entry is named on the wire by a number in the place of a UUID."""
    return Place(position.created_at, position.id.int) if position is not None else None
