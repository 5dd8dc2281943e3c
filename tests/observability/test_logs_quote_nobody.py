"""A planted account number must not reach the log, whichever library is upset by it."""

import json
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import structlog
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from pydantic import BaseModel

from payouts_service.observability.exceptions import describe
from tests.observability.conftest import Log

PLANTED = "DE89370400440532013000"


class Request(BaseModel):
    amount: int


def _raise(error: Exception) -> None:
    raise error


UPSET: dict[str, Callable[[], object]] = {
    "int": lambda: int(PLANTED),
    "key": lambda: dict[str, str]()[PLANTED],
    "json": lambda: json.loads(f'{{"iban": "{PLANTED}" "'),
    "pydantic": lambda: Request.model_validate({"amount": PLANTED}),
    "django": lambda: _raise(ValidationError(f"{PLANTED} is not a card")),
    "runtime": lambda: _raise(RuntimeError(PLANTED)),
    "group": lambda: _raise(ExceptionGroup(PLANTED, [ValueError(PLANTED)])),
    "note": lambda: _raise(_with_note()),
    "decimal": lambda: Decimal(PLANTED),
}


LOGGERS: dict[str, Any] = {
    "our own": structlog.get_logger("payouts_service.engine"),
    "a library's": logging.getLogger("kombu"),
}


def _with_note() -> ValueError:
    error = ValueError("wrong")
    error.add_note(PLANTED)
    return error


@pytest.mark.parametrize("whose", LOGGERS)
@pytest.mark.parametrize("kind", UPSET)
def test_an_exception_is_logged_with_its_place_and_kind_and_without_the_value(log: Log, kind: str, whose: str) -> None:
    account = PLANTED  # A local variable, which must not be shown either.
    logger = LOGGERS[whose]
    try:
        UPSET[kind]()
    except Exception:
        logger.exception("failed")
    assert account == PLANTED

    (line,) = log.lines()
    assert PLANTED not in json.dumps(line)
    assert "test_logs_quote_nobody.py" in line["exception"]
    assert "Error" in line["exception"] or "InvalidOperation" in line["exception"] or "Group" in line["exception"]


def test_a_database_error_is_logged_by_its_code_and_constraint(database: None, log: Log) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE planted (iban text CONSTRAINT one_of_each UNIQUE)")
        cursor.execute("INSERT INTO planted VALUES (%s)", [PLANTED])
        try:
            cursor.execute("INSERT INTO planted VALUES (%s)", [PLANTED])
        except IntegrityError:
            logging.getLogger("payouts_service.engine").exception("failed")

    (line,) = log.lines()
    assert PLANTED not in json.dumps(line)
    assert "psycopg.errors.UniqueViolation: SQLSTATE 23505, constraint one_of_each" in line["exception"]
    assert "django.db.utils.IntegrityError" in line["exception"]


@pytest.mark.parametrize("kind", [ConnectionRefusedError, psycopg.OperationalError])
def test_a_lost_connection_is_told_in_words(kind: type[Exception]) -> None:
    assert describe(kind("Connection refused")).endswith(f"{kind.__name__}: Connection refused")


def test_the_chain_is_told_from_the_cause_to_the_end() -> None:
    error = psycopg.DataError(PLANTED)
    error.__cause__ = OSError("first")

    told = describe(error)

    assert told.index("OSError: first") < told.index("which led to") < told.index("psycopg.DataError")
    assert PLANTED not in told


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first

    assert describe(first).count("OSError") == 2


LIBRARIES = {
    "django.request": ("Internal Server Error: %s", (f"/api/v1/{PLANTED}/",)),
    "gunicorn.error": (f"Invalid request from ip=127.0.0.1: Invalid HTTP Header: '{PLANTED}'", ()),
    "celery.app.trace": ("Task %(name)s raised: %(exc)s", ({"name": "work", "exc": PLANTED},)),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_line_of_a_library_that_quotes_the_request_is_rewritten(log: Log, name: str) -> None:
    message, arguments = LIBRARIES[name]
    logging.getLogger(name).error(message, *arguments)
    logging.getLogger("gunicorn.error").error("Error handling request %s", f"/?iban={PLANTED}")

    lines = log.lines()
    assert len(lines) == 2
    assert PLANTED not in json.dumps(lines)


def test_refusals_are_left_to_the_access_line(log: Log) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", f"/{PLANTED}/")
    logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header: %r", PLANTED)

    assert log.lines() == []
