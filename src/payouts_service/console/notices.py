"""What the next page tells once: a notice is kept in the session until it is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from django.contrib.sessions.backends.base import SessionBase

Kind = Literal["success", "danger", "info"]
_KEPT: Final = "notices"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence in the reader's language, and how it ends: well, badly, or neither."""

    kind: Kind
    text: str


def add(session: SessionBase, kind: Kind, text: str) -> None:
    """Tell it on the next page."""
    session[_KEPT] = [*session.get(_KEPT, []), asdict(Notice(kind, text))]


def take(session: SessionBase) -> list[dict[str, Any]]:
    """What is to be told; it is not told again."""
    told: list[dict[str, Any]] = session.get(_KEPT) or []
    if told:
        del session[_KEPT]
    return told
