"""Give a connector other limits for a test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from payouts_service.connectors import registry


@contextmanager
def limited(connector: str, **limits: Any) -> Iterator[None]:
    """Inside the block, this process's connector declares these limits."""
    built = registry.get(connector)
    before = built.capabilities
    built.capabilities = dataclasses.replace(before, **limits)  # type: ignore[misc]  # Final outside tests.
    try:
        yield
    finally:
        built.capabilities = before  # type: ignore[misc]  # As above.
