import json
from collections.abc import Callable, Iterator
from threading import Event, Thread

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from payouts_service.observability import health

request = RequestFactory()


@pytest.fixture(autouse=True)
def _as_in_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health, "_reports", {})


def _ready() -> tuple[int, dict[str, object]]:
    response = health.ready(request.get("/health/ready"))
    return response.status_code, json.loads(response.content)


def test_a_process_that_answers_is_live_without_asking_the_database() -> None:
    response = health.live(request.get("/health/live"))  # pytest-django would refuse any query here.

    assert response.status_code == 200
    assert json.loads(response.content) == {"status": "live"}


def test_it_is_ready_with_a_migrated_database(database: None) -> None:
    assert _ready() == (200, {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}})


@pytest.fixture
def one_migration_missing(database: None, superuser: psycopg.Connection) -> Iterator[Callable[[], None]]:
    """PostgreSQL has forgotten one applied migration, until the fixture's value is called."""
    latest = superuser.execute("SELECT app, name FROM django_migrations ORDER BY id DESC LIMIT 1").fetchone()
    superuser.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", latest)

    def apply() -> None:
        superuser.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", latest)

    yield apply
    if superuser.execute("SELECT 1 FROM django_migrations WHERE (app, name) = (%s, %s)", latest).fetchone() is None:
        apply()


def test_a_missing_migration_is_named_until_it_is_applied(one_migration_missing: Callable[[], None]) -> None:
    assert _ready() == (503, {"status": "unavailable", "checks": {"database": "ok", "migrations": "pending"}})

    one_migration_missing()

    assert _ready()[0] == 200


def test_a_ready_process_does_not_read_the_migrations_again(database: None) -> None:
    _ready()

    with CaptureQueriesContext(connection) as queries:
        assert _ready()[0] == 200

    assert [query["sql"] for query in queries] == ["SELECT 1"]


def test_a_database_that_does_not_answer_is_named(database: None) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(refuse):
        answer = _ready()

    assert answer == (503, {"status": "unavailable", "checks": {"database": "unreachable", "migrations": "unknown"}})


@pytest.mark.parametrize("said", ["ok", "unreachable"])
def test_the_broker_is_reported_and_not_required(database: None, said: str) -> None:
    health.register_report("broker", lambda: said == "ok")

    assert _ready() == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "broker": said}},
    )


def test_a_slow_probe_is_asked_by_one_caller_and_holds_no_other() -> None:
    asked, released = Event(), Event()

    def probe() -> bool:
        asked.set()
        return released.wait(timeout=30)

    report = health.Report(probe)
    first: list[str] = []
    caller = Thread(target=lambda: first.append(report()))
    caller.start()
    assert asked.wait(timeout=30)

    assert report() == "unknown"
    released.set()
    caller.join()

    assert first == ["ok"]
    assert report() == "ok"


def test_a_probe_is_not_asked_for_each_answer() -> None:
    answers = iter([True])
    report = health.Report(lambda: next(answers))

    assert [report() for _ in range(10)] == ["ok"] * 10


def test_a_probe_is_asked_again_when_its_answer_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REPORT_SECONDS", 0.0)
    answers = iter([True, False])
    report = health.Report(lambda: next(answers))

    assert [report(), report()] == ["ok", "unreachable"]


@pytest.mark.parametrize("view", [health.live, health.ready, health.metrics])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_any_other_method_is_refused_as_a_problem(view: health.View, method: str) -> None:
    response = view(request.generic(method, "/"))

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "method-not-allowed"


def test_the_metrics_are_in_the_text_format_of_prometheus(database: None) -> None:
    response = health.metrics(request.get("/metrics"))

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE payouts_hints_total counter" in response.content
