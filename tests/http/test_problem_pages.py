"""The ``type`` of a problem document is an address that says what the problem means."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.http.problem_documents import KINDS, problem


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
