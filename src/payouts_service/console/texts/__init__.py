"""What the console says, in English and in Russian.

Templates and views hold the English; each file here gives the Russian of one area's texts. ``TERMS`` names the codes
that the service itself uses, and ``refusals.py`` what a refusal means. No text is looked up by a key of its own, so that
a template reads as the page does; ``tests/console`` finds what has no Russian and what nobody says any more.
"""

from __future__ import annotations

from collections import ChainMap
from typing import Any, Final

from payouts_service.console.texts import (
    accounts,
    connectors,
    events,
    frame,
    integrity,
    keys,
    overview,
    payouts,
    people,
)
from payouts_service.console.texts.refusals import IN_ENGLISH, REFUSALS
from payouts_service.console.texts.terms import TERMS
from payouts_service.http.languages import SPOKEN

AREAS: Final = (
    frame.RUSSIAN,
    overview.RUSSIAN,
    payouts.RUSSIAN,
    accounts.RUSSIAN,
    connectors.RUSSIAN,
    events.RUSSIAN,
    integrity.RUSSIAN,
    keys.RUSSIAN,
    people.RUSSIAN,
)
RUSSIAN: Final = ChainMap(*(dict(area) for area in AREAS))
_ENGLISH: Final = SPOKEN[0]


def say(language: str, text: str, **values: Any) -> str:
    """The text, given in English, with its values; raises KeyError where it has no Russian."""
    said = text if language == _ENGLISH else RUSSIAN[text]
    return said.format(**values) if values else said


def say_term(language: str, code: str) -> str:
    """What a code of the service's is called; one that it does not know, a provider's perhaps, as it is."""
    known = TERMS.get(code)
    return known[SPOKEN.index(language)] if known else code


def say_refusal(language: str, code: str, detail: str, *, otherwise: str = "The service refused it ({code}).") -> str:
    """A refusal: in English its own sentence or one for people, in Russian what its code means, or ``otherwise``."""
    if language == _ENGLISH:
        return IN_ENGLISH.get(code, detail)
    return REFUSALS.get(code) or say(language, otherwise, code=code)
