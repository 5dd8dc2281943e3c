"""Each route of the URL configuration answers with the headers that protect a browser, and sets no cookie."""

from __future__ import annotations

import re
from typing import Final

import pytest
from django.http import HttpResponse
from django.urls import URLPattern
from pytest_django import Settings

from payouts_service.urls import urlpatterns
from tests.client import Client
from tests.http.problem_documents import problem

# Those of programs; ``tests/console`` looks at the pages of people.
ROUTES: Final = [str(each.pattern) for each in urlpatterns if isinstance(each, URLPattern)]
STYLES: Final = "static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
# One that exists for each part that an address leaves open; the others are not found, and hardened all the same.
GIVEN: Final = {"name": "simulator", "connector": "simulator", "code": "locked"}
BY_ANY_HOST: Final = {"health/live", "health/ready", "metrics"}


def path_of(route: str) -> str:
    return "/" + re.sub(r"<str:(\w+)>", lambda part: GIVEN.get(part[1], "po_01j00000000000000000000000"), route)


def answers(client: Client, route: str) -> list[HttpResponse]:
    return [client.send(method, path_of(route)) for method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS")]


@pytest.mark.parametrize("route", [*ROUTES, "nowhere/", STYLES])
def test_every_answer_carries_them(acme: Client, anonymous: Client, route: str) -> None:
    for response in (*answers(acme, route), *answers(anonymous, route)):
        response.close()
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        # Swagger's page opens windows of others to sign in with; it holds nothing but what its reader types.
        swagger = route == "api/docs/swagger/" and response.status_code == 200
        assert response["Cross-Origin-Opener-Policy"] == ("unsafe-none" if swagger else "same-origin")
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert "X-Request-Id" in response
        assert not response.cookies
        assert "Access-Control-Allow-Origin" not in response
        assert "Server" not in response
        page = response.get("Content-Type", "").startswith("text/html")
        assert page == (route.startswith("api/docs/") and response.status_code == 200)
        assert page or "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("api/")])
def test_no_answer_about_money_is_kept_by_a_cache(acme: Client, anonymous: Client, route: str) -> None:
    for response in (*answers(acme, route), *answers(anonymous, route)):
        public = route in {"api/schema/", "api/docs/swagger/", "api/docs/redoc/"} or response.status_code == 405
        assert public or response["Cache-Control"] == "no-store", (route, response.status_code)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", ""])
def test_a_host_that_the_settings_do_not_name_is_refused(acme: Client, route: str, host: str) -> None:
    response = acme.get(path_of(route), Host=host)

    if route in BY_ANY_HOST:
        assert response.status_code < 500
    else:
        problem(response, 400, "malformed-request")


def test_behind_tls_every_answer_tells_browsers_to_come_back_by_it(acme: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    client = Client(acme.key)  # The middleware reads its settings when it is made.

    for route in ROUTES:
        response = client.get(path_of(route), X_Forwarded_Proto="https")
        assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", route
    assert client.get("/api/payouts/").status_code == 301
    assert client.get("/health/live").status_code == 200
