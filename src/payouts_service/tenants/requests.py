"""What clients may send about keys, each declared once: parsed, checked and documented from here."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from payouts_service.http.moments import Moment
from payouts_service.http.pages import DEFAULT_LIMIT, Cursor, Limit
from payouts_service.tenants.scopes import Scope

DEFAULT_OVERLAP: Final = timedelta(days=1)
LONGEST_OVERLAP: Final = timedelta(days=30)
_FEWEST_DIGITS_OF_A_CARD: Final = 13  # ISO/IEC 7812 lets a card number have 19 at most; the shortest in use have 13.
_SCOPES_SCHEMA: Final[dict[str, Any]] = {"uniqueItems": True}


def may_be_card_number(text: str) -> bool:
    """Whether the text holds as many digits as a card number; what is kept for ever may be none."""
    return sum(character.isdigit() for character in text) >= _FEWEST_DIGITS_OF_A_CARD


def _plain(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise PydanticCustomError("name", "Write the name in visible characters, without spaces around it")
    if may_be_card_number(name):
        raise PydanticCustomError("card-number", "Write the name with fewer than 13 digits: they may be a card number")
    return name


def _in_order(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise PydanticCustomError("repeated", "Name each scope once")
    return sorted(scopes)


class _Strict(BaseModel):
    """No unknown field, no coercion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class CreateKey(_Strict):
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


class RotateKey(_Strict):
    """A new secret for a key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 3600}]})

    overlap_seconds: Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = Field(
        default=int(DEFAULT_OVERLAP.total_seconds()), description="How long the secret until now stays valid."
    )

    @property
    def overlap(self) -> timedelta:
        """The same as a time."""
        return timedelta(seconds=self.overlap_seconds)


class ListKeys(_Strict):
    """What a list may be asked for."""

    cursor: Cursor | None = Field(default=None, description="The `next_cursor` of the page before.")
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Most keys on a page.")
