import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from payouts_service.observability import context
from payouts_service.observability.metrics import render
from tests.observability.conftest import Log


def _show(_request: HttpRequest, payout_id: str) -> HttpResponse:
    context.bind(tenant_id="te_1", key_id="key_1")
    return HttpResponse(payout_id)


def _fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


@pytest.fixture(autouse=True)
def _two_addresses(database: None, settings: Settings) -> None:
    settings.ROOT_URLCONF = (path("payouts/<str:payout_id>/", _show), path("fail/", _fail))
    settings.MIDDLEWARE = [
        "payouts_service.http.request_id.RequestIdMiddleware",
        "payouts_service.observability.requests.RequestMetricsMiddleware",
    ]


def _measured(method: str, route: str, status: str) -> float:
    labels = re.escape(f'{{method="{method}",route="{route}",status="{status}"}}')
    found = re.search(rf"^http_request_duration_seconds_count{labels} (\S+)$", render()[0].decode(), re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def test_a_request_is_one_line_with_its_route_and_ids(client: Client, log: Log) -> None:
    client.get("/payouts/po_secret/?iban=secret", headers={"x-request-id": "mine"})

    (line,) = log.lines()
    assert line["duration_ms"] >= 0
    assert "secret" not in str(line)
    assert {key: line[key] for key in line if key not in {"time", "duration_ms"}} == {
        "event": "request",
        "level": "info",
        "logger": "payouts_service.observability.requests",
        "method": "GET",
        "route": "payouts/<str:payout_id>/",
        "status": 200,
        "request_id": "mine",
        "tenant_id": "te_1",
        "key_id": "key_1",
    }


def test_ids_of_one_request_do_not_appear_in_the_next_one_of_the_same_thread(client: Client, log: Log) -> None:
    client.get("/payouts/1/")
    client.get("/nowhere/")

    _, second = log.lines()
    assert "tenant_id" not in second


@pytest.mark.parametrize(
    ("method", "address", "labels"),
    [
        ("GET", "/payouts/1/", ("GET", "payouts/<str:payout_id>/", "2xx")),
        ("GET", "/nowhere/1/", ("GET", "none", "4xx")),
        ("GET", "/fail/", ("GET", "fail/", "5xx")),
        ("BREW", "/payouts/1/", ("other", "payouts/<str:payout_id>/", "2xx")),
    ],
)
def test_a_request_is_measured_by_method_route_and_class_of_status(
    client: Client, method: str, address: str, labels: tuple[str, str, str]
) -> None:
    client.raise_request_exception = False
    before = _measured(*labels)

    client.generic(method, address)

    assert _measured(*labels) == before + 1
