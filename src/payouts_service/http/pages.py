"""Lists by an opaque cursor: constant cost at any depth, no total count."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request

from payouts_service.kit.errors import FieldError, InvalidFields

DEFAULT_LIMIT: Final = 50
MAXIMUM_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Position:
    """The last object of a page, newest first by ``(created_at, id)``."""

    created_at: datetime
    id: UUID


def encode_cursor(position: Position) -> str:
    """The cursor of the page after this position."""
    text = json.dumps([position.created_at.astimezone(UTC).isoformat(), position.id.hex])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """The position in a cursor of ours; raises InvalidFields naming ``cursor``."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        created_at, object_id = json.loads(raw)
        moment = datetime.fromisoformat(created_at)
        if moment.utcoffset() is None:
            raise ValueError  # noqa: TRY301 - refused below, like what cannot be read at all.
        return Position(moment.astimezone(UTC), UUID(hex=object_id))
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


def page_document(rows: list[Mapping[str, Any]], *, next_position: Position | None) -> dict[str, Any]:
    """The list on the wire."""
    return {
        "data": rows,
        "has_more": next_position is not None,
        "next_cursor": encode_cursor(next_position) if next_position else None,
    }
