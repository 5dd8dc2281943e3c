"""The worker processes: ``celery -A payouts_service.celery worker`` and ``… beat``.

PostgreSQL decides, Celery hints. Each setting below has its reason; kombu and Celery are pinned with them.
"""

from __future__ import annotations

import os
from typing import Any

import django
from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first.

from payouts_service.connectors import registry  # noqa: E402 - as above.
from payouts_service.hints import redis_acks, stopping, watchdog  # noqa: E402 - as above.
from payouts_service.kit.garbage import look_for_it_less_often  # noqa: E402 - as above.
from payouts_service.observability.logs import configure_logs  # noqa: E402 - as above.
from payouts_service.observability.metrics import serve_metrics  # noqa: E402 - as above.
from payouts_service.schedules import SCHEDULE  # noqa: E402 - as above.

_REDIS_OPTIONS: dict[str, Any] = {
    # A silent Redis is noticed; the default waits for ever. Of a host that vanished a worker holds several connections,
    # and waits this long for each in turn.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 2,  # At kombu's default of 25 s its half-open check can lose the first message.
    "visibility_timeout": 120,  # A dead worker's hint comes back after two minutes; the sweep was there long before.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
_RABBITMQ_OPTIONS: dict[str, Any] = {
    "confirm_publish": True,  # Without it a refused message is lost in silence.
    "read_timeout": 5,  # An answer, or a confirm, that does not come is noticed; the default waits for ever.
    "write_timeout": 5,
}

redis_acks.install()
app = Celery("payouts_service")
app.set_default()  # Threads that Celery knows nothing of publish hints through this app too.
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_transport_options=_REDIS_OPTIONS if settings.BROKER_URL.startswith("redis") else _RABBITMQ_OPTIONS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # Never give up: the default ends the worker after 100 tries.
    broker_heartbeat=10,  # RabbitMQ: a broker that vanished is noticed in half a minute; the default takes minutes.
    task_default_delivery_mode="transient",  # RabbitMQ need not write a hint to disk before it confirms it.
    result_backend=None,  # No second truth, and no leak.
    task_ignore_result=True,
    task_acks_late=True,  # A hint may run twice, and must not be dropped by a dying worker...
    task_reject_on_worker_lost=True,  # ...nor by a killed child, which late acknowledgement alone would allow.
    worker_prefetch_multiplier=1,  # A busy worker hoards no hints that another could take.
    worker_cancel_long_running_tasks_on_connection_loss=False,  # A broker's blip cuts no call to a provider.
    worker_soft_shutdown_timeout=10,  # Calls under way may end before a stop.
    worker_max_tasks_per_child=1000,  # A slow leak of some library stays bounded...
    worker_max_memory_per_child=300_000,  # ...in kilobytes.
    task_time_limit=110,  # Below the visibility timeout, so that a stuck hint is never given twice at once.
    task_serializer="json",
    accept_content=["json"],
    task_create_missing_queues=True,
    task_default_queue="payouts",
    beat_schedule=SCHEDULE,
    beat_scheduler="payouts_service.hints.scheduler:Scheduler",
    timezone="UTC",
    enable_utc=True,
    db_reuse_max=1000,  # Celery would close PostgreSQL's connection around each task; tasks check it themselves.
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks(["payouts_service.payouts"])
registry.check_all()  # Web processes and workers alike start only with connectors that can be made safe.


@signals.setup_logging.connect
def _configure_logs(**_: Any) -> None:
    configure_logs(settings.LOG_LEVEL)


@signals.worker_shutting_down.connect
def _begin_nothing_new(**_: Any) -> None:
    stopping.stop()


@signals.worker_process_init.connect
def _go_to_work(**_: Any) -> None:
    look_for_it_less_often()


@signals.worker_ready.connect
def _guard(sender: Any, **_: Any) -> None:
    watchdog.guard(list(sender.app.amqp.queues.consume_from))


@signals.worker_init.connect
def _begin(**_: Any) -> None:
    registry.tell_duties()
    if settings.METRICS_PORT is not None:
        serve_metrics(settings.METRICS_PORT)
