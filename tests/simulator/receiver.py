"""A service that takes callbacks: it notes each one as it came, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.eventually import eventually


@dataclass(frozen=True)
class Call:
    """One callback as it came, with its headers' names in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def reference(self) -> str:
        reference: str = self.event["data"]["reference"]
        return reference


@dataclass
class Receiver:
    """``url`` takes the callbacks; ``answer`` gives the HTTP status for each."""

    url: str = ""
    answer: Callable[[Call], int] = lambda _: 204
    calls: list[Call] = field(default_factory=list)

    def about(self, reference: str, count: int) -> list[Call]:
        """The callbacks about a reference, as soon as there are ``count`` of them."""

        def calls() -> list[Call]:
            return [call for call in list(self.calls) if call.reference == reference]

        eventually(lambda: len(calls()) >= count)
        return calls()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            call = Call({name.lower(): value for name, value in self.headers.items()}, body)
            status = receiver.answer(call)
            receiver.calls.append(call)
            self.send_response(status)
            if status == HTTPStatus.FOUND:
                self.send_header("location", f"{receiver.url}/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            """Elsewhere, whoever follows a redirect is welcome."""
            self.send_response(HTTPStatus.OK)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/callbacks"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
