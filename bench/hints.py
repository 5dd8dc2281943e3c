"""What waits in Redis: the hints that a backlog left there, kept to be given again in the next round."""

from __future__ import annotations

from typing import Final

import redis

QUEUE: Final = "payouts"


def kept(url: str) -> list[bytes]:
    """The messages of the service's queue, as they are."""
    with redis.Redis.from_url(url) as client:
        return list(client.lrange(QUEUE, 0, -1))


def give(url: str, messages: list[bytes]) -> None:
    """Empty Redis of what an earlier round left, and put the messages into the queue."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        if messages:
            client.rpush(QUEUE, *messages)
