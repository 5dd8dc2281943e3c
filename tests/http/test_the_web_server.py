"""What the application is handed, and how the web process ends: the service builds on Gunicorn for it.

Each of these is something that another server, or another setting of Gunicorn, does otherwise (decision 26).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection

import pytest

from tests.eventually import eventually
from tests.web_process import STOP_SECONDS, WebProcess, web_process

SECRET = "a-secret-in-the-environment-of-the-web-process"


class Web:
    """Gunicorn as it runs everywhere, with ``tests/http/echo.py`` in the service's place."""

    def __init__(self, running: WebProcess) -> None:
        self._port = running.port

    def ask(self, *headers: tuple[str, str | bytes], body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body that answer a POST, whose own body goes as it stands here."""
        with closing(self._connect()) as connection:
            connection.putrequest("POST", "/prefix/metrics")
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def handed_over(self, *headers: tuple[str, str | bytes]) -> dict[str, str]:
        """What of a request reaches the application, without the number of its connection."""
        texts: dict[str, str] = json.loads(self.ask(("Content-Length", "0"), *headers)[1])
        del texts["REMOTE_PORT"]
        return texts

    def _connect(self) -> HTTPConnection:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=STOP_SECONDS)
        connection.connect()
        return connection


def echo() -> AbstractContextManager[WebProcess]:
    """A web process for the block, whose environment has a secret."""
    settings = {"WEB_CONCURRENCY": "1", "PLANTED": SECRET, "HTTP_PLANTED": SECRET}
    return web_process(application="tests.http.echo:application", settings=settings)


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """One for the tests that only ask."""
    with echo() as running:
        yield Web(running)


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR"])
def test_a_header_named_with_underscores_says_nothing(web: Web, name: str) -> None:
    proxys = ("X-Forwarded-For", "192.0.2.1")
    plain = web.handed_over(proxys)

    assert (plain["HTTP_X_FORWARDED_FOR"], plain["PATH_INFO"]) == ("192.0.2.1", "/prefix/metrics")
    assert web.handed_over(proxys, (name, "/prefix")) == plain
    assert web.handed_over((name, "/elsewhere"), proxys) == plain


def test_letters_beyond_ascii_do_not_empty_a_header(web: Web) -> None:
    assert web.handed_over(("Idempotency-Key", b"caf\xe9"))["HTTP_IDEMPOTENCY_KEY"] == "caf\xe9"


def test_the_environment_is_no_part_of_a_request(web: Web) -> None:
    assert SECRET not in web.handed_over().values()


def test_a_body_whose_chunks_break_off_is_never_taken_for_whole(web: Web) -> None:
    status, _ = web.ask(("Transfer-Encoding", "chunked"), body=b"2\r\n{}\r\nno number\r\n")

    assert status == 400


def test_a_body_of_two_lengths_is_refused(web: Web) -> None:
    status, _ = web.ask(("Content-Length", "2"), ("Transfer-Encoding", "chunked"), body=b"0\r\n\r\n")

    assert status == 400


def test_no_process_serves_on_once_the_first_was_killed() -> None:
    with echo() as running:
        running.process.kill()

        eventually(lambda: not running.listens())
