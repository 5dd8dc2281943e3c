"""Read a JSON body, more strictly than the framework does (RFC 8259, RFC 7493).

Refused besides what is no JSON: duplicate keys (two readers may choose differently), NaN and Infinity, nesting deeper
than 20, NUL and unpaired surrogates (PostgreSQL stores neither), other encodings than UTF-8, bodies over the limit.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from django.conf import settings
from django.http import HttpRequest
from django.http.multipartparser import parse_header_parameters  # type: ignore[attr-defined]  # Missing in the stubs.

from payouts_service.http.problems import BodyTooLarge, MalformedRequest, UnsupportedMediaType
from payouts_service.kit.errors import FieldError, InvalidFields

MAXIMUM_DEPTH: Final = 20


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The body as a JSON object.

    Raises UnsupportedMediaType, BodyTooLarge, MalformedRequest or InvalidFields.
    """
    _check_content_type(request.META.get("CONTENT_TYPE", ""))
    raw = read_bytes(request)
    try:
        text = raw.decode("utf-8")
        body = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise MalformedRequest("Encode the body in UTF-8.") from None
    except RecursionError:
        raise MalformedRequest(f"Nest the body at most {MAXIMUM_DEPTH} levels deep.") from None
    except ValueError as error:
        raise MalformedRequest(f"Send the body as valid JSON: {_reason(error)}.") from None
    if not isinstance(body, dict):
        raise MalformedRequest("Send a JSON object as the body.")
    if not _is_plain(text):
        _check_tree(body, path="", depth=1)
    return body


def _is_plain(text: str) -> bool:
    """Whether this JSON is surely neither too deep nor holds what cannot be stored, which it could only escape."""
    return "\\u" not in text and text.count("{") + text.count("[") <= MAXIMUM_DEPTH


def _check_content_type(header: str) -> None:
    try:
        media_type, parameters = parse_header_parameters(header)
    except (ValueError, LookupError):  # A parameter encoded as RFC 2231 has it, in a charset that nobody knows.
        media_type, parameters = "", {}
    if media_type != "application/json" or parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Send `Content-Type: application/json`; its charset, where given, is utf-8.")


def read_bytes(request: HttpRequest) -> bytes:
    """The body as it came, up to the limit of settings. Raises BodyTooLarge or MalformedRequest."""
    limit = settings.MAX_BODY_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise MalformedRequest("Send the length of the body as Content-Length: digits only.")
    in_chunks = bool(request.META.get("HTTP_TRANSFER_ENCODING"))
    if not in_chunks and int(length) > limit:
        raise BodyTooLarge(f"Send at most {limit} bytes.")
    try:
        # Django reads no further than Content-Length; the server has undone the chunks and ends the stream itself.
        raw: bytes = request.META["wsgi.input"].read(limit + 1) if in_chunks else request.body
    except Exception as error:  # The connection was lost, or, in words of the server's own, a chunk is none.
        raise MalformedRequest("Send the whole body; in chunks, each with its length.") from error
    if len(raw) > limit:
        raise BodyTooLarge(f"Send at most {limit} bytes.")
    return raw


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("an object names the same key twice")
    return read


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    text = str(error)
    return "a number has too many digits" if text.startswith("Exceeds the limit") else text


def _check_tree(value: object, *, path: str, depth: int) -> None:
    match value:
        case str():
            _check_text(value, path)
        case dict() | list() if depth > MAXIMUM_DEPTH:
            raise MalformedRequest(f"Nest the body at most {MAXIMUM_DEPTH} levels deep.")
        case dict():
            for key, inner in value.items():
                _check_text(key, path)
                _check_tree(inner, path=f"{path}.{key}" if path else key, depth=depth + 1)
        case list():
            for index, inner in enumerate(value):
                _check_tree(inner, path=f"{path}.{index}", depth=depth + 1)


def _check_text(text: str, path: str) -> None:
    if "\x00" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise InvalidFields(
            FieldError(path or "body", "unstorable-text", "Remove NUL characters and unpaired surrogates.")
        )
