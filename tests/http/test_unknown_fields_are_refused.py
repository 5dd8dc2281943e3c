"""Nothing is assigned by the bulk: a field that a request does not have is named, wherever a body is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.client import Client
from tests.http.problem_documents import wrong_fields
from tests.tenants.doors import DOORS, Door, objects_of, shown

WITH_A_BODY = [door for door in DOORS if door.body is not None]


@pytest.mark.parametrize("field", ["tenant_id", "id", "version", "created_at", "unheard_of"])
@pytest.mark.parametrize("door", WITH_A_BODY, ids=str)
def test_an_unknown_or_a_read_only_field_is_named_and_nothing_happens(acme: Client, door: Door, field: str) -> None:
    mine = objects_of(acme)
    before = shown(acme, mine)

    response = replace(door, body={**door.body, field: "1"}).send(acme, mine)

    assert wrong_fields(response) == {field: "unknown-field"}
    assert shown(acme, mine) == before
