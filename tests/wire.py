"""What a process really says to PostgreSQL: libpq's own record of the messages."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from payouts_service.database import lent

_MESSAGE: Final = re.compile(r"^[^\t\n]+\t([FB])\t\d+\t(\w+)", re.MULTILINE)  # Texts of statements have lines, too.


@dataclass
class Talk:
    """The messages of a block, each as its sender (F: we, B: PostgreSQL) and its kind."""

    messages: list[tuple[str, str]] = field(default_factory=list)

    @property
    def statements(self) -> int:
        """How many statements were executed, BEGIN and COMMIT included."""
        return sum(message in {("F", "Execute"), ("F", "Query")} for message in self.messages)

    @property
    def round_trips(self) -> int:
        """How often we waited for PostgreSQL to have done all that it was told."""
        return self.messages.count(("B", "ReadyForQuery"))

    @property
    def parsed(self) -> int:
        """How many statements PostgreSQL had to parse, and was likely to plan."""
        return sum(message in {("F", "Parse"), ("F", "Query")} for message in self.messages)


@contextmanager
def overheard() -> Iterator[Talk]:
    """Write down what is said in the block by this thread's connection and by those that threads lend one another.

    Complete once the block ends; one connection's messages after the other's.
    """
    talk = Talk()
    with ExitStack() as stack:
        for each in (connection, *lent._free()):  # noqa: SLF001 - as they are when none is lent.
            stack.enter_context(_overheard(each, talk))
        yield talk


@contextmanager
def _overheard(one: BaseDatabaseWrapper, talk: Talk) -> Iterator[None]:
    one.ensure_connection()
    with tempfile.TemporaryFile("w+") as record:
        one.connection.pgconn.trace(record.fileno())
        try:
            yield
        finally:
            one.connection.pgconn.untrace()
        record.seek(0)
        talk.messages += _MESSAGE.findall(record.read())
