"""Whatever a page says, it says in English and in Russian."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest

import payouts_service.console
from payouts_service.connectors.contract import OutcomeKind, RejectionCode
from payouts_service.console import texts
from payouts_service.console.navigation import PLACES
from payouts_service.console.new_payout import KINDS, Detail
from payouts_service.console.texts.explanations import WORDS
from payouts_service.console.texts.refusals import IN_ENGLISH, REFUSALS
from payouts_service.console.texts.terms import TERMS
from payouts_service.http.problem_pages import kinds_of_problem
from payouts_service.ledger.chart import AccountKind, MoveKind
from payouts_service.payouts import pulse
from payouts_service.payouts.actions import Action, Hindrance
from payouts_service.payouts.failures import OwnCode
from payouts_service.payouts.models import Progress, Status
from payouts_service.payouts.needs import Need
from payouts_service.payouts.requests import EvidenceKind
from payouts_service.payouts.sentences import SENTENCES
from payouts_service.people.roles import Role
from payouts_service.subscriptions import SUBSCRIPTIONS
from tests.client import Client
from tests.console.visitor import Visitor, text_of

CONSOLE: Final = Path(payouts_service.console.__file__).parent
TEMPLATES: Final = sorted((CONSOLE / "templates").rglob("*.html"))
SERVICE: Final = CONSOLE.parent
PLACE_OF_CODE: Final = {"FieldError": 1, "PydanticCustomError": 0, "located": 1}
OF_PROGRAMS: Final = {
    *("less-than-equal", "needs-status", "null", "recipient-account-type", "recipient-details-type", "repeated"),
    "unstorable-text",
}
"""What no form of the console can send."""
# Names, which are the same in every language.
NAMES: Final = {"EN", "РУ", "English", "Русский"}
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{2,}")


def said() -> set[str]:
    """Every text that a template or a view says, or hands on to be said."""
    found = {place.name for place in PLACES}
    for template in TEMPLATES:
        found.update(re.findall(r'{% t "([^"]+)"', template.read_text()))
    for file in CONSOLE.rglob("*.py"):
        if "texts" in file.parts and file.name != "__init__.py":
            continue
        constants = (node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant))
        found.update(value for value in constants if isinstance(value, str) and value in texts.RUSSIAN)
    return found


def field_codes(file: Path) -> Iterable[str]:
    """The codes of the wrong fields that a file tells of."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLACE_OF_CODE:
            given = node.args[PLACE_OF_CODE[node.func.id] :][:1]
            yield from (str(code.value) for code in given if isinstance(code, ast.Constant))


def test_every_text_has_its_russian() -> None:
    assert sorted(said() - texts.RUSSIAN.keys()) == []


def test_no_russian_outlives_its_text() -> None:
    assert sorted(texts.RUSSIAN.keys() - said()) == []


def test_no_text_is_translated_twice() -> None:
    assert len(texts.RUSSIAN) == sum(map(len, texts.AREAS))


def test_a_russian_text_names_the_values_of_the_english() -> None:
    slots = re.compile(r"{(\w+)}")

    assert [en for en, ru in texts.RUSSIAN.items() if set(slots.findall(en)) != set(slots.findall(ru))] == []


def test_every_refusal_has_its_russian() -> None:
    assert sorted({kind.code for kind in kinds_of_problem()} - REFUSALS.keys()) == []


def test_every_wrong_field_has_its_russian() -> None:
    codes = {code.replace("_", "-") for file in SERVICE.rglob("*.py") for code in field_codes(file)}

    assert sorted(codes - OF_PROGRAMS - REFUSALS.keys()) == []


def test_an_explanation_speaks_of_no_api() -> None:
    assert WORDS.keys() == SENTENCES.keys()
    assert [name for name, said in WORDS.items() if re.search("PATCH|status|evidence", " ".join(said))] == []


def test_no_english_for_people_outlives_its_refusal() -> None:
    assert sorted(IN_ENGLISH.keys() - REFUSALS.keys()) == []


@pytest.mark.parametrize(
    "codes",
    [
        *(Role, Status, Progress, Need, Action, Hindrance, RejectionCode, OwnCode, OutcomeKind, EvidenceKind),
        *(AccountKind, MoveKind, SUBSCRIPTIONS, KINDS, pulse.SPANS, *KINDS.values()),
    ],
    ids=lambda codes: getattr(codes, "__name__", ""),
)
def test_every_code_has_its_name_in_both(codes: Iterable[Any]) -> None:
    named = {code.name if isinstance(code, Detail) else str(code) for code in codes}

    assert sorted(named - TERMS.keys()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_no_template_says_anything_past_the_texts(template: Path) -> None:
    source = re.sub(r"{#.*?#}", "", template.read_text(), flags=re.DOTALL)
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    spoken = re.findall(r"(?:aria-label|title|placeholder|alt)=\"([^\"]*)\"", source)
    between_tags = re.sub(r"<[^>]+>", "\n", source).splitlines()

    words = {text.strip() for text in (*spoken, *between_tags)}
    assert {text for text in words if text not in NAMES and _LATIN_WORD.search(text)} == set()


def test_the_language_is_the_browsers_until_one_is_chosen(acme: Client) -> None:
    visitor = Visitor(language="ru-RU,ru;q=0.9,en;q=0.5")
    assert "Вход в консоль" in text_of(visitor.get("/sign-in/"))

    visitor.post("/preferences/", {"language": "en", "next": "/sign-in/"})

    assert "Sign in to the console" in text_of(visitor.get("/sign-in/"))


def test_a_switch_leads_back_to_where_it_was(acme: Client) -> None:
    visitor = Visitor.signed_in(acme.tenant_id)

    assert 'name="next" value="/payouts/?status=created"' in visitor.get("/payouts/?status=created").content.decode()
    assert visitor.post("/preferences/", {"language": "ru", "next": "/payouts/"})["Location"] == "/payouts/"


def test_the_theme_is_the_systems_until_one_is_chosen(acme: Client) -> None:
    visitor = Visitor()
    assert 'data-theme="auto"' in visitor.get("/sign-in/").content.decode()

    answer = visitor.post("/preferences/", {"theme": "dark", "language": "no such", "next": "//evil.example"})

    assert answer["Location"] == "/"
    assert 'data-bs-theme="dark"' in visitor.get("/sign-in/").content.decode()
