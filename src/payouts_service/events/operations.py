"""The operation on events as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from payouts_service.events.feed import CursorGone, EventsOutOfOrder
from payouts_service.events.requests import ListEvents
from payouts_service.events.responses import EVENT_EXAMPLE, EventPage
from payouts_service.http.openapi import query_parameters, refusals
from payouts_service.kit.errors import FieldError, InvalidFields

# One of ``tenants.scopes``, which is a floor above.
READ_SCOPE: Final = "events:read"

LIST: Final = extend_schema(
    operation_id="events_list",
    tags=["Events"],
    summary="Read the feed of events",
    description="Everything that happened to your objects, the oldest first, each event exactly once, those of one "
    "object in the order of its versions. Read without a cursor first; then send the last `next_cursor` as `cursor`, "
    "at once while `has_more` is true, and every few seconds after that. An event appears once every transaction older "
    "than its own has ended, commonly within a second; none appears behind a place that you have read. Each page by "
    "`type` looks at 1,000 events at most, so it may hold few or none while `has_more` is true.",
    parameters=query_parameters(ListEvents),
    responses={
        200: OpenApiResponse(
            EventPage,
            description="A page of events.",
            examples=[
                OpenApiExample(
                    "Example",
                    value={
                        "data": [EVENT_EXAMPLE],
                        "has_more": False,
                        "next_cursor": "WyI3NDEyMzQ1Njc4OTAxMjM0NTY3IiwgIjAxOWFjMjNlYmM0NTcxNmQiXQ",
                    },
                )
            ],
        ),
        **refusals(
            InvalidFields(FieldError("limit", "less-than-equal", "Input should be less than or equal to 200.")),
            CursorGone("Read the feed from its beginning, without a cursor, and pass over the events you have."),
            EventsOutOfOrder("Ask the operator to number the restored events anew, as the runbook says."),
            scope=READ_SCOPE,
        ),
    },
)
