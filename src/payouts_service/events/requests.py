"""What clients may ask of the feed."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from payouts_service.events.log import known_types
from payouts_service.http.pages import DEFAULT_LIMIT, Cursor, Limit
from payouts_service.http.validation import StrictModel

_MOST_TYPES = 20


def _known(name: str) -> str:
    types = known_types()
    if name not in types:
        raise PydanticCustomError("unknown-type", "Use one of the types {types}", {"types": ", ".join(types)})
    return name


EventType = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "pattern": r"^[a-z_]+\.[a-z_]+$", "maxLength": 40})
]


class ListEvents(StrictModel):
    """What the feed may be asked for."""

    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most events on a page.")
    type: list[EventType] = Field(
        default_factory=list,
        max_length=_MOST_TYPES,
        description="Only events of this type, for example `payout.completed`; repeat it for several.",
    )
