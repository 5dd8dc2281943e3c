"""What clients may send about keys, each declared once: parsed, checked and documented from here."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from payouts_service.http.moments import Moment
from payouts_service.http.pages import DEFAULT_LIMIT, Cursor, Limit
from payouts_service.http.validation import StrictModel
from payouts_service.kit.card_numbers import contains_card_number
from payouts_service.tenants.scopes import Scope

DEFAULT_OVERLAP: Final = timedelta(days=1)
LONGEST_OVERLAP: Final = timedelta(days=30)
_SCOPES_SCHEMA: Final[dict[str, Any]] = {"uniqueItems": True}


def _plain(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise PydanticCustomError("name", "Write the name in visible characters, without spaces around it")
    if contains_card_number(name):
        raise PydanticCustomError("card-number", "Remove the card number: names are kept in events")
    return name


def _in_order(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise PydanticCustomError("repeated", "Name each scope once")
    return sorted(scopes)


class CreateKey(StrictModel):
    """A new key of the caller's tenant."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "reports", "scopes": ["payouts:read", "events:read"]}]}
    )

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain)] = Field(
        description="For people: who uses it and where."
    )
    scopes: Annotated[
        list[Annotated[Scope, Field(strict=False)]],
        Field(min_length=1, max_length=len(Scope), json_schema_extra=_SCOPES_SCHEMA),
        AfterValidator(_in_order),
    ] = Field(description="What it may do; none that the key you use lacks.")
    expires_at: Moment | None = Field(
        default=None, description="It is refused from this time on; no later than the key you use expires."
    )


class RotateKey(StrictModel):
    """A new secret for a key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = Field(
        default=int(DEFAULT_OVERLAP.total_seconds()), description="How long the secret until now stays valid."
    )

    @property
    def overlap(self) -> timedelta:
        """The same as a time."""
        return timedelta(seconds=self.overlap_seconds)


class ListKeys(StrictModel):
    """What a list may be asked for."""

    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most keys on a page.")
