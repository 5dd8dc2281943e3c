"""The payouts of a lively day, thrown by a seed: the same seed asks for the same payouts under the same keys.

The fates are scenarios of the simulated provider; the table of its words is in ``payouts_simulator``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

UNKNOWN: Final = "unknown"
RETURN: Final = "return"
BY_HAND: Final = "paid by hand"
CANCEL: Final = "canceled"
SCHEDULED: Final = "scheduled"

STORIES: Final[Sequence[tuple[str, str | None]]] = (
    (UNKNOWN, "error_for_ever:hide:86400"),
    (RETURN, "return:2"),
    ("discrepancy", "contradict:2"),
    ("lost answer", "lose"),
    ("still with the bank", "delay:3600"),
    ("closed account", "reject:recipient_account_closed"),
    ("fee", "fee:0.35"),
    (BY_HAND, None),
    ("for a person", None),
    (SCHEDULED, None),
    (CANCEL, None),
)
"""What must happen on every day: its name, and the scenario that makes it happen."""

FATES: Final[Sequence[tuple[int, str | None]]] = (
    (60, None),
    (8, "delay:3"),
    (4, "delay:120"),
    (3, "delay:1800"),
    (4, "reject:recipient_account_closed"),
    (3, "reject:recipient_details_invalid"),
    (2, "reject:compliance"),
    (2, "delay:3:reject:recipient_unreachable"),
    (4, "lose"),
    (2, "error"),
    (2, "throttle_unbooked"),
    (2, "lose:hide:4"),
    (2, "return:5"),
    (2, "fee:0.50"),
)
"""How often, of a hundred, the others meet what."""

POOR_SUMS: Final = ("6000.00", "3000.00", "5000.00", "2500.00")
"""What is asked for in the currency of which ``POOR_FUNDS`` are there: not all of it can be paid."""
POOR_FUNDS: Final = "10000.00"

_NAMES: Final = ("Ada Lovelace", "Emmy Noether", "Grace Hopper", "Alan Turing", "Sofia Kovalevskaya", "Kurt Gödel")
_COMMENTS: Final = ("Invoice", "Weekly earnings", "Refund", "Royalties", "Trip")
_UNITS: Final = {"KGS": 90, "KZT": 500, "RUB": 90}
"""Roughly what a euro is, so that sums look alike."""


@dataclass(frozen=True, slots=True)
class Order:
    """One payout to ask for; ``story``: the name of what happens to it, where it is one of those."""

    key: str
    body: dict[str, Any]
    story: str | None = None


def orders(*, seed: int, count: int, currencies: Sequence[str]) -> Iterator[Order]:
    """The day's payouts; the first of the currencies is the one that runs out of funds."""
    dice = random.Random(seed)  # noqa: S311 - a demonstration, which must come out the same again.
    poor, *rich = currencies
    for number, amount in enumerate(POOR_SUMS, start=1):
        yield _order(dice, seed, f"funds-{number}", poor, None, story="low funds", amount=amount)
    for number, (story, scenario) in enumerate(STORIES, start=1):
        yield _order(dice, seed, f"story-{number}", dice.choice(rich), scenario, story=story)
    weights, fates = zip(*FATES, strict=True)
    for number in range(1, count - len(POOR_SUMS) - len(STORIES) + 1):
        [fate] = dice.choices(fates, weights)
        yield _order(dice, seed, f"{number:04}", dice.choice(rich), fate)


def _order(
    dice: random.Random,
    seed: int,
    name: str,
    currency: str,
    scenario: str | None,
    *,
    story: str | None = None,
    amount: str | None = None,
) -> Order:
    key = f"demo-{seed}-{name}"
    sum_ = amount or f"{dice.randint(5, 900) * _UNITS.get(currency, 1)}.{dice.randint(0, 99):02}"
    body = {
        "amount": sum_,
        "currency": currency,
        "recipient_details": _recipient(dice, currency),
        "comment": f"{dice.choice(_COMMENTS)} {dice.randint(1000, 9999)}",
        "external_id": key,
        "connector": "manual" if story in (BY_HAND, "for a person") else "simulator",
        "metadata": {"simulator": scenario} if scenario else {},
    }
    return Order(key, body, story)


def _recipient(dice: random.Random, currency: str) -> dict[str, str] | str:
    name = dice.choice(_NAMES)
    if currency == "RUB" and dice.random() < 0.5:  # noqa: PLR2004 - every second one.
        return {"kind": "phone", "name": name, "phone": f"+7912{dice.randint(1_000_000, 9_999_999)}"}
    kind = dice.choice(("iban", "iban", "card_token", "text"))
    last_four = f"{dice.randint(0, 9999):04}"
    if kind == "iban":
        return {"kind": "iban", "name": name, "iban": _iban(f"37040044{dice.randint(0, 10**10 - 1):010}")}
    if kind == "card_token":
        return {"kind": "card_token", "token": f"tok_demo_{dice.getrandbits(32):08x}", "last4": last_four}
    return f"Card ****{last_four}"


def _iban(account: str) -> str:
    """A German IBAN whose check digits are right (ISO 13616: the remainder by 97 is 1; D is 13, E is 14)."""
    return f"DE{98 - int(f'{account}131400') % 97:02}{account}"
