"""What forms send, as the services' requests want it."""

from __future__ import annotations

import secrets
from typing import Any, Final

from payouts_service.console.requests import ConsoleRequest
from payouts_service.http.moments import Moment
from payouts_service.http.validation import StrictModel, validate
from payouts_service.idempotency.keys import parse_key

_TOKEN_BYTES: Final = 18


def new_token() -> str:
    """For a form that makes something: whoever sends it twice makes one thing."""
    return f"console-{secrets.token_urlsafe(_TOKEN_BYTES)}"


def token_of(request: ConsoleRequest) -> str | None:
    """The idempotency key of what the form makes: its token. Raises IdempotencyKeyRequired or IdempotencyKeyInvalid."""
    return parse_key(request.POST.get("token"), required=True)


def filled_in(request: ConsoleRequest, *names: str) -> dict[str, Any]:
    """What was typed into these fields, without spaces around it; what was left empty is left out."""
    return {name: text for name in names if (text := request.POST.get(name, "").strip())}


def typed(request: ConsoleRequest, *names: str) -> dict[str, str]:
    """The same as it was, to be shown again."""
    return {name: request.POST.get(name, "") for name in names}


class Period(StrictModel):
    """From ``at__gte`` on and before ``at__lt``."""

    at__gte: Moment | None = None
    at__lt: Moment | None = None


def period(request: ConsoleRequest) -> Period:
    """What a list is asked for, by whole days (UTC); raises InvalidFields."""
    return validate(Period, by_days(request, "at__gte", "at__lt"))


def by_days(request: ConsoleRequest, since: str, before: str) -> dict[str, str]:
    """The days that a list is asked for, as a request has them: the times of their midnights, under these names."""
    asked = {since: request.GET.get("from"), before: request.GET.get("until")}
    return {name: f"{day}T00:00:00Z" for name, day in asked.items() if day}
