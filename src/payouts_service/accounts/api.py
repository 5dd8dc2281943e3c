"""The HTTP doors of accounts and top-ups."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from payouts_service.accounts import operations, services, statement
from payouts_service.accounts.requests import CreateTopUp, ListAccounts, ListEntries, ReadAccount
from payouts_service.accounts.wire import ACCOUNT, TOP_UP, present_account, present_entry, present_top_up
from payouts_service.http.pages import parse_cursor, single_values, write_cursor
from payouts_service.http.validation import validate
from payouts_service.http.views import ApiView, principal
from payouts_service.idempotency.keys import KEY_IN_META, parse_key
from payouts_service.kit import ids
from payouts_service.ledger import accounts
from payouts_service.ledger.accounts import AccountState, Place
from payouts_service.tenants.scopes import Scope

CSV = "text/csv"


class AccountCollection(ApiView):
    """``/api/accounts/``."""

    scopes: ClassVar = {"GET": Scope.LEDGER_READ}

    @operations.LIST_ACCOUNTS
    def get(self, request: Request) -> Response:
        """Six for each currency that was used, so there are no pages."""
        wanted = validate(ListAccounts, single_values(request, repeatable=()))
        found = accounts.accounts_of(principal(request).tenant_id, currency=wanted.currency)
        return Response({"data": [present_account(account) for account in found]})


class _AccountView(ApiView):
    """What the addresses below one account share."""

    scopes: ClassVar = {"GET": Scope.LEDGER_READ}
    account: AccountState

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Find the tenant's account, or raise AccountNotFound."""
        tenant_id, account_id = principal(request).tenant_id, ids.from_text(ACCOUNT, kwargs["id"])
        self.account = services.find_account(tenant_id=tenant_id, account_id=account_id)


class AccountDetail(_AccountView):
    """``/api/accounts/{id}/``."""

    @operations.READ_ACCOUNT
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """The account now, or its balance at a past time."""
        at = validate(ReadAccount, single_values(request, repeatable=())).at
        balance = None if at is None else accounts.balance_at(self.account.id, at)
        return Response(present_account(self.account, balance=balance, at=at))


class _CsvRenderer(BaseRenderer):
    """Takes part in the negotiation; the lines are streamed past it."""

    media_type = CSV
    format = "csv"


class AccountEntries(_AccountView):
    """``/api/accounts/{id}/entries/``."""

    renderer_classes = (JSONRenderer, _CsvRenderer)

    @operations.LIST_ENTRIES
    def get(self, request: Request, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
        """A page of entries, or all of them as a file."""
        wanted = validate(ListEntries, single_values(request, repeatable=()))
        if wanted.format == "csv" or (wanted.format is None and request.accepted_renderer.media_type == CSV):
            lines = statement.lines(self.account, since=wanted.at__gte, before=wanted.at__lt)
            name = f'attachment; filename="{id}.csv"'
            headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
            return StreamingHttpResponse(lines, content_type=f"{CSV}; charset=utf-8", headers=headers)
        after = parse_cursor(wanted.cursor, _place) if wanted.cursor is not None else None
        found = accounts.entries_of(
            self.account.id, after=after, limit=wanted.limit + 1, since=wanted.at__gte, before=wanted.at__lt
        )
        shown = found[: wanted.limit]
        more = len(found) > wanted.limit
        page = {
            "data": [present_entry(entry, currency=self.account.currency) for entry in shown],
            "has_more": more,
            "next_cursor": write_cursor(shown[-1].at.isoformat(), str(shown[-1].id)) if more else None,
        }
        request.accepted_renderer = JSONRenderer()
        return Response(page, content_type="application/json")


class TopUpCollection(ApiView):
    """``/api/top-ups/``."""

    scopes: ClassVar = {"POST": Scope.TOP_UPS_WRITE}

    @operations.CREATE_TOP_UP
    def post(self, request: Request) -> Response:
        """One top-up for each Idempotency-Key."""
        key = parse_key(request.META.get(KEY_IN_META), required=settings.REQUIRE_IDEMPOTENCY_KEY)
        created = services.create_top_up(
            tenant_id=principal(request).tenant_id, request=self.body(request, CreateTopUp), idempotency_key=key
        )
        told = present_top_up(created.top_up)
        headers = {"Location": f"/api/top-ups/{told['id']}/"}
        if created.replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(told, status=201, headers=headers)


class TopUpDetail(ApiView):
    """``/api/top-ups/{id}/``."""

    scopes: ClassVar = {"GET": Scope.LEDGER_READ}

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Find the tenant's top-up, or raise TopUpNotFound."""
        tenant_id, top_up_id = principal(request).tenant_id, ids.from_text(TOP_UP, kwargs["id"])
        self.top_up = services.find_top_up(tenant_id=tenant_id, top_up_id=top_up_id)

    @operations.READ_TOP_UP
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """As it was told."""
        return Response(present_top_up(self.top_up))


def _place(at: Any, entry_id: Any) -> Place:
    moment = datetime.fromisoformat(at)
    if moment.utcoffset() is None:
        raise ValueError("a cursor's time is aware")
    return Place(moment.astimezone(UTC), int(entry_id))
