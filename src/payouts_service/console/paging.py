"""Pages of a list by the API's own cursor: newest first, without a total, and back by the browser's own button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from payouts_service.console.requests import ConsoleRequest
from payouts_service.http.pages import Position, decode_cursor, encode_cursor

ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Pager:
    """For ``console/pager.html``: where the first page and the next one are, empty where this is the only one."""

    first: str
    following: str


def position_of(request: ConsoleRequest) -> Position | None:
    """Behind which row the page begins; None: the newest. Raises InvalidFields for a cursor that is none of ours."""
    cursor = request.GET.get("cursor")
    return decode_cursor(cursor) if cursor else None


def pager(request: ConsoleRequest, following: Position | None) -> Pager:
    """The links beside a page; they keep the filters of its address."""
    return pager_to(request, encode_cursor(following) if following else "")


def pager_to(request: ConsoleRequest, cursor: str) -> Pager:
    """The same where the next page has a cursor of its own kind; an empty one: there is none."""
    kept = [(name, value) for name, values in request.GET.lists() if name != "cursor" for value in values if value]
    first = f"?{urlencode(kept)}" if "cursor" in request.GET else ""
    return Pager(first, f"?{urlencode([*kept, ('cursor', cursor)])}" if cursor else "")
