"""Payments as a client of the simulated provider sends them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

# Many threads use it. Above the number of connections kept, httpcore 1.0.9 may close one that it has just given to
# another thread (encode/httpcore#1110), so it keeps all it may open.
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)
CLIENT = httpx.Client(trust_env=False, timeout=20, limits=_LIMITS)


def order(scenario: str = "", *, amount: str = "10.00", currency: str = "EUR", reference: str = "") -> dict[str, Any]:
    """The body of a payment; its reference is a new one unless given."""
    return {
        "reference": reference or uuid4().hex,
        "amount": amount,
        "currency": currency,
        "recipient": {"kind": "text", "text": "Card ****1234"},
        "metadata": {"simulator": scenario} if scenario else {},
    }


def post(url: str, body: object) -> httpx.Response:
    """Ask for a payment."""
    return CLIENT.post(f"{url}/payments", json=body)


def look_up(url: str, reference: str) -> httpx.Response:
    """Ask what became of a payment."""
    return CLIENT.get(f"{url}/payments/{reference}")
