"""The base of every API view: the order of checks, and the strict body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar, cast

from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payouts_service.http.json_body import read_object
from payouts_service.http.negotiation import ByAcceptHeader
from payouts_service.http.principal import Principal
from payouts_service.http.problems import MissingScope
from payouts_service.http.validation import validate

Body = TypeVar("Body", bound=BaseModel)
_TAKES_JSON: Final = frozenset({"*/*", "application/json"})
"""What most clients send as Accept, understood without being parsed."""


class ApiView(APIView):
    """Checks in this order: 401, 403, 404, 405, 406, and then what the method itself refuses.

    ``scopes`` names the scope that each method needs.
    """

    scopes: ClassVar[Mapping[str, str]]
    content_negotiation_class = ByAcceptHeader
    http_method_names = ("get", "head", "post", "patch", "delete")  # OPTIONS is refused like any other method: 405.

    def __init_subclass__(cls) -> None:
        """HEAD is answered as GET is.

        Django would put the bound method on each view: a cycle, which keeps the request and its answer until Python
        looks for garbage.
        """
        super().__init_subclass__()
        if hasattr(cls, "get"):
            cls.head = cls.get  # type: ignore[attr-defined]  # Nothing declares it; Django looks for it by name.

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Answers are about money and belong in no cache."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """With the quota that authentication has counted, also on a refusal."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request, "quota_headers", {}).items():
            answer.headers.setdefault(name, value)
        request.parser_context.clear()  # What no parser of ours reads, and a cycle as well.
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run before the method; raises Unauthenticated, MissingScope, NotFound, MethodNotAllowed or NotAcceptable."""
        self.format_kwarg = None  # No format by suffix; the Accept header decides.
        self.perform_authentication(request)
        method = "GET" if request.method == "HEAD" else cast("str", request.method)
        if method in self.scopes:
            require_scope(request, self.scopes[method])
        self.locate(request, **kwargs)
        if method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        one_form = len(self.renderer_classes) == 1
        if not one_form or request.META.get("HTTP_ACCEPT", "*/*") not in _TAKES_JSON:
            request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Raise NotFound where the address names an object that this tenant does not have."""

    def body(self, request: Request, model: type[Body]) -> Body:
        """The request's body as this model."""
        return validate(model, self.values(request))

    def values(self, request: Request) -> dict[str, Any]:
        """The request's body as it came, a JSON object."""
        return read_object(request._request)  # noqa: SLF001 - DRF's only door.


def principal(request: Request) -> Principal:
    """The authenticated caller."""
    return cast("Principal", request.user)


def require_scope(request: Request, scope: str) -> None:
    """Raises MissingScope unless the key carries the scope."""
    if scope not in principal(request).scopes:
        raise MissingScope(f"Use a key with the scope {scope}.", extra={"scope": scope})
