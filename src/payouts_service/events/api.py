"""The HTTP door of the feed."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from payouts_service.events import feed, operations
from payouts_service.events.requests import ListEvents
from payouts_service.events.wire import present
from payouts_service.http.pages import single_values
from payouts_service.http.validation import validate
from payouts_service.http.views import ApiView, principal


class EventList(ApiView):
    """``/api/events/``."""

    scopes: ClassVar = {"GET": operations.READ_SCOPE}

    @operations.LIST
    def get(self, request: Request) -> Response:
        """A page of the tenant's events."""
        wanted = validate(ListEvents, single_values(request, repeatable=("type",)))
        page = feed.page(
            tenant_id=principal(request).tenant_id,
            after=feed.decode_place(wanted.cursor) if wanted.cursor is not None else None,
            types=frozenset(wanted.type),
            limit=wanted.limit,
        )
        return Response(
            {
                "data": [present(event) for event in page.events],
                "has_more": page.has_more,
                "next_cursor": feed.encode_place(page.place),
            }
        )
