"""Nothing that a client can send makes the service fail: the inputs that broke other services, at every door."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest
from django.urls import URLPattern

from payouts_service.urls import urlpatterns
from tests.client import IBAN_PAYOUT, PAYOUTS, Client
from tests.http.problem_documents import problem, refusal, wrong_fields

_PIECES: Final = re.compile(r"<[^>]+>|[^<]+")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def _with(**changes: Any) -> bytes:
    return json.dumps({**IBAN_PAYOUT, **changes}).encode()


def _inserted(text: str) -> bytes:
    """A good request with one more member, written out by hand."""
    return _with()[:-1] + f", {text}}}".encode()


BODIES: Final[dict[str, bytes]] = {
    "S1 NUL in a field": _with(comment="a\0b"),
    "S2 NUL in a value of the metadata": _with(metadata={"k": "a\0b"}),
    "S2 NUL in a key of the metadata": _with(metadata={"a\0b": "v"}),
    "S2 NUL in the name of a field": _with(**{"a\0b": 1}),
    "S3 unpaired surrogate in a field": _inserted(r'"comment": "\ud800"'),
    "S3 unpaired surrogate in the metadata": _inserted(r'"metadata": {"k": "\udfff"}'),
    "S3 unpaired surrogate in a key": _inserted(r'"metadata": {"\ud800": "v"}'),
    "S3 unpaired surrogate in the name of a field": _inserted(r'"\ud800": 1'),
    "S3 surrogate in the bytes": _inserted('"comment": "').replace(b'"comment": "', b'"comment": "\xed\xa0\x80"'),
    "S5 21 deep": b'{"metadata":' * 21 + b"{}" + b"}" * 21,
    "S5 1,000 deep": b'{"metadata":' * 1000 + b"{}" + b"}" * 1000,
    "S5 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "S5 100,000 lists deep": b'{"metadata":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "S5 100,000 deep and never closed": b"[" * 100_000,
    "S6 NaN": _inserted('"amount": NaN'),
    "S6 Infinity": _with()[:-1] + b', "comment": Infinity}',
    "S6 -Infinity": _with()[:-1] + b', "metadata": {"k": -Infinity}}',
    "S6 1e1000000": _with(amount=0).replace(b'"amount": 0', b'"amount": 1e1000000'),
    "S6 an integer of 10,000 digits": _with(amount=0).replace(b'"amount": 0', b'"amount": ' + b"9" * 10_000),
    "S6 a string of 10,000 digits": _with(amount="9" * 10_000),
    "S7 digits of another script": _with(amount="١٢٣"),
    "S7 an underscore": _with(amount="1_000"),
    "S7 an exponent": _with(amount="1E+2"),
    "S7 minus zero": _with(amount="-0.00"),
    "S9 a key twice": _inserted('"amount": "999.00"'),
    "S9 a key twice below": _inserted('"metadata": {"k": "1", "k": "2"}'),
    "S9 a key twice, once escaped": _inserted(r'"\u0061mount": "999.00"'),
    "S10 3 MiB": _with(comment="x" * 3 * 2**20),
    "S10 30 MiB": b" " * 30 * 2**20,
    "S11 text that runs backwards": _with(recipient_details={**IBAN_PAYOUT["recipient_details"], "name": "A\u202eB"}),
    "S11 a name that cannot be seen": _with(recipient_details={**IBAN_PAYOUT["recipient_details"], "name": "\u200b"}),
    "S14 gzip": gzip.compress(_with()),
    "a byte order mark": b"\xef\xbb\xbf" + _with(),
    "UTF-16": _with().decode().encode("utf-16"),
    "Latin-1": _inserted('"comment": "x"').replace(b'"x"', b'"\xe9"'),
    "null": b"null",
    "a list": b"[" + _with() + b"]",
    "a string": b'"x"',
    "a number": b"1",
    "two documents": _with() + _with(),
    "a comment": b"/* */" + _with(),
    "a trailing comma": _with()[:-1] + b",}",
    "single quotes": b"{'amount': '1'}",
    "a form": b"amount=1&currency=EUR",
    "60,000 unknown fields": json.dumps({f"f{number}": 1 for number in range(60_000)}).encode(),
    "a field with a name of 500 KiB": _with(**{"x" * 500_000: 1}),
    "a card number": _with(comment="5555 5555 5555 4444"),
}

QUERIES: Final = (
    "?%00=%00",
    "?cursor=%00",
    "?cursor=abc",
    "?status=%00",
    "?external_id=%ED%A0%80",
    "?%ff%fe=%ff",
    "?limit=1&limit=2",
    "?limit=" + "9" * 5000,
    "?connector=%00&created_at__gte=2026-01-01T00:00:00Z",
    "?format=%00",
    "?" + "&".join(f"a{number}=1" for number in range(2000)),
)
HEADERS: Final[tuple[dict[str, str], ...]] = (
    {"Accept": "\x00"},
    {"Accept": "application/json; a*=nonsense'en'%ff"},
    {"Accept": ", ".join(["text/html"] * 5000)},
    {"If_Match": '"' * 1000},
    {"Idempotency_Key": "\x00"},
    {"X_Request_Id": "\x00"},
    {"Host": "evil.example"},
    {"Content_Encoding": "gzip"},
    {"X_HTTP_Method_Override": "DELETE"},
    {"Range": "bytes=0-1,5-4,-"},
    {"If_Modified_Since": "Thu, 99 Foo 99999 99:99:99"},
    {"Cookie": "a=\x00; b=" + "x" * 5000},
)


def _addresses(*given: str) -> Iterator[str]:
    """Every address for programs; those for people have a test of their own in ``tests/console``."""
    return addresses_of([each for each in urlpatterns if isinstance(each, URLPattern)], *given)


def addresses_of(patterns: Iterable[URLPattern], *given: str) -> Iterator[str]:
    """Each address, those with a part left open once with each of the given."""
    for pattern in patterns:
        route = str(pattern.pattern)
        for part in given if "<" in route else ("",):
            yield "/" + "".join(part if piece.startswith("<str:") else piece for piece in _PIECES.findall(route))


def _answered_well(client: Client, method: str, path: str, **more: Any) -> None:
    response = client.send(method, path, **more)
    assert response.status_code < 500, (method, path[:200])
    if response.status_code >= 400 and method != "HEAD":
        refusal(response)


@pytest.mark.parametrize("name", BODIES)
def test_no_body_makes_any_address_fail(acme: Client, name: str) -> None:
    payout_id = acme.create()["id"]
    for path in _addresses(payout_id):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            _answered_well(acme, method, path, raw=BODIES[name])


@pytest.mark.parametrize("name", BODIES)
def test_every_hostile_body_is_refused_by_create_update_and_cancel(acme: Client, name: str) -> None:
    payout = acme.create()
    where = f"{PAYOUTS}{payout['id']}/"
    for method, path in (("POST", PAYOUTS), ("PATCH", where), ("POST", f"{where}cancel/")):
        response = acme.send(method, path, raw=BODIES[name])
        refusal(response)
        assert response.status_code == (413 if name.startswith("S10") else 400)
        assert len(response.content) < 1_100_000

    assert acme.json(acme.get(PAYOUTS))["data"] == [payout]


@pytest.mark.parametrize("method", METHODS)
def test_no_address_fails_with_any_method_query_or_header(acme: Client, anonymous: Client, method: str) -> None:
    for client in (acme, anonymous):
        for path in _addresses("po_١", "%00", "%ED%A0%80", "x" * 2000):
            _answered_well(client, method, path)
        for path in _addresses(acme.create()["id"]):
            _answered_well(client, method, path)
            for query in QUERIES:
                _answered_well(client, method, path + query)
            for headers in HEADERS:
                _answered_well(client, method, path, **headers)


@pytest.mark.parametrize("path", ["/\x00/", "/%00", "/..%2f..%2fetc/passwd", "/static/..%2f..%2fetc", "/" + "x" * 8000])
def test_no_other_address_fails(anonymous: Client, path: str) -> None:
    problem(anonymous.get(path), 404, "not-found")


def test_a_wrong_text_is_named_by_its_path(acme: Client) -> None:
    assert set(wrong_fields(acme.send("POST", PAYOUTS, raw=_with(metadata={"k": "a\0b"})))) == {"metadata.k"}
    assert set(wrong_fields(acme.send("POST", PAYOUTS, raw=_with(comment="a\0b")))) == {"comment"}


def test_twenty_levels_are_not_too_deep_to_be_read(acme: Client) -> None:
    body = json.loads(b'{"metadata":' * 20 + b'"x"' + b"}" * 20)

    assert "metadata" in wrong_fields(acme.post(PAYOUTS, {**IBAN_PAYOUT, **body}))
