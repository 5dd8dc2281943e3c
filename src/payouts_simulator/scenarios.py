"""What becomes of a payment, chosen by its metadata or its amount. The table is in the package's docstring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from payouts_simulator.faults import FAULTS

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
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A payment's fate, the default being a confirmation at once and an answer that arrives.

    ``rejection``: a key of ``REJECTIONS``. ``delay_seconds``: when it ends, counted from its booking.
    ``fault``: a key of ``FAULTS``, what happens to the first answer.
    """

    rejection: str | None = None
    delay_seconds: float = 0
    fault: str | None = None


def choose(amount: str, metadata: Mapping[str, str]) -> Scenario:
    """The scenario of a payment: the metadata's, else the amount's, else a confirmation at once."""
    return parse(metadata.get("simulator") or MAGIC_AMOUNTS.get(amount, "confirm"))


def parse(text: str) -> Scenario:
    """Read a scenario's text. What cannot be read is a rejection, so that a typing error is seen and pays nobody."""
    words = text.split(":")
    fault = words.pop(0) if words[0] in FAULTS else None
    delay_seconds = 0.0
    if len(words) > 1 and words[0] == "delay" and _SECONDS.fullmatch(words[1]):
        delay_seconds = float(words[1])
        words = words[2:]
    match words:
        case [] | ["confirm"]:
            return Scenario(None, delay_seconds, fault)
        case ["reject"]:
            return Scenario("refused", delay_seconds, fault)
        case ["reject", code] if code in REJECTIONS:
            return Scenario(code, delay_seconds, fault)
        case _:
            return Scenario("unknown_scenario")
