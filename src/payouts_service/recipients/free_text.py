"""What people may write: texts without control characters and without a full card number.

Each validator stands behind the constraint of length, so that only texts of that length are looked at:
``comment: Annotated[str, Field(max_length=1000), FREE_TEXT] = ""``.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from payouts_service.kit.card_numbers import contains_card_number

# A comment may have lines, and the joiners are part of emoji and of Persian spelling.
_ALSO_IN_FREE_TEXT: Final = frozenset("\n\u200c\u200d")


def refuse_invisible(text: str, allowed: frozenset[str] = frozenset()) -> str:
    """The text unchanged, if each character can be seen, is a space or is in ``allowed``.

    Refused are the Unicode categories Cc, Cf, Co, Cs, Cn, Zl and Zp: control characters, marks that reverse the
    reading direction, private and unassigned characters, line separators. Raises PydanticCustomError.
    """
    if text.isprintable():
        return text
    for character in text:
        if not (character.isprintable() or character in allowed or unicodedata.category(character) == "Zs"):
            raise PydanticCustomError(
                "invisible_character",
                "Remove the character {character}, which cannot be seen.",
                {"character": f"U+{ord(character):04X}"},
            )
    return text


def refuse_card_number(text: str) -> str:
    """The text unchanged, if it holds no full card number (PCI DSS 3.5.1). Raises PydanticCustomError."""
    if contains_card_number(text):
        raise PydanticCustomError(
            "card_number", "Remove the card number: use the kind card_token, or the last four digits alone."
        )
    return text


def _free_text(text: str) -> str:
    return refuse_card_number(refuse_invisible(text, _ALSO_IN_FREE_TEXT))


def _visible(text: str) -> str:
    if not text.isprintable() or " " in text:
        raise PydanticCustomError("not_visible", "Use visible characters only, without spaces.")
    return refuse_card_number(text)


def _line(text: str) -> str:
    # NFC after the length check: normalising long runs of combining marks takes quadratic time.
    return refuse_card_number(refuse_invisible(unicodedata.normalize("NFC", text)))


FREE_TEXT: Final = AfterValidator(_free_text)
"""Text of one or more lines, kept as it was sent."""

VISIBLE: Final = AfterValidator(_visible)
"""An identifier or a key: visible characters of any script, without spaces, kept as it was sent."""

LINE: Final = AfterValidator(_line)
"""Text of one line, in Unicode's normal form C."""
