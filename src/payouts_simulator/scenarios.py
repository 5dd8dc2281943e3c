"""What becomes of a payment, as a text that its metadata, its amount or the personality of the bank gives.

The table of words is in the package's docstring.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from payouts_simulator.faults import FAULTS

_FEE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?", re.ASCII)

REJECTIONS: Final[Mapping[str, str]] = {
    "recipient_details_invalid": "The recipient's details are not valid.",
    "recipient_account_closed": "The recipient's account is closed.",
    "recipient_unreachable": "The recipient's bank does not answer.",
    "unsupported_recipient": "We do not pay to this kind of recipient.",
    "amount_out_of_range": "The amount is outside our limits.",
    "insufficient_funds": "Your account does not cover the amount.",
    "compliance": "Our compliance department refused the payment.",
    "refused": "We refuse the payment.",
    "unknown_scenario": "The metadata's `simulator` is no scenario of ours.",
}

MAGIC_AMOUNTS: Final[Mapping[str, str]] = {
    "9999.01": "reject:recipient_account_closed",
    "9999.02": "reject:recipient_details_invalid",
    "9999.03": "reject:insufficient_funds",
    "9999.04": "reject:compliance",
    "9999.05": "delay:3",
    "9999.06": "delay:3:reject:recipient_unreachable",
    "9999.07": "lose",
    "9999.08": "hang",
    "9999.09": "error",
    "9999.10": "error_unbooked",
    "9999.11": "hide:3",
    "9999.12": "return:3",
    "9999.13": "contradict:3",
}

TIMED: Final[Mapping[str, str]] = {
    "delay": "delay_seconds",
    "hide": "hide_seconds",
    "forget": "forget_seconds",
    "return": "return_seconds",
    "contradict": "contradict_seconds",
}
"""The words that take seconds, and the fields of a scenario that they set."""

CALLBACK_FAULTS: Final = ("early", "thrice", "reversed", "forged")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A payment's fate, the default being a confirmation at once and an answer that arrives.

    ``rejection``: a key of ``REJECTIONS``. ``delay_seconds``: when it ends, counted from its booking.
    ``fault``: a key of ``FAULTS``, what happens to the first answer.
    ``hide_seconds``, ``forget_seconds``: from its booking, when inquiries begin to find it and when all forget it.
    ``return_seconds``, ``contradict_seconds``: from its confirmation.
    ``fee``: what the bank charges, in the payment's currency.
    ``callbacks``: the faults of its callbacks, some of ``CALLBACK_FAULTS``.
    """

    rejection: str | None = None
    delay_seconds: float = 0
    fault: str | None = None
    hide_seconds: float = 0
    forget_seconds: float | None = None
    return_seconds: float | None = None
    contradict_seconds: float | None = None
    fee: str | None = None
    callbacks: frozenset[str] = frozenset()


def asked_for(amount: str, metadata: Mapping[str, str]) -> str | None:
    """The text of the scenario that a payment asks for: its metadata's, else its amount's, else None."""
    return metadata.get("simulator") or MAGIC_AMOUNTS.get(amount)


def parse(text: str) -> Scenario:
    """Read a scenario's text. What cannot be read is a rejection, so that a typing error is seen and pays nobody."""
    try:
        return _read(text.split(":"))
    except _Unreadable:
        return Scenario("unknown_scenario")


class _Unreadable(Exception):
    pass


def _read(words: list[str]) -> Scenario:
    said: dict[str, Any] = {}
    callbacks: list[str] = []

    def say(field: str, value: object) -> None:
        if field in said:
            raise _Unreadable
        said[field] = value

    while words:
        word = words.pop(0)
        if word in FAULTS:
            say("fault", word)
        elif word in TIMED or word == "fee":
            say(*_valued(word, words))
        elif word in CALLBACK_FAULTS:
            callbacks.append(word)
        elif word == "confirm":
            say("rejection", None)
        elif word == "reject":
            say("rejection", words.pop(0) if words and words[0] in REJECTIONS else "refused")
        else:
            raise _Unreadable
    scenario = Scenario(**said, callbacks=frozenset(callbacks))
    paid_first = scenario.return_seconds is not None or scenario.contradict_seconds is not None
    if len(callbacks) != len(scenario.callbacks) or (paid_first and scenario.rejection is not None):
        raise _Unreadable
    return scenario


def _valued(word: str, words: list[str]) -> tuple[str, object]:
    """The field of a word that takes a value, and the value, which is the next word."""
    shape = _FEE if word == "fee" else _SECONDS
    if not words or not shape.fullmatch(words[0]):
        raise _Unreadable
    value = words.pop(0)
    return ("fee", value) if word == "fee" else (TIMED[word], float(value))
