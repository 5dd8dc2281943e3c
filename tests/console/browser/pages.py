"""Every page of the console, by a name: what must be there to see it, and its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.client import Client

PAGES: Final[Mapping[str, Callable[[Client], str]]] = {
    "overview": lambda _acme: "/",
    "password": lambda _acme: "/password/",
    "not found": lambda _acme: "/nowhere/",
}
"""Each prepares its data through acme's API, and says where to look."""
