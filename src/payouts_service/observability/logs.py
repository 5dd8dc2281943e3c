"""Logs as JSON lines on standard error, the same for Django, Gunicorn, Celery and our own code.

Our own lines are written by structlog itself: through ``logging``, whose records are made for any handler, each cost
four times as much. Libraries log there, and its one handler writes the same form.

A log line says when (``time``, RFC 3339 in UTC), how bad (``level``), who (``logger``), what (``event``) and about what
(the ids bound in ``context``). It never says who is paid: lines of libraries that would quote a request are rewritten
here, and the text of an exception is withheld unless its kind is known to quote nothing.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from threading import RLock
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from payouts_service.observability import context
from payouts_service.observability.exceptions import describe

# Celery puts the task's exception, arguments and result into its message; any of them may quote a payout.
CELERY_QUOTES = ("exc", "traceback", "args", "kwargs", "return_value")


def configure_logs(level: str) -> None:
    """Send every log line of this process to standard error as JSON; ``level`` is DEBUG, INFO, WARNING or ERROR.

    DEBUG is for our own code: a library's debug lines quote bodies, headers and SQL with its values. Harmless to call
    again. Raises ValueError for an unknown level.
    """
    libraries = "INFO" if level == "DEBUG" else level
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"withhold": {"()": WithholdQuotes}},
            "formatters": {"json": {"()": _formatter}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stderr",
                    "formatter": "json",
                    "filters": ["withhold"],
                }
            },
            "root": {"level": libraries, "handlers": ["stderr"]},
            "loggers": {
                "payouts_service": {"level": level},
                # These two bring handlers of their own, which would write each line twice.
                "django": {"handlers": [], "propagate": True},
                "gunicorn.error": {"handlers": [], "propagate": True},
                "django.request": {"level": "ERROR"},  # Refusals (4xx) are in the access lines already.
                "django.security.DisallowedHost": {"level": "CRITICAL"},  # Same, and it quotes a header.
                "httpx": {"level": "WARNING"},  # Its INFO is one line for each call, with the full URL.
            },
        }
    )
    structlog.configure(
        processors=[*_ON_EVERY_LINE, _rendered],
        logger_factory=partial(_Writer, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,  # A cached logger would keep the processors of an earlier configuration.
    )


class _Writer:
    """Where the lines of one module end. No line that cannot be written stops a payout: a disk may be full."""

    def __init__(self, stream: TextIO, name: str = "") -> None:
        self._stream = stream
        self.name = name

    def write(self, line: str) -> None:
        with suppress(Exception), _writing:
            self._stream.write(f"{line}\n")

    debug = info = warning = error = critical = write


_writing = RLock()
"""One line after the other: on a pipe without a buffer, long ones would end up in one another.

A signal may come while a line is written, and whoever handles it may have something to say.
"""


def _write_afresh() -> None:
    """In a forked child, whose parent may have been writing in another thread."""
    global _writing  # noqa: PLW0603 - a fork makes a new process, and this is its one lock.
    _writing = RLock()


os.register_at_fork(after_in_child=_write_afresh)


class WithholdQuotes(logging.Filter):
    """Rewrites the lines of Django, Gunicorn and Celery that would quote a path, a header, an argument or a result."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change ``record`` in place; no line is dropped."""
        if record.name == "django.request":
            record.msg, record.args = "The request ended in an error", ()
        elif record.name == "gunicorn.error" and "Invalid request from" in str(record.msg):
            record.msg, record.args = "A malformed HTTP request was refused", ()
        elif record.name == "gunicorn.error" and "Error handling request" in str(record.msg):
            record.msg, record.args = "The request ended in an error", ()
        elif record.name == "celery.app.trace" and isinstance(record.args, Mapping):
            record.args = {key: "…" if key in CELERY_QUOTES else value for key, value in record.args.items()}
        return True


def _described_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by its traceback without local variables and without text that may quote a request."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def _rendered(logger: Any, method: str, event: EventDict) -> str:
    """Our own line as JSON. A value that cannot be told costs the line, as with ``logging``, and not the payout."""
    try:
        return str(_as_json(logger, method, _described_exception(logger, method, event)))
    except Exception as error:  # noqa: BLE001 - whatever a value does when it is told.
        kind = type(error).__name__
        return json.dumps({"event": "line_lost", "level": "error", "logger": logger.name, "error": kind})


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_ON_EVERY_LINE,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _described_exception, _as_json],
    )


_ON_EVERY_LINE: list[Processor] = [
    context.put_on_line,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]
_as_json = structlog.processors.JSONRenderer(ensure_ascii=False)
