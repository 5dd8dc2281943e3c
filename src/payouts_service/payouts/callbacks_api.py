"""The door for providers: ``/api/callbacks/{connector}/``. No API key; the connector verifies the signature."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payouts_service.events.actor import Actor, acting_as
from payouts_service.hints.publisher import publish
from payouts_service.http.json_body import read_bytes
from payouts_service.kit.errors import ServiceError
from payouts_service.payouts import callbacks, tasks
from payouts_service.rate_limits.callers import by_address
from payouts_service.rate_limits.counting import count


class ConnectorCallback(APIView):
    """Answers as soon as the callback is kept; what follows from it happens in the background."""

    authentication_classes = ()
    http_method_names = ("post",)

    @extend_schema(exclude=True)
    def post(self, request: Request, connector: str) -> Response:
        """204 for a callback that is kept, now or before; raises TooManyRequests instead of a refusal too many.

        What a provider says is never turned away: it may be the only news of money that came back.
        """
        try:
            body = read_bytes(request._request)  # noqa: SLF001 - the bytes as they came: the signature is over them.
            headers = {name.lower(): value for name, value in request.headers.items()}
            with acting_as(Actor("provider", connector)):
                asks = callbacks.receive(connector, headers, body)
        except ServiceError:
            count(by_address(request.META))
            raise
        if asks:
            publish(tasks.ASK, {"connector": connector}, tasks.ASK_QUEUE)
        return Response(status=204)
