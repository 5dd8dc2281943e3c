"""The audit trail: who did what, when, and to which object."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse

from payouts_service.console import actors, forms
from payouts_service.console.doors import page
from payouts_service.console.errors import by_first_name
from payouts_service.console.paging import ROWS, pager_to
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.events import search
from payouts_service.events.log import known_types
from payouts_service.events.requests import ListEvents
from payouts_service.events.search import Wanted
from payouts_service.events.wire import present
from payouts_service.http.pages import MAXIMUM_LIMIT
from payouts_service.http.validation import validate
from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.people import queries as people
from payouts_service.people.roles import PEOPLE_READ
from payouts_service.people.wire import person_id_text
from payouts_service.tenants import queries as keys
from payouts_service.tenants.scopes import Scope
from payouts_service.tenants.wire import key_id_text

_FILTERS: Final = ("object", "type", "actor", "from", "until")
_NAMELESS: Final = ("worker", "provider", "command", "system")


@page(Scope.EVENTS_READ)
def events(request: ConsoleRequest) -> HttpResponse:
    """``/events/``."""
    chosen = {name: request.GET.get(name, "").strip() for name in _FILTERS}
    values: dict[str, Any] = {"chosen": chosen, "choices": _choices(request, chosen["actor"])}
    values["filtered"] = any(chosen.values())
    try:
        wanted = _wanted(request, chosen)
        after = search.decode_place(request.GET["cursor"]) if request.GET.get("cursor") else None
    except InvalidFields as refusal:
        values["errors"] = by_first_name(refusal, request.language)
        return show(request, "console/events.html", values, status=400)
    found = search.page(tenant_id=request.caller.tenant_id, wanted=wanted, after=after, limit=ROWS)
    rows = [present(event) for event in found.events]
    names = actors.named(request.caller.tenant_id, [row["actor"] for row in rows])
    values["events"] = [_line(row, names) for row in rows]
    values["pager"] = pager_to(request, search.encode_place(found.place) if found.place else "")
    values["looked_at"] = search.LOOKED_AT_MOST
    return show(request, "console/events.html", values)


def _line(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    actor_id = row["actor"]["id"] or ""
    return {
        **row,
        "actor_name": names.get(actor_id, actor_id),
        "written": json.dumps(row["data"], ensure_ascii=False, indent=2),
    }


def _wanted(request: ConsoleRequest, chosen: dict[str, str]) -> Wanted:
    """What is looked for; raises InvalidFields."""
    period = forms.period(request)
    asked = validate(ListEvents, {"type": [chosen["type"]] if chosen["type"] else []})
    actor_type, _, actor_id = chosen["actor"].partition(":")
    return Wanted(
        types=frozenset(asked.type),
        actor_type=actor_type,
        actor_id=actor_id,
        object_id=_object_id(chosen["object"]),
        since=period.at__gte,
        before=period.at__lt,
    )


def _object_id(text: str) -> UUID | None:
    """The id behind what is written on the wire, of whatever kind of object."""
    if not text:
        return None
    found = ids.from_text(text.partition("_")[0], text)
    if found is None:
        raise InvalidFields(FieldError("object", "invalid-id", "Enter an object's whole id, for example po_01j…."))
    return found


def _choices(request: ConsoleRequest, chosen: str) -> dict[str, Any]:
    """What may be chosen; people only for those who may see them. The actor that an address names is there too."""
    tenant_id = request.caller.tenant_id
    made, _ = keys.page(tenant_id=tenant_id, after=None, limit=MAXIMUM_LIMIT, at=utc_now())
    members: list[Any] = []
    if PEOPLE_READ in request.caller.scopes:
        members, _ = people.page(tenant_id=tenant_id, after=None, limit=MAXIMUM_LIMIT)
    offered = {
        "people": [(f"person:{person_id_text(each.person_id)}", each.person.name) for each in members],
        "keys": [(f"api_key:{key_id_text(each.id)}", each.name) for each in made],
    }
    known = {value for pairs in offered.values() for value, _ in pairs} | set(_NAMELESS) | {""}
    other = [] if chosen in known else [(chosen, chosen.partition(":")[2] or chosen)]
    return {**offered, "nameless": _NAMELESS, "other": other, "types": known_types()}
