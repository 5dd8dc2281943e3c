"""The whole service beside the tests' database, as `make up` starts it: web, workers, scheduler, simulated provider."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.eventually import eventually
from tests.journeys.conftest import Workers
from tests.simulator_process import SimulatorProcess, free_port

WEB = ("gunicorn", "-c", "python:payouts_service.gunicorn_conf", "payouts_service.wsgi:application")


@contextmanager
def whole_stack(folder: Path, broker_url: str) -> Iterator[str]:
    """Its address, once it is ready. The provider calls back, where ``SIMULATOR_CALLBACK_SECRET`` is set.

    ``SIMULATOR_URL`` in the environment must name a free port of this machine; the provider is started there.
    """
    url = f"http://127.0.0.1:{free_port()}"
    port = httpx.URL(os.environ["SIMULATOR_URL"]).port
    assert port is not None
    provider = SimulatorProcess(port, folder / "books.sqlite", f"--callback-url={url}/api/callbacks/simulator/")
    provider.start()
    workers = Workers(folder, broker_url)
    workers.start()
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, "BROKER_URL": broker_url, "WEB_CONCURRENCY": "1", "PYTHONPATH": path}
    command = [sys.executable, "-m", *WEB, "--bind", url.removeprefix("http://")]
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen(command, env=environment, stderr=log)
    try:
        eventually(lambda: is_ready(url), seconds=110)
        yield url
    finally:
        web.terminate()
        workers.kill()
        provider.stop()
        provider.close()
        web.wait(30)


def is_ready(url: str) -> bool:
    """Whether the service there answers and may be used."""
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False
