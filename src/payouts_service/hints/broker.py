"""The connection to the broker, made so that a silent broker costs half a second and not for ever."""

from __future__ import annotations

from amqp.exceptions import MessageNacked
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from kombu.exceptions import OperationalError

PATIENCE_SECONDS = 0.5
CELERYS_FALLBACK = "default"  # The name of the app that Celery makes for a thread that has none.

# One set for both transports: each takes the names it knows and ignores the others.
TRANSPORT_OPTIONS = {
    # kombu connects again and again by default, whatever `retry=False` says about the publish itself.
    "max_retries": 0,
    # Redis. kombu sets no timeout by default, and redis-py retries only what it is told to here.
    "socket_connect_timeout": PATIENCE_SECONDS,
    "socket_timeout": PATIENCE_SECONDS,
    "retry_on_timeout": False,
    "health_check_interval": 0,  # A PING before the publish would find out nothing that the publish does not.
    # RabbitMQ. Without confirms a message that it refused would be lost in silence.
    "read_timeout": PATIENCE_SECONDS,
    "write_timeout": PATIENCE_SECONDS,
    "confirm_publish": True,
}


def connect() -> Connection:
    """A connection of the caller's own, unopened, never from Celery's pool: waiting there has no such limits.

    Raises ImproperlyConfigured in a process, or a thread, that Celery gave its fallback app, which knows no broker.
    """
    if current_app.main == CELERYS_FALLBACK:
        raise ImproperlyConfigured("Import the Celery app, and call its set_default(), before a hint is given.")
    return current_app.connection_for_write(
        connect_timeout=PATIENCE_SECONDS, heartbeat=0, transport_options=TRANSPORT_OPTIONS
    )


def failures(connection: Connection) -> tuple[type[BaseException], ...]:
    """What a broker that is away, silent or unwilling raises through ``connection``; anything else is a bug."""
    return (
        OSError,
        OperationalError,
        MessageNacked,
        *connection.connection_errors,
        *connection.channel_errors,
    )


def broker_answers() -> bool:
    """Whether a fresh connection to the broker is answered within about half a second."""
    connection = connect()
    try:
        connection.default_channel  # noqa: B018 - the first access connects, honouring the options above.
    except failures(connection):
        return False
    finally:
        connection.collect()
    return True
