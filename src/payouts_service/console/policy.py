"""What a browser may do with a page of the console."""

from __future__ import annotations

from typing import Final, TypeVar

from django.http import HttpResponseBase

Response = TypeVar("Response", bound=HttpResponseBase)
# Tabler draws its marks with images that stand in its style sheet as data.
POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def hardened(response: Response) -> Response:
    """With the policy that lets nothing run but what we serve; kept by no cache, because it is about money."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
