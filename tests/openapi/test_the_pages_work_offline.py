"""Swagger and Redoc are served whole by this service: they fetch nothing from another host."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse

from tests.client import Client

PAGES = ("/api/docs/swagger/", "/api/docs/redoc/")
REFERENCE = re.compile(r"""(?:src|href|spec-url)=["']([^"']+)["']""")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_refers_to_this_host_only(anonymous: Client, page: str) -> None:
    html = page_text(anonymous, page)

    assert re.findall(r"//[a-z0-9-]+\.[a-z]+", html) == []


@pytest.mark.parametrize("page", PAGES)
def test_everything_a_page_refers_to_is_there(anonymous: Client, page: str) -> None:
    references = REFERENCE.findall(page_text(anonymous, page))

    assert any(reference.endswith(".js") for reference in references)
    for reference in references:
        response = anonymous.get(reference)
        response.close()  # A file, not read to its end.
        assert response.status_code == 200, reference


@pytest.mark.parametrize("page", PAGES)
def test_a_browser_is_told_to_ask_no_other_host(anonymous: Client, page: str) -> None:
    # Redoc's script names a logo on its maker's host; the policy is what keeps the browser from fetching it.
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page_text(anonymous, page))

    directive, *sources = policy.split()
    assert directive == "default-src"
    assert set(sources) <= {"'self'", "'unsafe-inline'", "data:", "blob:"}


def test_swagger_gives_the_document_to_no_validator(anonymous: Client) -> None:
    assert '"validatorUrl": null' in page_text(anonymous, "/api/docs/swagger/")


def page_text(client: Client, page: str) -> str:
    """The page's HTML."""
    response: HttpResponse = client.get(page)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    return response.content.decode()
