import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from payouts_service.observability import metrics
from payouts_service.observability.metrics import GaugeMetricFamily, Metric, register_collector, render

PROLOGUE = """
import os
import django
from django.conf import settings
from payouts_service.observability.metrics import Counter, Histogram, render, serve_metrics
counter = Counter("settled", "Settled.", labelnames=["connector"])
"""


@pytest.fixture(autouse=True)
def _no_other_collectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_collectors", [])


def _program(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_counts_of_all_processes_are_summed(tmp_path: Path) -> None:
    code = """
for _ in range(3):
    child = os.fork()
    if child == 0:
        counter.labels(connector="manual").inc()
        os._exit(0)
    os.waitpid(child, 0)
counter.labels(connector="manual").inc()
print(render()[0].decode())
"""
    outcome = _program(code, METRICS_DIR=str(tmp_path / "not" / "there" / "yet"))

    assert outcome.stderr == ""
    assert 'settled_total{connector="manual"} 4.0' in outcome.stdout.splitlines()


def test_prometheus_client_imported_too_early_is_refused_instead_of_counting_one_process(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", "import prometheus_client\n" + PROLOGUE],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "METRICS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "Import payouts_service.observability.metrics before prometheus_client." in outcome.stderr


def test_a_collector_is_asked_anew_for_each_scrape() -> None:
    answers = iter([1.0, 2.0])

    @register_collector
    def ready() -> Iterator[Metric]:
        yield GaugeMetricFamily("payouts_ready_to_claim", "Ready.", value=next(answers))

    assert "payouts_ready_to_claim 1.0" in render()[0].decode()
    assert "payouts_ready_to_claim 2.0" in render()[0].decode()


def test_without_the_database_the_rest_is_still_shown_and_the_failure_counted() -> None:
    @register_collector
    def needs_the_database() -> Iterator[Metric]:
        raise OperationalError("connection refused")

    @register_collector
    def needs_nothing() -> Iterator[Metric]:
        yield GaugeMetricFamily("needs_nothing", "Always there.", value=1)

    with capture_logs() as lines:
        first, second = render()[0].decode(), render()[0].decode()

    assert "needs_nothing 1.0" in first
    name = needs_the_database.__qualname__
    assert f'payouts_scrape_errors_total{{collector="{name}"}} 1.0' in first
    assert f'payouts_scrape_errors_total{{collector="{name}"}} 2.0' in second
    assert [line["event"] for line in lines] == ["metrics_not_collected"] * 2


def test_a_bug_in_a_collector_is_not_hidden() -> None:
    @register_collector
    def wrong() -> Iterator[Metric]:
        raise KeyError("status")

    with pytest.raises(KeyError):
        render()


def test_a_worker_serves_the_counts_of_its_children_on_a_port_of_its_own(tmp_path: Path, free_port: int) -> None:
    code = f"""
if (child := os.fork()) == 0:
    counter.labels(connector="manual").inc()
    os._exit(0)
os.waitpid(child, 0)
serve_metrics({free_port})
print("serving", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", PROLOGUE + code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "METRICS_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "serving\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=10) as answer:
            assert b'settled_total{connector="manual"} 1.0' in answer.read()
        worker.communicate("\n", timeout=20)
