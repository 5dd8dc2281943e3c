"""Logs as JSON lines on standard error, the same for Django, Gunicorn, Celery and our own code.

A log line says when (``time``, RFC 3339 in UTC), how bad (``level``), who (``logger``), what (``event``) and about what
(the ids bound in ``context``). It never says who is paid: lines of libraries that would quote a request are rewritten
here, and the text of an exception is withheld unless its kind is known to quote nothing.
"""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Mapping
from typing import Any

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
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_ON_EVERY_LINE,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # A cached logger would keep the processors of an earlier configuration.
    )


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
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_ON_EVERY_LINE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _described_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


_ON_EVERY_LINE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]
