"""The HTTP doors of payouts: read the input, one call, present."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from payouts_service.http.answers import Answer
from payouts_service.http.conditional import etag, expected_tags
from payouts_service.http.languages import accepted_language
from payouts_service.http.pages import Position, decode_cursor, page_document, single_values
from payouts_service.http.validation import validate
from payouts_service.http.views import ApiView, principal, require_scope
from payouts_service.idempotency.keys import KEY_IN_META, parse_key
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import InvalidFields
from payouts_service.payouts import operations, queries, returns, returns_operations, services
from payouts_service.payouts.explain import explain
from payouts_service.payouts.finding import filters_of
from payouts_service.payouts.holds import Holds, holds_for
from payouts_service.payouts.models import Payout
from payouts_service.payouts.requests import (
    CancelPayout,
    CreatePayout,
    CreateReturn,
    ListPayouts,
    ReadPayout,
    SearchPayouts,
    UpdatePayout,
)
from payouts_service.payouts.revealing import reveal_details
from payouts_service.payouts.wire import PREFIX, payout_id_text, present, present_attempt, present_return
from payouts_service.recipients.blind_index import blind_index
from payouts_service.tenants.scopes import Scope


class PayoutList(ApiView):
    """``/api/payouts/``."""

    scopes: ClassVar = {"GET": Scope.PAYOUTS_READ, "POST": Scope.PAYOUTS_WRITE}

    @operations.LIST
    def get(self, request: Request) -> Answer:
        """A page of the tenant's payouts."""
        values = single_values(request, repeatable=("status",))
        wanted = validate(ListPayouts, values)
        filters = filters_of(wanted)
        after = decode_cursor(wanted.cursor) if wanted.cursor is not None else None
        return _page(principal(request).tenant_id, filters, after=after, limit=wanted.limit)

    @operations.CREATE
    def post(self, request: Request) -> Answer:
        """One payout for each Idempotency-Key."""
        key = parse_key(request.META.get(KEY_IN_META), required=settings.REQUIRE_IDEMPOTENCY_KEY)
        tenant_id, values = principal(request).tenant_id, self.values(request)
        try:
            wanted = validate(CreatePayout, values)
            created = services.create_payout(tenant_id=tenant_id, request=wanted, idempotency_key=key)
        except InvalidFields:
            earlier = services.find_repeated(tenant_id=tenant_id, values=values, idempotency_key=key)
            if earlier is None:
                raise
            created = earlier
        response = _answer(created.payout, created.holds, status=201)
        response["Location"] = f"/api/payouts/{payout_id_text(created.payout.id)}/"
        if created.replayed:
            response["Idempotent-Replayed"] = "true"
        return response


class PayoutSearch(ApiView):
    """``/api/payouts/search/``: a POST, because addresses are written into logs on their way."""

    scopes: ClassVar = {"POST": Scope.PAYOUTS_READ}

    @operations.SEARCH
    def post(self, request: Request) -> Answer:
        """A page of the tenant's payouts to one account."""
        wanted = self.body(request, SearchPayouts)
        tenant_id = principal(request).tenant_id
        index = blind_index(wanted.recipient_account.plain(), tenant_id=tenant_id)
        after = decode_cursor(wanted.cursor) if wanted.cursor is not None else None
        return _page(tenant_id, queries.Filters(recipient_index=index), after=after, limit=wanted.limit)


class _PayoutView(ApiView):
    """What the addresses below one payout share."""

    payout: Payout
    holds: Holds

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Find the tenant's payout, or raise PayoutNotFound."""
        payout_id = ids.from_text(PREFIX, kwargs["id"])
        found = queries.look_at(tenant_id=principal(request).tenant_id, payout_id=payout_id) if payout_id else None
        if found is None:
            raise services.PayoutNotFound
        self.payout, self.holds = found

    def addressed(self, request: Request) -> Mapping[str, Any]:
        """The arguments that every verb takes: whose payout, which, and what version is expected."""
        return {
            "tenant_id": principal(request).tenant_id,
            "payout_id": self.payout.id,
            "expected": expected_tags(request),
        }


