"""A tenant sees and changes nothing of another's, nor whether it exists: tried at every door."""

from __future__ import annotations

import re
from typing import Final

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from tests.client import Client
from tests.http.problem_documents import problem
from tests.tenants.doors import ABSENT, DOORS, OF_EVERY_TENANT, Door, objects_of, shown

_VALUE: Final = re.compile(r"'[^']*'|\b[0-9]+(?:\.[0-9]+)?\b")
TO_OBJECTS = [door for door in DOORS if door.kind is not None]
COLLECTIONS = [
    door
    for door in DOORS
    if door.kind is None and door.method == "GET" and not any(map(door.route.startswith, OF_EVERY_TENANT))
]


@pytest.mark.parametrize("door", TO_OBJECTS, ids=str)
def test_anothers_object_is_answered_like_one_that_never_was(acme: Client, globex: Client, door: Door) -> None:
    mine = objects_of(acme)
    before = shown(acme, mine)

    def ask(ids: dict[str, str]) -> tuple[HttpResponse, list[str]]:
        with CaptureQueriesContext(connection) as asked:
            answer = door.send(globex, ids, X_Request_Id="same", If_Match='"1"')
        return answer, [_VALUE.sub("?", query["sql"]) for query in asked]

    ask(ABSENT)  # Notes the last use of the key, once a minute.
    (foreign, statements), (absent, same) = ask(mine), ask(ABSENT)

    assert foreign.status_code == 404
    assert door.method == "HEAD" or problem(foreign, 404, "not-found")
    assert foreign.content == absent.content
    assert {**foreign.headers, "RateLimit": ""} == {**absent.headers, "RateLimit": ""}
    assert statements == same  # The same work, so as much time.
    assert shown(acme, mine) == before


@pytest.mark.parametrize("door", COLLECTIONS, ids=str)
def test_a_collection_shows_nothing_of_anothers(acme: Client, globex: Client, door: Door) -> None:
    mine = objects_of(acme)

    response = door.send(globex, {})

    assert response.status_code == 200
    assert [text for text in (*mine.values(), "Acme", "mine") if text in response.content.decode()] == []


@pytest.mark.parametrize(
    "object_id",
    [
        "x",
        "{kind}_",
        "{kind}_x",
        "01j00000000000000000000000",
        "xx_01j00000000000000000000000",
        "{kind}_01J00000000000000000000000",
        "{kind}_01j000000000000000000000000",
        "{kind}_80000000000000000000000000",
        "{kind}_" + "١" * 26,
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "%00",
        "..%2f",
        "x" * 3000,
    ],
    ids=lambda object_id: object_id[:30],
)
def test_what_is_no_id_is_not_found(acme: Client, object_id: str) -> None:
    for door in TO_OBJECTS:
        response = door.send(acme, {str(door.kind): object_id.format(kind=door.kind)})
        assert response.status_code == 404, str(door)
        assert door.method == "HEAD" or problem(response, 404, "not-found")
