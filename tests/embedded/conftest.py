from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.supervision import Supervisor
from payouts_service.environment import Environment


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Places of a stack of the module's own; its data lie where the servers' account reaches them."""
    real = Places.of_this_checkout()
    real.create()
    data = Path(tempfile.mkdtemp(prefix="test-", dir=real.data))
    data.chmod(0o755)
    run = Path(tempfile.mkdtemp(prefix="payouts-test-", dir="/tmp"))  # A socket's path must be short.
    checkout = tmp_path_factory.mktemp("checkout")
    places = Places(checkout, checkout / ".local", data, run, real.account)
    places.logs.mkdir(parents=True)
    yield places
    Supervisor(places).stop()
    shutil.rmtree(data)
    shutil.rmtree(run)


@pytest.fixture(scope="module")
def no_settings_given() -> Iterator[None]:
    """The user's environment names no setting."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Environment.model_fields:
            patch.delenv(name.upper(), raising=False)
            patch.delenv(f"{name.upper()}_FILE", raising=False)
        yield
