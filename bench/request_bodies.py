"""Measures what it takes to read and check the body of a create, declared in three ways.

Run it in the project's environment, with msgspec beside it (it is no dependency of the project):

    pip install --target .local/msgspec msgspec
    set -a; . deploy/lint.env; set +a
    PYTHONPATH=src:.local/msgspec .venv/bin/python bench/request_bodies.py

With ``PAYOUTS_URL`` and ``PAYOUTS_API_KEY`` (``. .local/env`` while the service is up) it also measures a whole POST.
Only good bodies are measured.
"""

# ruff: noqa: E402 - Django is set up before what needs it is imported.
from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")
django.setup()

import httpx
import msgspec
from django.conf import settings
from rest_framework import serializers
from schwifty import IBAN

from payouts_service.kit.money import parse_amount
from payouts_service.payouts.requests import CreatePayout
from payouts_service.recipients.free_text import refuse_card_number, refuse_invisible

BODY: Final = json.dumps(
    {
        "amount": "150.00",
        "currency": "EUR",
        "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
        "comment": "Invoice 42",
        "metadata": {"invoice": "42"},
    }
).encode()
ROUNDS: Final = 9
BODIES_A_ROUND: Final = 3000
POSTS_A_ROUND: Final = 200


def checked_text(text: str) -> str:
    """The project's own check of a text."""
    return refuse_card_number(refuse_invisible(text))


def checked_iban(text: str) -> str:
    """The check that all three share."""
    return str(IBAN(text.replace(" ", "")))


def checked_currency(currency: str) -> str:
    """The whitelist."""
    if currency.upper() not in settings.CURRENCIES:
        raise ValueError("Use one of the currencies.")
    return currency.upper()


class IbanSerializer(serializers.Serializer[Any]):
    """The details as a serializer."""

    kind = serializers.ChoiceField(choices=["iban"])
    name = serializers.CharField(min_length=1, max_length=140)
    iban = serializers.CharField(min_length=15, max_length=42)
    bic = serializers.CharField(min_length=8, max_length=11, required=False, allow_null=True)

    def validate_name(self, value: str) -> str:
        """The name's text."""
        return checked_text(value)

    def validate_iban(self, value: str) -> str:
        """The IBAN's form and check digits."""
        return checked_iban(value)


class CreateSerializer(serializers.Serializer[Any]):
    """The request as a serializer; one that refuses unknown fields or takes a union needs more than this."""

    amount = serializers.CharField(max_length=20)
    currency = serializers.CharField(max_length=3)
    recipient_details = IbanSerializer()
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=64, required=False, allow_null=True)
    metadata = serializers.DictField(child=serializers.CharField(max_length=500), required=False)
    connector = serializers.CharField(max_length=40, required=False, allow_null=True)
    scheduled_for = serializers.DateTimeField(required=False, allow_null=True)

    def validate_currency(self, value: str) -> str:
        """The whitelist."""
        return checked_currency(value)

    def validate_comment(self, value: str) -> str:
        """The comment's text."""
        return checked_text(value)

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        """The texts of both sides."""
        return {checked_text(key): checked_text(text) for key, text in value.items()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The amount, by its currency."""
        return {**attrs, "amount": parse_amount(attrs["amount"], attrs["currency"])}


class IbanStruct(msgspec.Struct, tag_field="kind", tag="iban", forbid_unknown_fields=True, frozen=True):
    """The details as a struct."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    iban: Annotated[str, msgspec.Meta(min_length=15, max_length=42)]
    bic: Annotated[str, msgspec.Meta(min_length=8, max_length=11)] | None = None

    def __post_init__(self) -> None:
        """The rules that no type says."""
        checked_text(self.name)
        checked_iban(self.iban)


class CreateStruct(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The request as a struct."""

    amount: Annotated[str, msgspec.Meta(max_length=20)] | int
    currency: Annotated[str, msgspec.Meta(max_length=3)]
    recipient_details: IbanStruct | Annotated[str, msgspec.Meta(min_length=8, max_length=500)]
    comment: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    external_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    metadata: dict[str, Annotated[str, msgspec.Meta(max_length=500)]] = {}
    connector: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    scheduled_for: Annotated[str, msgspec.Meta(max_length=40)] | None = None

    def __post_init__(self) -> None:
        """The rules that no type says."""
        parse_amount(self.amount, checked_currency(self.currency))
        checked_text(self.comment)
        for key, text in self.metadata.items():
            checked_text(key)
            checked_text(text)


STRUCT_DECODER: Final = msgspec.json.Decoder(CreateStruct)


def by_serializer() -> Decimal:
    """Read and check the body as Django REST Framework does."""
    serializer = CreateSerializer(data=json.loads(BODY))
    serializer.is_valid(raise_exception=True)
    amount: Decimal = serializer.validated_data["amount"]
    return amount


def by_struct() -> str | int:
    """Read and check the body as msgspec does."""
    return STRUCT_DECODER.decode(BODY).amount


def by_model() -> Decimal:
    """Read and check the body as the service does."""
    return CreatePayout.model_validate(json.loads(BODY)).amount


WAYS: Final[dict[str, Callable[[], object]]] = {
    "DRF serializer": by_serializer,
    "msgspec struct": by_struct,
    "pydantic model": by_model,
}


def microseconds(work: Callable[[], object], times: int) -> float:
    """The mean time of one call."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times * 1e6


def measure(works: dict[str, tuple[Callable[[], object], int]]) -> dict[str, list[float]]:
    """Rounds of all the works in turn, after one that warms up: a noisy moment of the machine meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, (work, times) in works.items():
            figure = microseconds(work, times)
            if turn:
                taken[name].append(figure)
    return taken


def main() -> None:
    """Measure, and print a line for each way: median, least and most."""
    works: dict[str, tuple[Callable[[], object], int]] = {name: (way, BODIES_A_ROUND) for name, way in WAYS.items()}
    url, key = os.environ.get("PAYOUTS_URL"), os.environ.get("PAYOUTS_API_KEY")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=url or "", headers=headers, trust_env=False) as client:
        if url and key:
            post = partial(client.post, "/api/payouts/", content=BODY)
            works["whole POST"] = (lambda: post().raise_for_status(), POSTS_A_ROUND)
        for name, figures in measure(works).items():
            median = statistics.median(figures)
            sys.stdout.write(f"{name:15} {median:9.1f} µs   ({min(figures):.1f} to {max(figures):.1f})\n")


if __name__ == "__main__":
    main()
