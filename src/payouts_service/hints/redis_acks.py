"""Keeps a worker from going deaf after a short silence of Redis.

kombu 5.7.0 acknowledges a message in Redis first, and in its own count of unacknowledged ones afterwards. Where Redis
does not answer, the error is logged and swallowed, and the count keeps the message for ever: one place of the prefetch
limit is gone. After as many such failures as there are places, a worker lives, sends heartbeats, and takes no message.
"""

from __future__ import annotations

from kombu.transport import redis, virtual


class CountedFirst(redis.QoS):
    """Counts a message as done also where Redis could not be told; it comes again, and a hint may come twice."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge. Raises what Redis raises, with the place free all the same."""
        try:
            super().ack(delivery_tag)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature.
        """Put back or drop. Raises what Redis raises, with the place free all the same."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except BaseException:
            virtual.QoS.ack(self, delivery_tag)
            raise


def install() -> None:
    """Let every channel to Redis in this process count so."""
    redis.Channel.QoS = CountedFirst
