"""What several threads have to write at the same moment, written by one of them in one statement and one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections

from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.lent import lent, own

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class GroupCommit(Generic[Item, Outcome]):
    """Writes items by a statement that takes any number of them and commits by itself.

    Nobody waits for company: who finds nobody writing writes at once. Those who come meanwhile are the next group, and
    the first of them writes for all. ``write_all`` gives an outcome for each item, in their order; it runs in the
    thread of any of them, by a connection that the process's threads lend one another where one is free. A group that
    is refused leaves no trace. Then each of it is written alone, so that one item keeps no other from being written;
    with ``alike`` all are refused, as each would be. Inside a transaction an item is written alone, as a part of it.
    """

    def __init__(
        self, write_all: Callable[[DatabaseWrapper, Sequence[Item]], Sequence[Outcome]], *, alike: bool = False
    ) -> None:
        self._write_all = write_all
        self._alike = alike
        self._next: _Group[Item, Outcome] = _Group()
        self._joining = Lock()
        self._writing = Lock()

    def write(self, item: Item) -> Outcome:
        """The item's outcome, once it is committed; raises what ``write_all`` does."""
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return self._write_alone(item)
        with self._joining:
            group, place = self._next, len(self._next.items)
            group.items.append(item)
        if place == 0:
            self._write_group(group)
        else:
            with group.is_over:
                pass
        if group.error is not None:
            raise type(group.error)(*group.error.args) from group.error.__cause__
        return group.outcomes[place] if group.outcomes else self._write_alone(item)

    def _write_group(self, group: _Group[Item, Outcome]) -> None:
        following: _Group[Item, Outcome] = _Group()
        try:
            with self._writing:
                with self._joining:
                    self._next = following
                with lent() as connection:
                    self._write_by(connection, group)
        except Exception:  # Whatever it is, each hears of it: from its own try, or from the group's error.
            if len(group.items) == 1:
                raise
        finally:
            group.is_over.release()

    def _write_by(self, connection: DatabaseWrapper, group: _Group[Item, Outcome]) -> None:
        try:
            group.outcomes = self._write_all(connection, group.items)
        except Exception as error:
            lost = isinstance(error, OperationalError | InterfaceError) and not connection.is_usable()
            if self._alike or lost:  # Of what was lost nobody knows whether it was committed.
                group.error = error
            raise

    def _write_alone(self, item: Item) -> Outcome:
        [outcome] = self._write_all(own(), [item])
        return outcome


class _Group(Generic[Item, Outcome]):
    """Items that are written together, and what became of them: outcomes, an error of all, or nothing."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.outcomes: Sequence[Outcome] = ()
        self.error: Exception | None = None
        self.is_over = Lock()
        self.is_over.acquire()
