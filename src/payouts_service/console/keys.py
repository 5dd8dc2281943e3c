"""API keys: who has which, made, rotated and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_variables

from payouts_service.console import forms, notices
from payouts_service.console.doors import page
from payouts_service.console.errors import by_first_name, said
from payouts_service.console.paging import ROWS, pager, position_of
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import InvalidFields, ServiceError
from payouts_service.tenants import queries, services
from payouts_service.tenants.queries import KeyNotFound
from payouts_service.tenants.requests import DEFAULT_OVERLAP, CreateKey, RotateKey
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.services import ExceedsOwnKey, KeyWithSecret, Maker
from payouts_service.tenants.wire import PREFIX, present

_HEADER: Final = "Authorization: Bearer …"
_OVERLAPS: Final = (timedelta(0), timedelta(hours=1), DEFAULT_OVERLAP, timedelta(days=7))
_OFFERED: Final = {f"{each.total_seconds():.0f}": int(each.total_seconds()) for each in _OVERLAPS}


@page(Scope.KEYS_READ)
def keys(request: ConsoleRequest) -> HttpResponse:
    """``/keys/``: newest first, ended ones among them."""
    at = utc_now()
    found, following = queries.page(tenant_id=request.caller.tenant_id, after=position_of(request), limit=ROWS, at=at)
    values = {"keys": [present(key, at=at) for key in found], "pager": pager(request, following)}
    return show(request, "console/keys.html", values)


@page(Scope.KEYS_READ)
def key(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/keys/{id}/``."""
    return _shown(request, _find(request, id))


@page(Scope.KEYS_WRITE, methods=("GET", "HEAD", "POST"))
def create(request: ConsoleRequest) -> HttpResponse:
    """``/keys/new/``: one key for each form; no wider than the role of whoever makes it."""
    if request.method != "POST":
        return _form(request, {"token": forms.new_token(), "chosen": [Scope.PAYOUTS_READ]}, status=200)
    given = forms.filled_in(request, "name") | {"scopes": request.POST.getlist("scopes")}
    if day := request.POST.get("expires_on"):
        given["expires_at"] = f"{day}T00:00:00Z"
    try:
        made = services.create_key(
            tenant_id=request.caller.tenant_id,
            request=validate(CreateKey, given),
            maker=_maker(request),
            idempotency_key=forms.token_of(request),
            at=utc_now(),
        )
    except ServiceError as refusal:
        values = {
            "token": request.POST.get("token", ""),
            "chosen": request.POST.getlist("scopes"),
            "typed": forms.typed(request, "name", "expires_on"),
            **_refused(request, refusal),
        }
        return _form(request, values, status=refusal.status)
    return _with_secret(request, made)


@page(Scope.KEYS_WRITE, methods=("POST",))
def rotate(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/keys/{id}/rotate/``."""
    found = _find(request, id)
    seconds = request.POST.get("overlap_seconds", "")
    try:
        wanted = validate(RotateKey, {"overlap_seconds": _OFFERED.get(seconds, seconds)})
        rotated = services.rotate_key(
            tenant_id=request.caller.tenant_id,
            key_id=found.id,
            maker=_maker(request),
            overlap=wanted.overlap,
            at=utc_now(),
        )
    except ServiceError as refusal:
        return _shown(request, found, refused=_refused(request, refusal), status=refusal.status)
    return _with_secret(request, rotated)


@page(Scope.KEYS_WRITE, methods=("POST",))
def revoke(request: ConsoleRequest, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
    """``/keys/{id}/revoke/``."""
    found = _find(request, id)
    services.revoke_key(tenant_id=request.caller.tenant_id, key_id=found.id, at=utc_now())
    notices.add(
        request.session, "success", say(request.language, "The key {name} is refused from now on.", name=found.name)
    )
    return redirect(f"/keys/{id}/")


@sensitive_variables("made")
def _with_secret(request: ConsoleRequest, made: KeyWithSecret) -> HttpResponse:
    """The one page that shows it: neither the session nor an address keeps it."""
    values = {"key": present(made.key, at=utc_now()), "secret": made.secret, "header": _HEADER}
    return show(request, "console/key_secret.html", values)


def _form(request: ConsoleRequest, values: dict[str, Any], *, status: int) -> HttpResponse:
    offered = [(str(scope), scope in request.caller.hands_on) for scope in Scope]
    return show(request, "console/new_key.html", {"offered": offered, **values}, status=status)


def _shown(
    request: ConsoleRequest, found: Any, *, refused: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    told = present(found, at=utc_now())
    beyond = sorted(set(told["scopes"]) - request.caller.hands_on)
    values = {
        "key": told,
        "beyond": ", ".join(beyond),
        "overlaps": [(int(each.total_seconds()), each == DEFAULT_OVERLAP) for each in _OVERLAPS],
        **(refused or {}),
    }
    return show(request, "console/key.html", values, status=status)


def _refused(request: ConsoleRequest, refusal: ServiceError) -> dict[str, Any]:
    """The refusal for the form: by field, else as a whole; a person is told of their role, not of a key of theirs."""
    if isinstance(refusal, InvalidFields):
        return {"errors": by_first_name(refusal, request.language)}
    if isinstance(refusal, ExceedsOwnKey):
        text = "The key may do more than your role; ask somebody whose role may do as much."
        return {"error": say(request.language, text)}
    return {"error": said(refusal, request.language)}


def _maker(request: ConsoleRequest) -> Maker:
    return Maker(request.caller.hands_on)


def _find(request: ConsoleRequest, text: str) -> Any:
    key_id = ids.from_text(PREFIX, text)
    found = queries.find(tenant_id=request.caller.tenant_id, key_id=key_id, at=utc_now()) if key_id else None
    if found is None:
        raise KeyNotFound
    return found
