"""The OpenAPI document at its address: the same for everybody, so each process writes it once in each format."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Document(SpectacularAPIView):
    """``/api/schema/``, for everybody; to write it takes a second, which nobody without a key may cost us at will."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The document, in YAML unless JSON is asked for."""
        renderer: BaseRenderer = request.accepted_renderer
        headers = {"Content-Disposition": f'inline; filename="{self._get_filename(request, None)}"'}  # type: ignore[no-untyped-call]  # The library types a part of itself.
        content = _written(type(renderer))  # type: ignore[arg-type]  # A class can be hashed; mypy takes it for what it makes.
        return HttpResponse(content, content_type=renderer.media_type, headers=headers)


@cache
def _written(renderer: type[BaseRenderer]) -> Any:
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # As above.
    return renderer().render(document)
