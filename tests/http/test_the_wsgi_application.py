"""What the HTTP server passes on is answered by us, with a problem document and never by the server's own 500."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.http import HttpRequest, HttpResponse
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from payouts_service.http.views import ApiView
from payouts_service.wsgi import application
from tests.client import IBAN_PAYOUT, PAYOUTS, Client, address
from tests.http.problem_documents import problem

BODY = json.dumps(IBAN_PAYOUT).encode()


def _post(client: Client, raw: bytes, **more: Any) -> HttpResponse:
    """The application's answer to a POST as a server hands it over."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PAYOUTS,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_AUTHORIZATION": f"Bearer {client.key}",
        "wsgi.input": io.BytesIO(raw),
        **more,
    }
    setup_testing_defaults(environ)
    answer = HttpResponse()

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: object = None, /
    ) -> Callable[[bytes], object]:
        answer.status_code = int(status.split(maxsplit=1)[0])
        for name, value in headers:
            answer[name] = value
        return answer.write

    answer.content = b"".join(application(environ, start_response))
    return answer


# A server undoes the chunks and hands over a stream that ends by itself, without a length.
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}


def test_a_body_in_chunks_is_taken(acme: Client) -> None:
    assert _post(acme, BODY, **CHUNKED).status_code == 201


def test_a_body_in_chunks_is_refused_once_it_passes_the_limit(acme: Client) -> None:
    stream = io.BytesIO(b" " * 50_000_000)

    problem(_post(acme, b"", **{**CHUNKED, "wsgi.input": stream}), 413, "body-too-large")
    assert stream.tell() <= 1_048_577


@pytest.mark.parametrize("rest", [b"", b"5\r\nab", b"no number\r\n", b"1\r\n}no line's end"])
def test_a_body_whose_chunks_break_off_is_malformed(acme: Client, rest: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = IterUnreader([head, b"%x\r\n%s\r\n" % (len(BODY), BODY), rest])
    stream = Request(Config(), sent, ("127.0.0.1", 1)).body

    problem(_post(acme, b"", **{**CHUNKED, "wsgi.input": stream}), 400, "malformed-request")


def test_a_connection_lost_before_the_body_has_come_is_no_failure_of_ours(acme: Client) -> None:
    class Lost(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError(size)

    problem(_post(acme, BODY, **{"wsgi.input": Lost()}), 400, "malformed-request")


def test_a_body_that_ends_early_is_malformed(acme: Client) -> None:
    problem(_post(acme, BODY[:-10], CONTENT_LENGTH=str(len(BODY))), 400, "malformed-request")


def test_no_body_at_all_is_malformed(acme: Client) -> None:
    problem(_post(acme, b""), 400, "malformed-request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset*=nonsense'en'%ff",
        "application/json; charset*=utf-8'%ff",
        "application/json; charset=a\x00b",
        "application/json; charset=hex",
        f"application/json; a={'b' * 20_000}; charset=x",
        ";" * 5000,
        "\xff\xfe",
    ],
)
def test_an_unreadable_content_type_is_refused(acme: Client, content_type: str) -> None:
    problem(_post(acme, BODY, CONTENT_TYPE=content_type), 415, "unsupported-media-type")


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "hex", "idna", "a\x00b", "*=nonsense'en'%ff"])
def test_the_charset_of_a_body_does_not_change_how_the_address_is_read(acme: Client, charset: str) -> None:
    payout = acme.create(external_id="приказ-7")

    answer = _post(
        acme,
        b"",
        REQUEST_METHOD="GET",
        QUERY_STRING="external_id=%D0%BF%D1%80%D0%B8%D0%BA%D0%B0%D0%B7-7",
        CONTENT_TYPE=f"text/plain; charset={charset}",
    )

    assert answer.status_code == 200, answer.content
    assert json.loads(answer.content)["data"] == [payout]


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Python does not look for cycles of objects by itself."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("GET", 200), ("HEAD", 200)])
def test_nothing_of_a_request_is_left_as_garbage(acme: Client, no_collection: None, method: str, status: int) -> None:
    path = PAYOUTS if method == "POST" else address(acme.create()["id"])

    def ask() -> int:
        return _post(acme, BODY, REQUEST_METHOD=method, PATH_INFO=path).status_code

    gc.collect()
    before = _of_requests()  # An error of PostgreSQL holds the request that met it until the next error comes.

    assert ask() == status

    left = [type(each) for each in _of_requests() if not any(each is other for other in before)]
    assert left == []


def _of_requests() -> list[object]:
    # By type: to ask a lazy object of Django's what it is an instance of would make it.
    return [each for each in gc.get_objects() if issubclass(type(each), HttpRequest | HttpResponse | ApiView)]
