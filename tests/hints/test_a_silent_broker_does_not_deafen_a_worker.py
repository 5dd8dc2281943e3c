"""A worker whose acknowledgement Redis did not answer takes the next message all the same."""

from __future__ import annotations

import os
from typing import Any

import pytest
from kombu import Connection, Consumer, Producer, Queue

from payouts_service.hints.redis_acks import CountedFirst
from tests.brokers import Broker

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_BROKER") == "rabbitmq", reason="RabbitMQ counts unacknowledged messages itself"
)


def test_a_lost_acknowledgement_frees_its_place(broker: Broker) -> None:
    taken: list[Any] = []
    options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "max_retries": 0}
    with Connection(broker.url, transport_options=options) as connection:
        channel: Any = connection.channel()
        Producer(channel).publish({}, routing_key="payouts", declare=[Queue("payouts")], retry=False)
        with Consumer(channel, [Queue("payouts")], callbacks=[lambda _, message: taken.append(message)]) as consumer:
            consumer.qos(prefetch_count=1)
            while not taken:
                connection.drain_events(timeout=10)
            assert not channel.qos.can_consume()

            broker.freeze()
            with pytest.raises(connection.connection_errors):
                taken[0].ack()
            broker.thaw()

            assert isinstance(channel.qos, CountedFirst)
            assert channel.qos.can_consume()
