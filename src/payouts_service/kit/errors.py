"""The base of every refusal that a caller is told about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a request: its dotted path, a stable code, and a sentence that says what to do."""

    field: str
    code: str
    message: str


class ServiceError(Exception):
    """A refusal with a stable kebab-case ``code`` and an HTTP ``status``; ``http`` renders it as RFC 9457.

    ``detail`` is a sentence that says what to do; ``extra`` are further members of the problem document.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid-request"
    title: ClassVar[str] = "The request is invalid"
    retryable: ClassVar[bool] = False
    retry_after_seconds: int | None = None

    def __init__(
        self, detail: str, *, errors: tuple[FieldError, ...] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.extra = dict(extra or {})


class InvalidFields(ServiceError):
    """One or more fields of the request are wrong (400); ``errors`` names each."""

    code = "invalid-fields"
    title = "Some fields are invalid"

    def __init__(self, *errors: FieldError) -> None:
        fields = ", ".join(error.field for error in errors)
        super().__init__(f"Correct these fields and send the request again: {fields}.", errors=errors)
