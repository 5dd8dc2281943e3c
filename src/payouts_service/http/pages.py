"""Lists by an opaque cursor: constant cost at any depth, no total count."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema
from rest_framework.request import Request

from payouts_service.kit.errors import FieldError, InvalidFields

DEFAULT_LIMIT: Final = 50
MAXIMUM_LIMIT: Final = 200
_PLAIN_NUMBER: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
Place = TypeVar("Place")


def _digits(value: object) -> object:
    return int(value) if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value) else value


# The document says what a cursor is made of; ``parse_cursor`` refuses every other with its own error.
Cursor = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$"})]
Limit = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=MAXIMUM_LIMIT),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT}),
]


@dataclass(frozen=True, slots=True)
class Position:
    """The last object of a page, newest first by ``(created_at, id)``."""

    created_at: datetime
    id: UUID


def encode_cursor(position: Position) -> str:
    """The cursor of the page after this position."""
    return write_cursor(position.created_at.astimezone(UTC).isoformat(), position.id.hex)


def decode_cursor(cursor: str) -> Position:
    """The position in a cursor of ours; raises InvalidFields naming ``cursor``."""
    return parse_cursor(cursor, _position)


def _position(created_at: Any, object_id: Any) -> Position:
    moment = datetime.fromisoformat(created_at)
    if moment.utcoffset() is None:
        raise ValueError("a cursor's time is aware")
    return Position(moment.astimezone(UTC), UUID(hex=object_id))


def write_cursor(*parts: str) -> str:
    """The parts as one text that clients hand back unread."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def parse_cursor(cursor: str, parse: Callable[..., Place]) -> Place:
    """What ``parse`` makes of the parts, which may be any JSON values.

    Raises InvalidFields naming ``cursor`` where it is none of ours, or ``parse`` fails as reading a wrong value fails.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return parse(*json.loads(raw))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        message = "Use the next_cursor of the page before, unchanged."
        raise InvalidFields(FieldError("cursor", "invalid-cursor", message)) from None


def single_values(request: Request, *, repeatable: Iterable[str]) -> dict[str, Any]:
    """The query's values by name, lists for the repeatable ones; raises InvalidFields where another repeats."""
    several = frozenset(repeatable)
    values: dict[str, Any] = {}
    for name, given in request.query_params.lists():
        if name not in several and len(given) > 1:
            raise InvalidFields(FieldError(name, "repeated", "Give this parameter once."))
        values[name] = given if name in several else given[0]
    return values


def page_document(rows: Sequence[Mapping[str, Any]], *, next_position: Position | None) -> dict[str, Any]:
    """The list on the wire."""
    return {
        "data": rows,
        "has_more": next_position is not None,
        "next_cursor": encode_cursor(next_position) if next_position else None,
    }
