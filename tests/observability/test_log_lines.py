import json
import logging
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, suppress
from io import StringIO, TextIOWrapper
from pathlib import Path

import pytest
import structlog

from payouts_service.observability import context
from payouts_service.observability.logs import configure_logs
from tests.observability.conftest import Log

engine = structlog.get_logger("payouts_service.engine")


def test_a_line_says_when_how_bad_who_and_what(log: Log) -> None:
    engine.info("settled", count=3)

    (line,) = log.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("time"))
    assert line == {"level": "info", "logger": "payouts_service.engine", "event": "settled", "count": 3}


def test_a_librarys_line_has_the_same_shape(log: Log) -> None:
    logging.getLogger("kombu").warning("connection lost after %d s", 7)

    (line,) = log.lines()
    assert (line["level"], line["logger"], line["event"]) == ("warning", "kombu", "connection lost after 7 s")


@pytest.mark.parametrize("name", ["django", "gunicorn.error", "celery", "payouts_service"])
def test_each_line_is_written_once_also_after_a_second_configuration(log: Log, name: str) -> None:
    logging.getLogger("gunicorn.error").addHandler(logging.StreamHandler())
    log.configure("INFO")

    logging.getLogger(name).info("once")

    assert len(log.lines()) == 1


def test_a_line_that_cannot_be_written_stops_nobody(log: Log) -> None:
    with Path("/dev/full").open("w", buffering=1) as full:
        with redirect_stderr(full):
            configure_logs("INFO")
        engine.info("lost")
        log.configure("INFO")
        with suppress(OSError):
            full.close()  # It tries once more.

    engine.info("told")
    assert [line["event"] for line in log.lines()] == ["told"]


def test_a_value_that_cannot_be_told_costs_its_line_alone(log: Log) -> None:
    class Untold:
        def __repr__(self) -> str:
            raise RuntimeError

    engine.info("settled", value=Untold())
    engine.info("told")

    assert [line["event"] for line in log.lines()] == ["line_lost", "told"]


def test_a_line_that_a_signal_adds_to_another_holds_nobody_up(log: Log) -> None:
    class Interrupted(StringIO):
        def write(self, line: str) -> int:
            if "first" in line:
                engine.info("second")
            return super().write(line)

    stream = Interrupted()
    with redirect_stderr(stream):
        configure_logs("INFO")

    engine.info("first")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["second", "first"]


def test_long_lines_of_several_threads_stay_whole() -> None:
    threads, lines, length = 8, 20, 8_000  # Of more than 4,096 bytes a pipe takes a part, and then another's.
    reading, writing = os.pipe()
    written = ThreadPoolExecutor(threads)
    ours = structlog.get_config()
    with os.fdopen(reading) as reader, TextIOWrapper(os.fdopen(writing, "wb", 0), write_through=True) as unbuffered:
        with redirect_stderr(unbuffered):
            configure_logs("INFO")
        for _ in range(threads * lines):
            written.submit(engine.info, "x" * length)
        whole = [json.loads(reader.readline())["event"] for _ in range(threads * lines)]
        written.shutdown()
    structlog.configure(**ours)

    assert whole == ["x" * length] * threads * lines


def test_a_value_with_line_breaks_stays_one_line(log: Log) -> None:
    engine.info("refused", reason='a\n{"event": "forged"}')

    (line,) = log.lines()
    assert line["reason"] == 'a\n{"event": "forged"}'


def test_every_line_inside_carries_the_bound_ids(log: Log) -> None:
    with context.scope(request_id="req_1"):
        engine.info("asked")
        context.bind(tenant_id="te_1")
        engine.info("answered", request_id="its own")
        logging.getLogger("django").info("a library's line")
    engine.info("outside")

    ids = [{key: line[key] for key in line if key.endswith("_id")} for line in log.lines()]
    of_request = {"request_id": "req_1", "tenant_id": "te_1"}
    assert ids == [{"request_id": "req_1"}, of_request | {"request_id": "its own"}, of_request, {}]


def test_a_scope_starts_without_what_the_thread_did_before_and_gives_it_back() -> None:
    with context.scope(request_id="req_1"):
        with context.scope(payout_id="po_1"):
            assert context.request_id() is None
        assert context.request_id() == "req_1"
    assert context.request_id() is None


def test_threads_do_not_see_each_others_ids() -> None:
    seen: list[str | None] = []
    with context.scope(request_id="req_1"):
        thread = threading.Thread(target=lambda: seen.append(context.request_id()))
        thread.start()
        thread.join()

    assert seen == [None]


def test_debug_is_for_our_own_code_since_a_librarys_debug_lines_quote_bodies(log: Log) -> None:
    log.configure("DEBUG")

    logging.getLogger("httpcore").debug("request headers")
    logging.getLogger("amqp").debug("body")
    engine.debug("claimed")

    log.configure("INFO")
    engine.debug("not told")
    assert [line["event"] for line in log.lines()] == ["claimed"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="logger 'payouts_service'"):
        configure_logs("LOUD")
