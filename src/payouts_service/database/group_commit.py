"""What several threads have to write at the same moment, written by one of them in one statement and one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, Error, connections

from payouts_service.database.base import DatabaseWrapper

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class GroupCommit(Generic[Item, Outcome]):
    """Writes items by a statement that takes any number of them and commits by itself.

    Nobody waits for company: who finds nobody writing writes at once. Those who come meanwhile are the next group, and
    the first of them writes for all. ``write_all`` gives an outcome for each item, in their order; it runs in the
    thread of any of them. A group that PostgreSQL refuses leaves no trace, and each of it is then written alone, so
    that one item keeps no other from being written. Inside a transaction an item is written alone, as a part of it.
    """

    def __init__(self, write_all: Callable[[Sequence[Item]], Sequence[Outcome]]) -> None:
        self._write_all = write_all
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
        if group.lost_by is not None:
            raise type(group.lost_by)(*group.lost_by.args) from group.lost_by
        return group.outcomes[place] if group.outcomes else self._write_alone(item)

    def _write_group(self, group: _Group[Item, Outcome]) -> None:
        with self._writing:
            with self._joining:
                self._next = _Group()
            try:
                group.outcomes = self._write_all(group.items)
            except Error as error:
                if len(group.items) == 1:
                    raise
                if not cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS]).is_usable():
                    group.lost_by = error  # Nobody knows whether it was committed.
            finally:
                group.is_over.release()

    def _write_alone(self, item: Item) -> Outcome:
        [outcome] = self._write_all([item])
        return outcome


class _Group(Generic[Item, Outcome]):
    """Items that are written together, and what became of them: outcomes, a lost connection, or nothing."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.outcomes: Sequence[Outcome] = ()
        self.lost_by: Error | None = None
        self.is_over = Lock()
        self.is_over.acquire()
