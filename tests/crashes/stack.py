"""Every process of the service, armed, around the tests' database; and a client that repeats until it is answered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.brokers import broker_of_this_run, celery_with
from tests.crashes.plans import FOLDER
from tests.eventually import eventually
from tests.simulator_process import SimulatorProcess, free_port

LEASE_SECONDS = 5
SECRET = "a-secret-between-the-bank-and-us-of-the-crashes"
SETTINGS = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "SWEEP_SECONDS": "0.5",
    "INQUIRY_SECONDS": "0.3",
    "SIMULATOR_TIMEOUT_SECONDS": "1.5",
    "CLAIM_SIZE": "3",  # Small sets, so that one blow meets few payouts.
    "SIMULATOR_CALLBACK_SECRET": SECRET,
}
# Each process's arguments; all begin anew whatever child of theirs dies.
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "worker": ("worker", "-Q", "payouts", "-n", "worker@crash", "--concurrency", "3"),
    "inquirer": ("worker", "-Q", "inquiries", "-n", "inquirer@crash", "--concurrency", "2"),
    "rescuer": ("worker", "-Q", "rescue", "-n", "rescuer@crash", "--concurrency", "1"),
    "beat": ("beat",),
}


class Stack:
    """The processes, the provider and the plans."""

    def __init__(self, folder: Path, simulator: SimulatorProcess, url: str) -> None:
        self.folder = folder
        self.simulator = simulator
        self.url = url

    def plan(self, moments: list[str], action: str) -> None:
        """Strike the first process that reaches each of these moments, ``step.moment``."""
        for moment in moments:
            (self.folder / f"{moment}.plan").write_text(action)

    def left(self) -> list[str]:
        """The moments that nobody has reached yet."""
        return sorted(path.stem for path in self.folder.glob("*.plan"))

    def resume_stopped(self, *, after_seconds: float) -> None:
        """Let every process go on that was stopped so long ago."""
        for struck in self.folder.glob("*.struck"):
            pid = struck.read_text()
            if pid.isdigit() and time.time() - struck.stat().st_mtime > after_seconds:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGCONT)
                struck.rename(struck.with_suffix(".resumed"))


class Caller:
    """A client of the API that repeats each request until it is answered, as clients should."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=4, trust_env=False)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """The first answer that is neither lost nor a 5xx, nor a 409 that passes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answers: list[httpx.Response] = []

        def answered() -> bool:
            with suppress(httpx.TransportError):
                answer = self._http.request(method, path, json=body, headers=named)
                if answer.status_code < 500 and not (answer.status_code == 409 and answer.json()["retryable"]):
                    answers.append(answer)
            return bool(answers)

        eventually(answered, seconds=60)
        return answers[0]

    def create(self, number: int, **changes: Any) -> str:
        """A payout's id; its key is its number."""
        body = {"amount": "25.00", "currency": "EUR", "recipient_details": "Card ****1234", **changes}
        answer = self.send("POST", "/api/payouts/", body, Idempotency_Key=f"crash-{number}")
        assert answer.status_code == 201, answer.text
        payout_id: str = answer.json()["id"]
        return payout_id

    def read(self, payout_id: str) -> dict[str, Any]:
        """The payout; empty where it was deleted."""
        answer = self.send("GET", f"/api/payouts/{payout_id}/")
        document: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return document


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """All processes up, with no plan yet; killed at the end."""
    simulator = SimulatorProcess(free_port(), folder / "books.sqlite")
    url = f"http://127.0.0.1:{free_port()}"
    with ExitStack() as cleanup:
        broker = cleanup.enter_context(broker_of_this_run())
        cleanup.enter_context(celery_with(broker.url))
        simulator.start()
        cleanup.callback(simulator.close)
        cleanup.callback(simulator.kill)
        plans = folder / "plans"
        plans.mkdir()
        environment = {
            **os.environ,
            **SETTINGS,
            "BROKER_URL": broker.url,
            "SIMULATOR_URL": simulator.url,
            FOLDER: str(plans),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        web = ["gunicorn", "-c", "python:payouts_service.gunicorn_conf", "--bind", url.removeprefix("http://")]
        commands = [[*web, "--workers", "3", "tests.crashes.web_app:application"]]
        commands += [["celery", "-A", "tests.crashes.worker_app", *arguments] for arguments in PROGRAMS.values()]
        for command in commands:
            log = cleanup.enter_context((folder / f"{command[-1]}.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[2] if command[0] == "gunicorn" else folder,
            )
            cleanup.callback(_kill, process)
        eventually(lambda: _is_up(url), seconds=60)
        yield Stack(plans, simulator, url)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_up(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    return False
