"""The ``type`` of a problem document is an address that says what the problem means."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.client import Client
from tests.http.problem_documents import KINDS, problem

_LATER_REFUSALS = """
import django
django.setup()
from importlib import import_module
from pkgutil import walk_packages
import payouts_service.urls
from payouts_service.http.problem_pages import kinds_of_problem
known = set(kinds_of_problem())
for module in walk_packages(payouts_service.__path__, "payouts_service."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
print(*(kind.code for kind in set(kinds_of_problem()) - known))
"""


@pytest.mark.parametrize("code", KINDS)
def test_every_code_has_its_page(anonymous: Client, code: str) -> None:
    response = anonymous.get(f"/problems/{code}/")

    kind = KINDS[code]
    page = anonymous.json(response)
    assert response.status_code == 200
    assert (page["code"], page["status"], page["title"]) == (code, kind.status, kind.title)
    assert page["retryable"] is kind.retryable
    assert f"({kind.status})" in page["meaning"]


def test_a_code_that_nothing_carries_has_none(anonymous: Client) -> None:
    problem(anonymous.get("/problems/bad-luck/"), 404, "not-found")


def test_every_refusal_is_there_once_the_addresses_are() -> None:
    """The pages, and the reference made of them, tell the same whatever else the process has imported."""
    fresh = subprocess.run([sys.executable, "-c", _LATER_REFUSALS], capture_output=True, text=True, check=True)

    assert fresh.stdout.split() == []
