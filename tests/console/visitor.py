"""Persons of a tenant, and a browser without a screen that they visit the console with."""

from __future__ import annotations

import re
from typing import Any, Final, cast
from uuid import UUID

from django.http import HttpResponse
from django.test import Client as DjangoClient

import payouts_service.celery  # noqa: F401 - the app whose broker hints go to, as in the web process.
from payouts_service.kit.clock import utc_now
from payouts_service.people import services
from payouts_service.people.models import Membership
from payouts_service.people.roles import Role
from tests.application import application

PASSWORD: Final = "correct horse battery staple"


def person(tenant_id: UUID, role: Role, *, name: str | None = None, runs_service: bool = True) -> Membership:
    """A new person of the tenant; ``ada@example.com`` for the name Ada."""
    name = name or role.capitalize()
    return services.create_person(
        tenant_id=tenant_id,
        email=f"{name.lower()}@example.com",
        name=name,
        role=role,
        runs_service=runs_service,
        password=PASSWORD,
        giver=None,
        at=utc_now(),
    )


class Visitor:
    """Asks for pages as a browser does, and keeps cookies."""

    def __init__(self, *, language: str = "en", enforce_csrf: bool = False) -> None:
        self._django = DjangoClient(
            raise_request_exception=False,
            headers={"Accept": "text/html", "Accept-Language": language},
        )
        self._django.handler = application(enforce_csrf=enforce_csrf)

    @classmethod
    def signed_in(
        cls,
        tenant_id: UUID,
        role: Role = Role.ADMIN,
        *,
        language: str = "en",
        name: str | None = None,
        runs_service: bool = True,
    ) -> Visitor:
        """Somebody new of this role, who has signed in."""
        member = person(tenant_id, role, name=name, runs_service=runs_service)
        visitor = cls(language=language)
        assert visitor.sign_in(member.person.email).status_code == 302
        return visitor

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
        """Send the form."""
        return self.post("/sign-in/", {"email": email, "password": password, **more})

    def get(self, path: str, **headers: str) -> HttpResponse:
        """GET."""
        given: Any = {name.replace("_", "-"): value for name, value in headers.items()}
        return cast("HttpResponse", self._django.get(path, headers=given))

    def post(self, path: str, values: dict[str, Any] | None = None, **headers: str) -> HttpResponse:
        """POST of a form."""
        given: Any = {name.replace("_", "-"): value for name, value in headers.items()}
        return cast("HttpResponse", self._django.post(path, values or {}, headers=given))

    @property
    def cookies(self) -> Any:
        """What the browser keeps."""
        return self._django.cookies


def text_of(response: HttpResponse) -> str:
    """What a reader sees: the page without its tags, in single spaces."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())
