from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from payouts_service.recipients.free_text import FREE_TEXT, LINE, VISIBLE

free = TypeAdapter(Annotated[str, Field(max_length=40), FREE_TEXT])
visible = TypeAdapter(Annotated[str, Field(min_length=1, max_length=40), VISIBLE])
line = TypeAdapter(Annotated[str, Field(max_length=40), LINE])

PLAIN = ["", "Test payout", "за услуги № 5", "100\N{NO-BREAK SPACE}000 ₽", "👍", "e\N{COMBINING ACUTE ACCENT}"]
HIDDEN = [
    "\x00",
    "\t",
    "\r",
    "\x85",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\N{LINE SEPARATOR}",
    "\ue000",
    "\uffff",
    "\N{SOFT HYPHEN}",
]


def code(adapter: TypeAdapter[str], text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(text)
    return refused.value.errors()[0]["type"]


@pytest.mark.parametrize(
    "text", [*PLAIN, "two\nlines", "👨\N{ZERO WIDTH JOINER}👧", "می\N{ZERO WIDTH NON-JOINER}خواهم"]
)
def test_free_text_is_kept_as_it_was_sent(text: str) -> None:
    assert free.validate_python(text) == text


@pytest.mark.parametrize("text", PLAIN)
def test_a_line_is_kept_in_normal_form_c(text: str) -> None:
    assert line.validate_python(text) == text.replace("e\N{COMBINING ACUTE ACCENT}", "é")


@pytest.mark.parametrize("character", HIDDEN)
@pytest.mark.parametrize("adapter", [free, line])
def test_a_character_that_cannot_be_seen_is_refused(adapter: TypeAdapter[str], character: str) -> None:
    assert code(adapter, f"a{character}b") == "invisible_character"


@pytest.mark.parametrize("character", ["\n", "\N{ZERO WIDTH JOINER}"])
def test_a_line_holds_no_line_break_and_no_joiner(character: str) -> None:
    assert code(line, f"a{character}b") == "invisible_character"


@pytest.mark.parametrize("text", ["order-5", "заказ№5", "A/1:2#3", "é"])
def test_an_identifier_may_be_of_any_script(text: str) -> None:
    assert visible.validate_python(text) == text


@pytest.mark.parametrize("character", [*HIDDEN, " ", "\n", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH JOINER}"])
def test_an_identifier_holds_neither_spaces_nor_hidden_characters(character: str) -> None:
    assert code(visible, f"a{character}b") == "not_visible"


@pytest.mark.parametrize("adapter", [free, line, visible])
def test_a_card_number_is_refused_everywhere(adapter: TypeAdapter[str]) -> None:
    assert code(adapter, "4111-1111-1111-1111") == "card_number"


@pytest.mark.parametrize("adapter", [free, line, visible])
def test_a_text_beyond_its_length_is_refused_before_it_is_looked_at(adapter: TypeAdapter[str]) -> None:
    assert code(adapter, "\x00" * 41) == "string_too_long"


@pytest.mark.parametrize("adapter", [free, line, visible])
def test_a_lone_surrogate_is_refused(adapter: TypeAdapter[str]) -> None:
    assert code(adapter, "a\ud800") == "string_unicode"
