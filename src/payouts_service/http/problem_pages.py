"""The pages behind the ``type`` of problem documents: what each kind of refusal means (RFC 9457, section 3.1.1)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payouts_service.http.problems import NotFound
from payouts_service.kit.errors import ServiceError


class ProblemPage(APIView):
    """``/problems/{code}/``, for everybody."""

    authentication_classes = ()
    http_method_names = ("get", "head")

    @extend_schema(exclude=True)
    def get(self, request: Request, code: str) -> Response:
        """The meaning of one code; raises NotFound for one that no refusal carries."""
        for kind in kinds_of_problem():
            if kind.code == code:
                return Response(
                    {
                        "code": kind.code,
                        "status": kind.status,
                        "title": kind.title,
                        "meaning": inspect.getdoc(kind),
                        "retryable": kind.retryable,
                    }
                )
        raise NotFound("Take the address of the page from the type of a problem document.")


def kinds_of_problem() -> Iterator[type[ServiceError]]:
    """Every refusal that has a code of its own."""
    waiting = [ServiceError]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        yield from (kind for kind in kinds if "code" in vars(kind))
        waiting.extend(kinds)
