"""By default a publish into a frozen broker never returns; these tests end at the watchdog if that comes back."""

import os
import re
import socket
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from payouts_service.hints.broker import broker_answers
from payouts_service.hints.publisher import publish
from payouts_service.observability.metrics import render
from tests.brokers import Broker, celery_with

DEADLINE_SECONDS = 10.0
WATCHDOG_SECONDS = 5.0  # Ten times the patience of one attempt; attempts in a row, one behind another, would pass it.


def _hint() -> bool:
    return publish("work", {"payout_id": "1"}, "payouts")


def _answers(call: Callable[[], bool], threads: int = 1) -> list[bool]:
    """What ``call`` returns in so many threads at once; fails when one of them is still inside at the watchdog."""
    answers: list[bool] = []
    callers = [threading.Thread(target=lambda: answers.append(call()), daemon=True) for _ in range(threads)]
    for caller in callers:
        caller.start()
    until = time.monotonic() + WATCHDOG_SECONDS
    for caller in callers:
        caller.join(timeout=max(0.0, until - time.monotonic()))
    assert len(answers) == threads, f"{threads - len(answers)} of {threads} callers are still held"
    return answers


def _count(result: str) -> float:
    found = re.search(rf'^payouts_hints_total{{result="{result}"}} (\S+)$', render()[0].decode(), re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def _wait_until_published() -> None:
    until = time.monotonic() + DEADLINE_SECONDS
    while not _hint():
        assert time.monotonic() < until, "no hint was published after the broker came back"
        time.sleep(0.1)


def test_a_first_hint_into_a_frozen_broker_returns(broker: Broker) -> None:
    broker.freeze()

    assert _answers(_hint) == [False]


@pytest.mark.parametrize("queue", ["payouts", "rescue"])  # On RabbitMQ the first hint to a queue declares it.
def test_a_hint_on_an_established_connection_returns_when_the_broker_freezes(broker: Broker, queue: str) -> None:
    assert _hint()  # In this thread, so that the connection below is the established one.
    broker.freeze()
    thawing = threading.Timer(WATCHDOG_SECONDS, broker.thaw)  # A publish that waits for ever would hang pytest itself.
    thawing.start()

    answer = publish("work", {"payout_id": "1"}, queue)
    in_time = thawing.is_alive()
    thawing.cancel()

    assert not answer
    assert in_time


def test_fifty_callers_at_once_do_not_queue_behind_one_another(broker: Broker) -> None:
    broker.freeze()

    assert _answers(_hint, threads=50) == [False] * 50


def test_a_broker_that_hangs_up_is_asked_once_and_not_again() -> None:
    scheme = urlsplit(os.environ["BROKER_URL"]).scheme
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        celery_with(f"{scheme}://127.0.0.1:{server.getsockname()[1]}"),
    ):
        calls: list[str] = []

        def hang_up() -> None:
            while True:
                try:
                    caller, address = server.accept()
                except OSError:  # The test is over.
                    return
                calls.append(str(address))
                caller.close()

        threading.Thread(target=hang_up, daemon=True).start()

        assert not _hint()
        assert len(calls) == 1


def test_hints_after_a_failure_are_suppressed_without_asking(database: None, broker: Broker) -> None:
    broker.stop()
    failed, suppressed = _count("failed"), _count("suppressed")

    assert not any(_hint() for _ in range(100))

    assert _count("failed") == failed + 1
    assert _count("suppressed") == suppressed + 99


def test_a_stopped_broker_is_one_log_line_and_its_return_another(broker: Broker) -> None:
    with capture_logs() as lines:
        broker.stop()
        _answers(_hint, threads=20)
        broker.start()
        _wait_until_published()
        _hint()

    assert [line["event"] for line in lines] == ["hints_suspended", "hints_resumed"]


def test_hints_flow_again_after_the_broker_thaws(broker: Broker) -> None:
    _hint()
    broker.freeze()
    _answers(_hint)
    broker.thaw()

    _wait_until_published()


def test_hints_flow_again_after_the_broker_was_replaced(broker: Broker) -> None:
    assert _hint()
    broker.stop()
    assert not _hint()
    broker.start()

    _wait_until_published()

    assert broker.length("payouts") == 1


def test_a_frozen_broker_is_reported_as_not_answering(broker: Broker) -> None:
    broker.freeze()

    assert _answers(broker_answers) == [False]


def test_a_stopped_broker_is_reported_as_not_answering(broker: Broker) -> None:
    broker.stop()

    assert not broker_answers()
