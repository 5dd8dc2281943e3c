"""Logs as JSON lines on standard error, the same for Django, Gunicorn, Celery and our own code.

Our own lines are written by structlog itself: through ``logging``, whose records are made for any handler, each cost
four times as much. Libraries log there, and its one handler writes the same form.

A log line says when (``time``, RFC 3339 in UTC), how bad (``level``), who (``logger``), what (``event``) and about what
(the ids bound in ``context``). It never says who is paid: lines of libraries that would quote a request are rewritten
here, and the text of an exception is withheld unless its kind is known to quote nothing.
"""

from __future__ import annotations

import logging
import logging.config
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

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
        processors=[*_ON_EVERY_LINE, *_AS_JSON],
        logger_factory=partial(_Writer, sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,  # A cached logger would keep the processors of an earlier configuration.
    )


class _Writer:
    """Where the lines of one module end. Without a lock, which a fork would leave locked: a line is one write."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self.name = name

    def write(self, line: str) -> None:
        with suppress(OSError):  # A full disk, or a reader of logs that has died, stops no payout.
            self._stream.write(f"{line}\n")

    debug = info = warning = error = critical = write


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


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_ON_EVERY_LINE,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_AS_JSON],
    )


_ON_EVERY_LINE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]
_AS_JSON: list[Processor] = [_described_exception, structlog.processors.JSONRenderer(ensure_ascii=False)]
