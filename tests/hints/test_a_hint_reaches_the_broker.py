import os
import signal
import threading

import pytest
from celery import Celery
from django.core.exceptions import ImproperlyConfigured
from kombu.exceptions import EncodeError

from payouts_service.hints import publisher
from payouts_service.hints.broker import broker_answers
from payouts_service.hints.publisher import publish
from tests.brokers import Broker


def test_it_is_waiting_in_the_queue_that_was_named(broker: Broker) -> None:
    assert publish("work", {"payout_id": "1"}, "payouts")
    assert publish("sweep", {}, "rescue")

    assert broker.length("payouts") == 1
    assert broker.length("rescue") == 1


def test_many_threads_give_one_hint_each(broker: Broker) -> None:
    threads = [threading.Thread(target=publish, args=("work", {}, "payouts")) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broker.length("payouts") == 30


def _publishes(times: int) -> bool:
    return [publish("work", {}, "payouts") for _ in range(times)] == [True] * times


def _fork_and_publish(times: int) -> int:
    """The process id of a child that gives hints, ending with 0 if all were published; an alarm ends one that hangs."""
    child = os.fork()
    if child == 0:  # The child must not come back into pytest, whatever happens.
        signal.alarm(5)
        published = False
        try:
            published = _publishes(times)
        finally:
            os._exit(0 if published else 1)
    return child


def _exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_child_and_its_parent_do_not_share_a_connection(broker: Broker) -> None:
    assert _publishes(1)

    child = _fork_and_publish(20)

    assert _publishes(20)
    assert _exit_code(child) == 0
    assert broker.length("payouts") == 41


def test_a_child_forked_while_another_thread_holds_the_breaker_is_not_stuck(broker: Broker) -> None:
    with publisher._process.breaker._lock:  # noqa: SLF001 - the one instant that must be met exactly.
        child = _fork_and_publish(1)

    assert _exit_code(child) == 0


def test_arguments_that_no_message_can_carry_are_a_bug_and_raise(broker: Broker) -> None:
    with pytest.raises(EncodeError):
        publish("work", {"payout_id": object()}, "payouts")


def test_a_process_without_our_celery_app_is_told_so_instead_of_losing_every_hint(broker: Broker) -> None:
    told: list[str] = []

    def give_a_hint() -> None:
        try:
            publish("work", {}, "payouts")
        except ImproperlyConfigured as error:
            told.append(str(error))

    Celery("default", set_as_current=False).set_default()  # What Celery does by itself for a thread without an app.
    thread = threading.Thread(target=give_a_hint)
    thread.start()
    thread.join()

    assert told == ["Import the Celery app, and call its set_default(), before a hint is given."]


def test_a_broker_that_runs_is_reported_as_answering(broker: Broker) -> None:
    assert broker_answers()
