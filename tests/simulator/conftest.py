from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator_process import SimulatorProcess, free_port


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """A simulated provider for one test, which may end it."""
    process = SimulatorProcess(free_port(), tmp_path / "books.sqlite")
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.close()
