"""The list of payouts: filters, search, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from payouts_service.console import forms
from payouts_service.console.doors import page
from payouts_service.console.errors import by_first_name
from payouts_service.console.paging import ROWS, pager, position_of
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.http.pages import MAXIMUM_LIMIT, Position, decode_cursor, encode_cursor
from payouts_service.http.spreadsheets import as_text, line_writer
from payouts_service.http.validation import validate
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.payouts import needs, queries
from payouts_service.payouts.finding import filters_of, search
from payouts_service.payouts.holds import holds_for
from payouts_service.payouts.needs import Need
from payouts_service.payouts.requests import ListPayouts
from payouts_service.payouts.wire import present
from payouts_service.tenants.scopes import Scope

STATUSES: Final = ("created", "processing", "completed", "failed")
_COLUMNS: Final = (
    *("id", "created_at", "updated_at", "status", "waiting_for", "progress", "amount", "currency", "recipient"),
    *("connector", "external_id", "failure_code", "failure_message", "returned", "comment"),
)


@page(Scope.PAYOUTS_READ)
def payouts(request: ConsoleRequest) -> HttpResponse:
    """``/payouts/``."""
    wanted = {name: request.GET.get(name, "") for name in ("need", "currency", "connector", "from", "until")}
    chosen = {**wanted, "status": request.GET.getlist("status")}
    values: dict[str, Any] = {"chosen": chosen, "choices": _choices(), "query": request.GET.urlencode(), "errors": {}}
    try:
        filters, after = _filters(request), position_of(request)
    except InvalidFields as refusal:
        values["errors"] = by_first_name(refusal, request.language)
        return show(request, "console/payouts.html", values, status=400)
    found, following = _page(request, filters, after, limit=ROWS)
    values |= {"rows": _rows(request, found), "pager": pager(request, following), "looked_at": queries.LOOKED_AT_MOST}
    return show(request, "console/payouts.html", values)


@page(Scope.PAYOUTS_READ, methods=("POST",))
def find(request: ConsoleRequest) -> HttpResponseBase:
    """``/payouts/search/``: a POST, because addresses are written into logs, and this may be an account."""
    text, cursor = request.POST.get("text", "").strip(), request.POST.get("cursor")
    after = decode_cursor(cursor) if cursor else None
    found, following = search(tenant_id=request.caller.tenant_id, text=text, after=after, limit=ROWS)
    rows = _rows(request, found)
    if len(rows) == 1 and after is None:
        return redirect(f"/payouts/{rows[0]['id']}/")
    values = {"text": text, "rows": rows, "following": encode_cursor(following) if following else ""}
    return show(request, "console/found_payouts.html", values)


@page(Scope.PAYOUTS_READ)
def export(request: ConsoleRequest) -> StreamingHttpResponse:
    """``/payouts/export/``: exactly what is filtered, all of it, while it is read."""
    lines = _lines(request, _filters(request))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payouts-{utc_now():%Y-%m-%d-%H%M%S}.csv"'
    return response


def _choices() -> dict[str, Any]:
    return {
        "need": list(map(str, Need)),
        "status": STATUSES,
        "currency": sorted(settings.CURRENCIES),
        "connector": settings.CONNECTORS,
    }


def _filters(request: ConsoleRequest) -> queries.Filters:
    """The API's filters, with whole days (UTC) for times."""
    given: dict[str, Any] = {"status": request.GET.getlist("status")}
    given |= {name: value for name in ("currency", "connector") if (value := request.GET.get(name))}
    given |= forms.by_days(request, "created_at__gte", "created_at__lt")
    filters = filters_of(validate(ListPayouts, given))
    if need := request.GET.get("need"):
        if need not in list(Need):
            raise InvalidFields(FieldError("need", "unknown-value", "Choose one of the needs that the form has."))
        filters = replace(filters, where=needs.WHERE[Need(need)])
    return filters


def _page(
    request: ConsoleRequest, filters: queries.Filters, after: Position | None, *, limit: int
) -> tuple[list[Any], Position | None]:
    return queries.page(
        tenant_id=request.caller.tenant_id,
        filters=filters,
        after=after,
        limit=limit,
        look_at=queries.LOOKED_AT_MOST,
    )


def _rows(request: ConsoleRequest, found: list[Any]) -> list[dict[str, Any]]:
    at, holds = utc_now(), holds_for(request.caller.tenant_id)
    return [present(payout, at=at, holds=holds) for payout in found]


def _lines(request: ConsoleRequest, filters: queries.Filters) -> Iterator[str]:
    """Page by page, so that neither memory nor one long transaction holds it all."""
    line = line_writer()
    yield "\N{ZERO WIDTH NO-BREAK SPACE}" + line(_COLUMNS)  # By it spreadsheets know UTF-8.
    after: Position | None = None
    while True:
        found, after = _page(request, filters, after, limit=MAXIMUM_LIMIT)
        for row in _rows(request, found):
            yield line(_cells(row))
        if after is None:
            return


def _cells(row: dict[str, Any]) -> list[str]:
    failure = row["failure"] or {}
    details = {name: value for name, value in row["recipient_details"].items() if name != "kind"}
    texts = {
        **row,
        "waiting_for": " ".join(row["waiting_for"]),
        "recipient": " ".join(details[name] for name in sorted(details, key=lambda name: name != "name")),
        "failure_code": failure.get("code"),
        "failure_message": failure.get("message"),
        "returned": " ".join(one["amount"] for one in row["returns"]),
    }
    return [as_text(str(texts[name] or "")) for name in _COLUMNS]
