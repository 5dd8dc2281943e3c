"""ETag and If-Match (RFC 9110, sections 8.8.3 and 13.1.1): a guard against lost updates."""

from __future__ import annotations

from rest_framework.request import Request

from payouts_service.kit.errors import ServiceError


class PreconditionFailed(ServiceError):
    """The object has changed since the caller read it (412)."""

    status = 412
    code = "precondition-failed"
    title = "The object has changed since you read it"


def etag(version: int | str) -> str:
    """The strong entity tag of this version of an object; of a text that is no version, one that nothing has."""
    return f'"{version}"'


def expected_tags(request: Request) -> frozenset[str] | None:
    """The tags of If-Match, or None where any version will do."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    return frozenset(tag.strip() for tag in header.split(","))


def check_version(version: int, expected: frozenset[str] | None) -> None:
    """Raises PreconditionFailed unless this version is one that the caller expects."""
    if expected is not None and etag(version) not in expected:
        raise PreconditionFailed(
            "Read the object again, and repeat the request with its new ETag if you still want it.",
            extra={"current_etag": etag(version)},
        )
