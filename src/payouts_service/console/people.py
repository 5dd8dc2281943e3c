"""Users: who may sign in, and with which role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_variables

from payouts_service.console import forms, notices
from payouts_service.console.doors import page
from payouts_service.console.errors import field_errors, said
from payouts_service.console.paging import ROWS, pager, position_of
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.people import queries, services
from payouts_service.people.roles import PEOPLE_READ, PEOPLE_WRITE, Role, scopes_of
from payouts_service.people.services import Giver
from payouts_service.people.wire import member_id_text, present_with_name

_FIELDS: Final = ("name", "email", "role")


@page(PEOPLE_READ)
def people(request: ConsoleRequest) -> HttpResponse:
    """``/people/``: newest first, those without access any more among them."""
    found, following = queries.page(tenant_id=request.caller.tenant_id, after=position_of(request), limit=ROWS)
    values = {"people": [present_with_name(member) for member in found], "pager": pager(request, following)}
    return show(request, "console/people.html", values)


@page(PEOPLE_READ)
def member(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/people/{id}/``."""
    return _shown(request, id)


@page(PEOPLE_WRITE, methods=("GET", "HEAD", "POST"))
@sensitive_variables("password")
def create(request: ConsoleRequest) -> HttpResponse:
    """``/people/new/``: the person's first password is made here, and shown once."""
    if request.method != "POST":
        return _form(request, {"typed": {"role": Role.OPERATOR}}, status=200)
    password = services.new_password()
    try:
        made = services.create_person(
            tenant_id=request.caller.tenant_id,
            email=request.POST.get("email", ""),
            name=request.POST.get("name", ""),
            role=_role(request),
            runs_service="runs_service" in request.POST,
            password=password,
            giver=_giver(request),
            at=utc_now(),
        )
    except ServiceError as refusal:
        values = {
            "typed": {**forms.typed(request, *_FIELDS), "runs_service": "runs_service" in request.POST},
            **_refused(request, refusal),
        }
        return _form(request, values, status=refusal.status)
    return _with_password(request, member_id_text(made.id), password)


@page(PEOPLE_WRITE, methods=("POST",))
def change_role(request: ConsoleRequest, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
    """``/people/{id}/role/``."""
    try:
        services.change_role(
            tenant_id=request.caller.tenant_id,
            member=id,
            role=_role(request),
            runs_service="runs_service" in request.POST,
            giver=_giver(request),
            at=utc_now(),
        )
    except ServiceError as refusal:
        return _refuse(request, id, refusal)
    return _done(request, id, "The role is changed, in open sessions too.")


@page(PEOPLE_WRITE, methods=("POST",))
def deactivate(request: ConsoleRequest, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
    """``/people/{id}/deactivate/``."""
    return _switched(request, id, services.deactivate, "The access is ended, in open sessions too.")


@page(PEOPLE_WRITE, methods=("POST",))
def reactivate(request: ConsoleRequest, id: str) -> HttpResponseBase:  # noqa: A002 - the name in the address.
    """``/people/{id}/reactivate/``."""
    return _switched(request, id, services.reactivate, "The access is given back.")


@page(PEOPLE_WRITE, methods=("POST",))
@sensitive_variables("password")
def reset_password(request: ConsoleRequest, id: str) -> HttpResponse:  # noqa: A002 - the name in the address.
    """``/people/{id}/password/``: another one, shown once."""
    password = services.new_password()
    try:
        services.reset_password(
            tenant_id=request.caller.tenant_id, member=id, password=password, giver=_giver(request), at=utc_now()
        )
    except ServiceError as refusal:
        return _refuse(request, id, refusal)
    return _with_password(request, id, password)


def _switched(request: ConsoleRequest, member_id: str, verb: Callable[..., object], sentence: str) -> HttpResponseBase:
    """End or give back the access, and say so."""
    try:
        verb(tenant_id=request.caller.tenant_id, member=member_id, giver=_giver(request), at=utc_now())
    except ServiceError as refusal:
        return _refuse(request, member_id, refusal)
    return _done(request, member_id, sentence)


@sensitive_variables("password")
def _with_password(request: ConsoleRequest, member_id: str, password: str) -> HttpResponse:
    """The one page that shows it: neither the session nor an address keeps it."""
    found = queries.find(tenant_id=request.caller.tenant_id, text=member_id)
    return show(request, "console/new_password.html", {"member": present_with_name(found), "secret": password})


def _form(request: ConsoleRequest, values: dict[str, Any], *, status: int) -> HttpResponse:
    return show(request, "console/new_person.html", {"roles": _roles(request), **values}, status=status)


def _shown(
    request: ConsoleRequest, member_id: str, *, refused: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    found = queries.find(tenant_id=request.caller.tenant_id, text=member_id)
    own = found.person_id == request.caller.person.id
    exceeds = not scopes_of(Role(found.role), runs_service=found.runs_service) <= request.caller.scopes
    values = {
        "member": present_with_name(found),
        "own": own,
        "exceeds": exceeds,
        "roles": _roles(request),
        "may_write": PEOPLE_WRITE in request.caller.scopes,
        **(refused or {}),
    }
    return show(request, "console/member.html", values, status=status)


def _roles(request: ConsoleRequest) -> list[tuple[str, bool]]:
    """Each role, and whether this person may give it."""
    return [(str(role), scopes_of(role, runs_service=False) <= request.caller.scopes) for role in Role]


def _role(request: ConsoleRequest) -> Role:
    role = request.POST.get("role", "")
    if role not in set(Role):
        raise InvalidFields(FieldError("role", "enum", f"Choose one of the roles {', '.join(Role)}."))
    return Role(role)


def _giver(request: ConsoleRequest) -> Giver:
    return Giver(request.caller.person.id, request.caller.scopes)


def _refused(request: ConsoleRequest, refusal: ServiceError) -> dict[str, Any]:
    if isinstance(refusal, InvalidFields):
        return {"errors": field_errors(refusal, request.language)}
    return {"error": said(refusal, request.language)}


def _refuse(request: ConsoleRequest, member_id: str, refusal: ServiceError) -> HttpResponse:
    """The member's page with the refusal; a member that the tenant does not have has no page."""
    return _shown(request, member_id, refused={"error": said(refusal, request.language)}, status=refusal.status)


def _done(request: ConsoleRequest, member_id: str, text: str) -> HttpResponseBase:
    notices.add(request.session, "success", say(request.language, text))
    return redirect(f"/people/{member_id}/")
