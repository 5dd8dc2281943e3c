"""A broker of each test's own, which the test may freeze, stop and start."""

from collections.abc import Iterator

import pytest

from tests.brokers import Broker, broker_of_this_run, celery_with


@pytest.fixture
def broker() -> Iterator[Broker]:
    with broker_of_this_run() as server, celery_with(server.url):
        yield server
