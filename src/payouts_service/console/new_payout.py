"""A payout made by hand: once for each form, however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from payouts_service.console import forms, notices
from payouts_service.console.doors import page
from payouts_service.console.errors import in_form
from payouts_service.console.rendering import show
from payouts_service.console.requests import ConsoleRequest
from payouts_service.console.texts import say
from payouts_service.http.validation import validate
from payouts_service.kit.errors import ServiceError
from payouts_service.payouts import services
from payouts_service.payouts.requests import CreatePayout
from payouts_service.payouts.wire import payout_id_text
from payouts_service.tenants.scopes import Scope


@dataclass(frozen=True, slots=True)
class Detail:
    """One field of a kind of recipient: its name in the API, and an example of it."""

    name: str
    example: str
    required: bool = True


_FIELDS: Final = ("currency", "amount", "connector", "external_id", "comment", "scheduled_for")
_NAME: Final = Detail("name", "Ada Lovelace")
KINDS: Final[dict[str, tuple[Detail, ...]]] = {
    "iban": (
        _NAME,
        Detail("iban", "DE89 3704 0044 0532 0130 00"),
        Detail("bic", "COBADEFFXXX", required=False),
    ),
    "ru_account": (
        _NAME,
        Detail("bik", "044525225"),
        Detail("account", "40702810438000060473"),
        Detail("correspondent_account", "30101810400000000225", required=False),
        Detail("inn", "7707083893", required=False),
    ),
    "phone": (_NAME, Detail("phone", "+7 912 345-67-89"), Detail("bank_id", "100000000111", required=False)),
    "card_token": (Detail("token", "tok_1NvHYL2eZvKYlo2C"), Detail("last4", "4242")),
    "text": (Detail("text", "Card ****1234, Ada Lovelace"),),
}


@page(Scope.PAYOUTS_WRITE, methods=("GET", "HEAD", "POST"))
def new_payout(request: ConsoleRequest) -> HttpResponseBase:
    """``/payouts/new/``."""
    if request.method != "POST":
        return _form(request, token=forms.new_token())
    token = forms.token_of(request)
    try:
        made = services.create_payout(
            tenant_id=request.caller.tenant_id,
            request=validate(CreatePayout, _given(request)),
            idempotency_key=token,
        )
    except ServiceError as refusal:
        shown = {"kind", *_FIELDS, *(detail.name for detail in KINDS.get(request.POST.get("kind", ""), ()))}
        return _form(request, token=str(token), status=refusal.status, **in_form(refusal, request.language, shown))
    notices.add(request.session, "success", say(request.language, "The payout is accepted."))
    return redirect(f"/payouts/{payout_id_text(made.payout.id)}/")


def _given(request: ConsoleRequest) -> dict[str, Any]:
    """The body that the API would be sent; what was left empty is absent."""
    typed = {name: value.strip() for name, value in request.POST.items() if isinstance(value, str) and value.strip()}
    kind = typed.get("kind", "")
    fields = {detail.name for detail in KINDS.get(kind, ())}
    details = {name: typed[f"{kind}-{name}"] for name in fields if f"{kind}-{name}" in typed}
    body: dict[str, Any] = {"recipient_details": {"kind": kind, **details}}
    body |= {name: typed[name] for name in _FIELDS if name in typed}
    if "scheduled_for" in body:
        body["scheduled_for"] += ":00Z"
    return body


def _form(
    request: ConsoleRequest,
    *,
    token: str,
    errors: dict[str, str] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    chosen = request.POST.get("kind") or next(iter(KINDS))
    kinds = [
        {
            "name": kind,
            "chosen": kind == chosen,
            "details": [
                {
                    "field": f"{kind}-{detail.name}",
                    "name": detail.name,
                    "example": detail.example,
                    "required": detail.required,
                    "value": request.POST.get(f"{kind}-{detail.name}", ""),
                    "error": (errors or {}).get(detail.name, "") if kind == chosen else "",
                }
                for detail in details
            ],
        }
        for kind, details in KINDS.items()
    ]
    values = {
        "token": token,
        "typed": request.POST,
        "errors": errors or {},
        "error": error,
        "kinds": kinds,
        "currencies": sorted(settings.CURRENCIES),
        "connectors": settings.CONNECTORS,
        "default_connector": settings.DEFAULT_CONNECTOR,
    }
    return show(request, "console/new_payout.html", values, status=status)
