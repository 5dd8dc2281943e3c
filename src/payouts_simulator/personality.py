"""How the bank treats a payment that asks for nothing: by the throw of seeded dice.

The fate of the n-th reference that the bank hears of follows from the seed and from n alone. The same seed gives the
same fates in the same order, whatever the references are, and also after a restart with the same books.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from payouts_simulator.faults import FAULTS
from payouts_simulator.scenarios import CALLBACK_FAULTS, REJECTIONS, TIMED

_FATES: Final = ("reject", "return", "contradict")
_CODES: Final = sorted(REJECTIONS.keys() - {"unknown_scenario"})

WORDS: Final = frozenset({*FAULTS, *TIMED, *CALLBACK_FAULTS, "reject"})
"""The words that can have a rate: all but ``confirm``, which is what is left."""

EXCLUSIVE: Final = (tuple(FAULTS), _FATES)
"""Of each of these groups a payment gets one word at most, so that their rates must not add up to more than one."""

PERSONALITIES: Final[Mapping[str, Mapping[str, float]]] = {
    "calm": {},
    "lossy": {"lose": 1 / 6},
    "wild": {
        "lose": 0.08,
        "lose_unbooked": 0.04,
        "hang": 0.01,
        "error": 0.04,
        "error_unbooked": 0.04,
        "error_for_ever": 0.01,
        "throttle": 0.02,
        "throttle_unbooked": 0.04,
        "drip": 0.01,
        "delay": 0.2,
        "hide": 0.05,
        "reject": 0.1,
        "return": 0.03,
        "contradict": 0.02,
        "early": 0.1,
        "thrice": 0.1,
        "reversed": 0.5,
        "forged": 0.02,
    },
}
"""How often each word is said. ``forget`` is in none: it breaks the one promise that makes a resend safe."""

SECONDS: Final[Mapping[str, float]] = {"delay": 3, "hide": 3, "forget": 3, "return": 3, "contradict": 3}
"""The seconds behind the words that take some. Those of ``delay`` are the most; each payment throws for its own."""


def draw(seed: int, number: int, rates: Mapping[str, float], seconds: Mapping[str, float]) -> str:
    """The text of the scenario of the reference with this number."""

    def throw(die: str) -> float:
        """Evenly spread from 0 up to 1."""
        return int.from_bytes(hashlib.sha256(f"{seed}:{number}:{die}".encode()).digest()[:6]) / 2**48

    def spell(word: str) -> str:
        if word == "reject":
            return f"reject:{_CODES[int(throw('code') * len(_CODES))]}"
        if word not in TIMED:
            return word
        share = throw("share") if word == "delay" else 1
        return f"{word}:{seconds[word] * share:.3f}"

    said = [*_pick(FAULTS, rates, throw("fault")), *_pick(_FATES, rates, throw("fate"))]
    said += [word for word in ("delay", "hide", "forget", *CALLBACK_FAULTS) if throw(word) < rates.get(word, 0)]
    return ":".join(spell(word) for word in said) or "confirm"


def _pick(words: Iterable[str], rates: Mapping[str, float], thrown: float) -> list[str]:
    for word in words:
        thrown -= rates.get(word, 0)
        if thrown < 0:
            return [word]
    return []