class PayoutDetail(_PayoutView):
    """``/api/payouts/{id}/``."""

    scopes: ClassVar = {"GET": Scope.PAYOUTS_READ, "PATCH": Scope.PAYOUTS_WRITE, "DELETE": Scope.PAYOUTS_WRITE}

    def locate(self, request: Request, **kwargs: Any) -> None:
        """As below every payout; who asks for the details is told first that they may not."""
        if request.method in ("GET", "HEAD") and "reveal" in request.query_params:
            require_scope(request, Scope.RECIPIENTS_REVEAL)
        super().locate(request, **kwargs)

    @operations.READ
    def get(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """The payout as it is now."""
        wanted = validate(ReadPayout, single_values(request, repeatable=()))
        revealed = reveal_details(self.payout) if wanted.reveal is not None else None
        return _answer(self.payout, self.holds, revealed=revealed)

    @operations.UPDATE
    def patch(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """Changes whole or not at all."""
        change = self.body(request, UpdatePayout)
        if change.status is not None:
            require_scope(request, Scope.PAYOUTS_SETTLE)
        return _answer(services.update_payout(request=change, **self.addressed(request)))

    @operations.DELETE
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002 - the name in the address.
        """The row goes, the history stays."""
        services.delete_payout(**self.addressed(request))
        return Response(status=204)


class PayoutAttempts(_PayoutView):
    """``/api/payouts/{id}/attempts/``."""

    scopes: ClassVar = {"GET": Scope.PAYOUTS_READ}

    @operations.ATTEMPTS
    def get(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """Every submission, and what each call brought."""
        return Answer({"data": [present_attempt(attempt) for attempt in queries.attempts_of(self.payout)]})


class PayoutExplanation(_PayoutView):
    """``/api/payouts/{id}/explain/``."""

    scopes: ClassVar = {"GET": Scope.PAYOUTS_READ}

    @operations.EXPLAIN
    def get(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """In the first language of Accept-Language that we speak, else in English."""
        language = accepted_language(request.headers.get("Accept-Language", ""))
        told = explain(
            self.payout,
            queries.attempts_of(self.payout),
            at=utc_now(),
            holds=self.holds,
            language=language,
        )
        return Answer(told, headers={"Content-Language": language, "Vary": "Accept, Accept-Language"})


class PayoutCancel(_PayoutView):
    """``/api/payouts/{id}/cancel/``."""

    scopes: ClassVar = {"POST": Scope.PAYOUTS_WRITE}

    @operations.CANCEL
    def post(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """Gives the payout up before anything is sent."""
        reason = self.body(request, CancelPayout).reason
        return _answer(services.cancel_payout(reason=reason, **self.addressed(request)))


class PayoutReturns(_PayoutView):
    """``/api/payouts/{id}/returns/``."""

    scopes: ClassVar = {"POST": Scope.RETURNS_WRITE}

    @returns_operations.RETURN
    def post(self, request: Request, id: str) -> Answer:  # noqa: A002 - the name in the address.
        """Books money that came back."""
        told = returns.tell_return(request=self.body(request, CreateReturn), **self.addressed(request))
        headers = {"Idempotent-Replayed": "true"} if told.replayed else {}
        return Answer(present_return(told.booked, told.payout), status=201, headers=headers)


def _page(tenant_id: UUID, filters: queries.Filters, *, after: Position | None, limit: int) -> Answer:
    found, following = queries.page(tenant_id=tenant_id, filters=filters, after=after, limit=limit)
    at, holds = utc_now(), holds_for(tenant_id)
    rows = [present(payout, at=at, holds=holds) for payout in found]
    return Answer(page_document(rows, next_position=following))


def _answer(
    payout: Payout, holds: Holds | None = None, *, status: int = 200, revealed: Mapping[str, str] | None = None
) -> Answer:
    told = present(payout, at=utc_now(), holds=holds or holds_for(payout.tenant_id))
    if revealed is not None:
        told["recipient_details"] = revealed
    return Answer(told, status=status, headers={"ETag": etag(payout.version)})
