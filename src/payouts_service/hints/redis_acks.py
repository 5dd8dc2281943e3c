"""Keeps a worker from going deaf after a short silence of Redis, and from ending when Redis does.

kombu 5.7.0 acknowledges a message in Redis first, and in its own count of unacknowledged ones afterwards. Where Redis
does not answer, the error is logged and swallowed, and the count keeps the message for ever: one place of the prefetch
limit is gone. After as many such failures as there are places, a worker lives, sends heartbeats, and takes no message.
"""

from __future__ import annotations

from kombu.transport import redis, virtual


class CountedFirst(redis.QoS):
    """Counts a message as done also where Redis could not be told; it comes again, and a hint may come twice."""

    # kombu puts back what is in hand when it closes a channel, also over a connection that is lost, and raises what no
    # caller expects: the worker ends. What is in hand comes again by itself, and the sweep gives its hint before.
    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge. Raises what Redis raises, with the place free all the same."""
        try:
            if not self._is_cut_off():
                super().ack(delivery_tag)
        finally:
            virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's signature.
        """Put back or drop. Raises what Redis raises, with the place free all the same."""
        try:
            if not self._is_cut_off():
                super().reject(delivery_tag, requeue=requeue)
        finally:
            virtual.QoS.ack(self, delivery_tag)

    def _is_cut_off(self) -> bool:
        """Whether the connection that brought the message was lost: asked to tell Redis, kombu would end the worker."""
        return bool(self.channel.closed)


def install() -> None:
    """Let every channel to Redis in this process count so."""
    redis.Channel.QoS = CountedFirst
