"""Connectors: their health and limits, and the switches that keep payouts from being sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from payouts_service.console import actors, notices
from payouts_service.console.doors import page
from payouts_service.console.errors import said
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say
from payouts_service.http.validation import validate
from payouts_service.kit.errors import InvalidFields
from payouts_service.payouts import flow, pausing
from payouts_service.payouts.pausing import ConnectorView
from payouts_service.payouts.pausing_wire import present_connector
from payouts_service.payouts.requests import GiveReason
from payouts_service.tenants.scopes import Scope


@page(Scope.CONNECTORS_READ)
def connectors(request: ConsoleRequest) -> HttpResponse:
    """``/connectors/``; it asks for itself again every few seconds, and takes the facts of it alone."""
    return _shown(request)


@page(Scope.CONNECTORS_OPERATE, methods=("POST",))
def pause_connector(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """``/connectors/{name}/pause/``."""
    pausing.connector_state(name)
    paused = say(request.language, "Nothing more is sent through {connector}.", connector=name)
    return _with_reason(request, name, lambda reason: pausing.pause_connector(name, reason=reason), paused)


@page(Scope.CONNECTORS_OPERATE, methods=("POST",))
def resume_connector(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """``/connectors/{name}/resume/``."""
    pausing.resume_connector(name)
    return _done(request, say(request.language, "Payouts are sent through {connector} again.", connector=name))


@page(Scope.TENANT_OPERATE, methods=("POST",))
def pause_tenant(request: ConsoleRequest) -> HttpResponseBase:
    """``/tenant/pause/``."""
    tenant_id = request.caller.tenant_id
    paused = say(request.language, "No more payouts of {tenant} are sent.", tenant=request.caller.tenant_name)
    return _with_reason(request, "", lambda reason: pausing.pause_tenant(tenant_id, reason=reason), paused)


@page(Scope.TENANT_OPERATE, methods=("POST",))
def resume_tenant(request: ConsoleRequest) -> HttpResponseBase:
    """``/tenant/resume/``."""
    pausing.resume_tenant(request.caller.tenant_id)
    return _done(
        request, say(request.language, "Payouts of {tenant} are sent again.", tenant=request.caller.tenant_name)
    )


def _with_reason(request: ConsoleRequest, of: str, pause: Callable[[str], object], paused: str) -> HttpResponseBase:
    """Pause it for the reason given, or show the form of this connector, or of the tenant, again."""
    reason = request.POST.get("reason", "").strip()
    try:
        pause(validate(GiveReason, {"reason": reason}).reason)
    except InvalidFields as refusal:
        return _shown(request, refused={"of": of, "error": said(refusal, request.language), "reason": reason})
    return _done(request, paused)


def _done(request: ConsoleRequest, text: str) -> HttpResponseBase:
    notices.add(request.session, "success", text)
    return redirect("/connectors/")


def _shown(request: ConsoleRequest, *, refused: dict[str, str] | None = None) -> HttpResponse:
    tenant_id = request.caller.tenant_id
    tenant = _with_name(tenant_id, pausing.present_tenant(pausing.tenant(tenant_id)))
    cards = [_with_name(tenant_id, _card(view)) for view in pausing.connector_states()]
    values = {"tenant": tenant, "connectors": cards, "refused": refused, "limit": flow.FAILURES_TO_BE_ILL}
    return show(request, "console/connectors.html", values, status=400 if refused else 200)


def _card(view: ConnectorView) -> dict[str, Any]:
    """The connector on the wire, and what else helps those who operate."""
    told = present_connector(view)
    return {
        **told,
        "busy": sum(told["in_flight"].values()),
        "failures": view.state.failures,
        "timeout_seconds": view.can.call_timeout_seconds,
        "asks": view.can.inquiry,
        "is_called": view.can.callbacks,
        "currencies": sorted(view.can.currencies or ()),
    }


def _with_name(tenant_id: Any, told: dict[str, Any]) -> dict[str, Any]:
    """With whoever paused it as an actor; a person of another tenant stays an id."""
    if told["paused"]:
        kind, _, actor_id = told["paused"]["by"].partition(" ")
        names = actors.named(tenant_id, [{"type": kind, "id": actor_id}])
        told["paused"] = {**told["paused"], "kind": kind, "name": names.get(actor_id, actor_id)}
    return told
