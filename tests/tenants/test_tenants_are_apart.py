"""A tenant sees and changes nothing of another's, nor whether it exists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import PAYOUTS, Client
from tests.http.problem_documents import problem

DOORS: list[tuple[str, str, Any]] = [
    ("GET", "{id}/", None),
    ("PATCH", "{id}/", {"comment": "Mine"}),
    ("PATCH", "{id}/", {"status": "processing"}),
    ("DELETE", "{id}/", None),
    ("POST", "{id}/cancel/", {"reason": "Mine"}),
    ("GET", "{id}/explain/", None),
    ("GET", "{id}/attempts/", None),
]
NEVER_WAS = "po_01j00000000000000000000000"


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_anothers_payout_is_answered_like_one_that_never_was(
    acme: Client, globex: Client, method: str, path: str, body: Any
) -> None:
    payout = acme.create(connector="manual")

    foreign, absent = (
        globex.send(method, PAYOUTS + path.format(id=payout_id), body, X_Request_Id="same", If_Match='"1"')
        for payout_id in (payout["id"], NEVER_WAS)
    )

    problem(foreign, 404, "not-found")
    assert foreign.content == absent.content
    assert dict(foreign.headers) == dict(absent.headers)
    assert acme.read(payout["id"]) == payout


@pytest.mark.parametrize(
    "payout_id",
    [
        "x",
        "po_",
        "po_x",
        NEVER_WAS[3:],
        f"xx{NEVER_WAS[2:]}",
        NEVER_WAS.upper(),
        f"{NEVER_WAS}0",
        "po_8" + "0" * 25,
        "po_" + "١" * 26,
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "%00",
        "..%2f",
        "x" * 3000,
    ],
    ids=lambda payout_id: payout_id[:30],
)
@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_what_is_no_id_is_not_found(acme: Client, method: str, path: str, body: Any, payout_id: str) -> None:
    problem(acme.send(method, PAYOUTS + path.format(id=payout_id), body), 404, "not-found")
