"""Reads the simulated provider's books: the money that really left. No part of the connector; audits ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, TypeVar

from pydantic import AliasChoices, BaseModel, Field, StringConstraints, ValidationError

from payouts_service.connectors.bounded_http import BoundedClient, NoAnswer

Model = TypeVar("Model", bound=BaseModel)
_Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
_Sum = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,30}(\.[0-9]{1,4})?$")]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_PAGE_SIZE: Final = 100  # An answer may have 64 KiB.


@dataclass(frozen=True, slots=True)
class Effect:
    """Money that left the provider under one of our references; ``returned``: it came back since."""

    reference: str
    amount: str
    currency: str
    returned: bool = False


class _Row(BaseModel):
    id: int
    reference: str
    provider_reference: str
    amount: _Amount
    currency: str


class _Page(BaseModel):
    rows: list[_Row] = Field(validation_alias=AliasChoices("effects", "returns"))
    next_after: int | None


class Payment(BaseModel):
    """Money that left the provider, and when (Unix time)."""

    reference: str
    provider_reference: str
    amount: _Amount
    currency: _Currency
    booked_at: float


class Totals(BaseModel):
    """The books added up; sums by currency in its major unit. More ``effects`` than references: one was paid twice."""

    effects: int
    distinct_references: int
    sums: dict[_Currency, _Sum]
    returns: int
    returned: dict[_Currency, _Sum]
    submits: int
    inquiries: int


@dataclass(frozen=True, slots=True)
class Glance:
    """The totals, and the last payments, newest first."""

    totals: Totals
    latest: list[Payment]


class _Latest(BaseModel):
    effects: list[Payment]


class BooksUnreadable(Exception):
    """The books could not be read to their end; the text says why."""


def read_books(url: str, *, timeout_seconds: float) -> list[Effect]:
    """Every effect in the order of booking, page by page; ``timeout_seconds`` bounds the wait for each page.

    Holds at least what was booked before the call. Raises BooksUnreadable.
    """
    http = BoundedClient(url, timeout_seconds=timeout_seconds, max_in_flight=1)
    try:
        effects = _read(http, "/books")
        returned = {row.provider_reference for row in _read(http, "/books/returns")}
    finally:
        http.close()
    return [Effect(row.reference, row.amount, row.currency, row.provider_reference in returned) for row in effects]


def glance(url: str, *, latest: int, timeout_seconds: float) -> Glance:
    """The totals and the last payments, at most as many as ``latest``; raises BooksUnreadable."""
    http = BoundedClient(url, timeout_seconds=timeout_seconds, max_in_flight=1)
    try:
        totals = _read_page(http, "/books/summary", Totals)
        behind = max(0, totals.effects - latest)  # They are numbered from 1, without a gap.
        page = _read_page(http, f"/books?after={behind}&limit={latest}", _Latest)
    finally:
        http.close()
    return Glance(totals, page.effects[::-1])


def _read(http: BoundedClient, path: str) -> list[_Row]:
    rows: list[_Row] = []
    after: int | None = 0
    while after is not None:
        page = _read_page(http, f"{path}?after={after}&limit={_PAGE_SIZE}", _Page)
        if page.next_after is not None and page.next_after <= after:
            raise BooksUnreadable("the pages go in a circle")
        rows += page.rows
        after = page.next_after
    return rows


def _read_page(http: BoundedClient, address: str, model: type[Model]) -> Model:
    try:
        answer = http.call("GET", address)
    except NoAnswer as error:
        raise BooksUnreadable(error.why) from error
    if answer.status != HTTPStatus.OK:
        raise BooksUnreadable(f"the answer was HTTP {answer.status}")
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as error:
        raise BooksUnreadable("the answer is not a page of books") from error
