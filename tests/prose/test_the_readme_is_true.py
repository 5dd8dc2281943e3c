"""The README's examples, run in their order: each answer is the one that is printed below its request."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

from django.http import HttpResponse

from payouts_service.environment import Environment
from payouts_service.observability.metrics import render
from payouts_service.payouts import engine
from tests.client import Client
from tests.prose.markdown import ROOT, Block, blocks
from tests.simulator_process import SimulatorProcess

README = (ROOT / "README.md").read_text()
GIVEN_BY_THE_SERVICE = {"id", "created_at", "updated_at"}

_REQUEST = re.compile(r"^(?P<keep>id=\$\()?(?:api|curl) (?P<arguments>[^\n]+?)(?(keep) \| sed [^\n]+\))$", re.MULTILINE)


@dataclass(frozen=True)
class Request:
    """One ``curl`` of the README; ``keeps_id`` where the shell keeps the answer's id as ``$id``."""

    arguments: str
    keeps_id: bool

    def send(self, client: Client, known_id: str = "") -> HttpResponse:
        """Read the arguments as the shell and ``curl`` do, then send the request."""
        headers: dict[str, str] = {}
        method = target = body = None
        words = iter(shlex.split(self.arguments))
        for word in words:
            match word:
                case "-sS":
                    continue
                case "-X":
                    method = next(words)
                case "-H":
                    name, _, value = next(words).partition(": ")
                    headers[name.replace("-", "_")] = value
                case "-d":
                    body = next(words).encode()
                case _:
                    target = word.replace("$PAYOUTS_URL", "").replace("$id", known_id)
        assert target is not None
        headers.pop("Authorization", None)  # The client sends a key of its own.
        return client.send(method or ("POST" if body else "GET"), target, raw=body, **headers)


def requests(block: Block) -> list[Request]:
    """The requests of a block of shell, in order."""
    if block.language != "sh":
        return []
    found = [Request(match["arguments"], match["keep"] is not None) for match in _REQUEST.finditer(_joined(block.text))]
    assert len(found) == block.text.count("/api/"), f"a request could not be read:\n{block.text}"
    return found


def run_commands(block: Block) -> None:
    """Run what an operator types in this block, for the tests' tenant; fails the test where a command fails."""
    for line in block.text.splitlines() if block.language == "sh" else []:
        if line.startswith("payouts "):
            words = ["Acme" if word == "local" else word for word in shlex.split(line)[1:]]
            subprocess.run([sys.executable, "-m", "payouts_service.cli", *words], check=True, stdout=subprocess.DEVNULL)


def _joined(text: str) -> str:
    return text.replace("\\\n", " ")


def is_part(expected: object, actual: object) -> bool:
    """Whether all that is expected is there; what the service makes up anew each time is only asked to be there."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and (name in GIVEN_BY_THE_SERVICE or is_part(value, actual[name]))
            for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(is_part, expected, actual))
    return expected == actual


def test_every_answer_is_the_one_that_is_printed(acme: Client, simulator: SimulatorProcess) -> None:
    answer: dict[str, object] = {}
    known_id = ""
    for block in blocks(README):
        if block.language == "json":
            assert is_part(json.loads(block.text), answer), f"printed:\n{block.text}\nanswered:\n{answer}"
        run_commands(block)
        for request in requests(block):
            engine.pay_ready("simulator", budget_seconds=20)  # In the README this happens between two commands.
            answer = acme.json(request.send(acme, known_id))
            known_id = str(answer["id"]) if request.keeps_id else known_id


def test_the_first_answer_is_printed_whole(acme: Client) -> None:
    printed = next(json.loads(block.text) for block in blocks(README) if block.language == "json")
    assert list(printed) == list(acme.create())


def test_the_first_request_sent_again_pays_nobody_twice(acme: Client, simulator: SimulatorProcess) -> None:
    first = next(request for block in blocks(README) for request in requests(block))
    made = [acme.json(first.send(acme))["id"] for _ in range(2)]
    assert made[0] == made[1]


def test_the_settings_in_its_table_exist() -> None:
    table = README.partition("## Settings")[2].partition("## Deployment")[0]
    named = {name for row in table.splitlines() if row.startswith("| `") for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named - {"WEB_CONCURRENCY"} <= {name.upper() for name in Environment.model_fields}  # Gunicorn's own.
    assert len(named) > 10


def test_the_metrics_in_its_table_exist(acme: Client, simulator: SimulatorProcess) -> None:
    acme.create()
    shown = acme.get("/metrics").content.decode() + render()[0].decode()
    table = README.partition("### What to watch")[2]
    named = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) | set(re.findall(r"`(payouts_\w+_total)`", table))
    assert {name for name in named if f"# HELP {name} " not in shown} == set()
    assert len(named) == 19
