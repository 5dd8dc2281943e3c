"""The HTTP doors of those who pause and resume."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from payouts_service.http.views import ApiView, principal
from payouts_service.payouts import pausing, pausing_operations as operations
from payouts_service.payouts.pausing_wire import present_connector
from payouts_service.payouts.requests import GiveReason
from payouts_service.tenants.scopes import Scope


class ConnectorCollection(ApiView):
    """``/api/connectors/``."""

    scopes: ClassVar = {"GET": Scope.CONNECTORS_READ}

    @operations.LIST_CONNECTORS
    def get(self, request: Request) -> Response:
        """As many as the settings name, so there are no pages."""
        return Response({"data": [present_connector(view) for view in pausing.connector_states()]})


class _ConnectorSwitch(ApiView):
    scopes: ClassVar = {"POST": Scope.CONNECTORS_OPERATE}

    def locate(self, request: Request, **kwargs: Any) -> None:
        """Raise ConnectorNotFound for a name that the settings do not have."""
        pausing.connector_state(kwargs["name"])


class ConnectorPause(_ConnectorSwitch):
    """``/api/connectors/{name}/pause/``."""

    @operations.PAUSE_CONNECTOR
    def post(self, request: Request, name: str) -> Response:
        """Send nothing more by it."""
        pausing.pause_connector(name, reason=self.body(request, GiveReason).reason)
        return Response(present_connector(pausing.connector_state(name)))


class ConnectorResume(_ConnectorSwitch):
    """``/api/connectors/{name}/resume/``."""

    @operations.RESUME_CONNECTOR
    def post(self, request: Request, name: str) -> Response:
        """Send again."""
        pausing.resume_connector(name)
        return Response(present_connector(pausing.connector_state(name)))


class TenantDetail(ApiView):
    """``/api/tenant/``."""

    scopes: ClassVar = {"GET": Scope.PAYOUTS_READ}

    @operations.READ_TENANT
    def get(self, request: Request) -> Response:
        """The caller's own."""
        return Response(pausing.present_tenant(pausing.tenant(principal(request).tenant_id)))


class TenantPause(ApiView):
    """``/api/tenant/pause/``."""

    scopes: ClassVar = {"POST": Scope.TENANT_OPERATE}

    @operations.PAUSE_TENANT
    def post(self, request: Request) -> Response:
        """Send nothing more of the caller's tenant."""
        reason = self.body(request, GiveReason).reason
        return Response(pausing.present_tenant(pausing.pause_tenant(principal(request).tenant_id, reason=reason)))


class TenantResume(ApiView):
    """``/api/tenant/resume/``."""

    scopes: ClassVar = {"POST": Scope.TENANT_OPERATE}

    @operations.RESUME_TENANT
    def post(self, request: Request) -> Response:
        """Send again."""
        return Response(pausing.present_tenant(pausing.resume_tenant(principal(request).tenant_id)))
