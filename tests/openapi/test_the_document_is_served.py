"""The document at its address is the committed one, and is not made anew for each who asks."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator

from tests.client import Client

ADDRESS = "/api/schema/"


@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi", "application/yaml", "application/json"])
def test_it_is_the_committed_one_in_each_format(document: dict[str, Any], anonymous: Client, accept: str) -> None:
    response = anonymous.get(ADDRESS, Accept=accept)

    assert response["Content-Type"].partition(";")[0] == accept
    same = yaml.safe_load(response.content) == document  # As a truth value: pytest would take minutes to explain it.
    assert same


def test_whoever_asks_again_costs_next_to_nothing(anonymous: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = anonymous.get(ADDRESS)
    monkeypatch.delattr(SchemaGenerator, "get_schema")

    assert anonymous.get(f"{ADDRESS}?version=2&lang=ru").content == first.content
