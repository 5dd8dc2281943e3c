"""Django's backend for PostgreSQL, named by ENGINE; Django finds it by this file's name."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that tells whether it is alive without asking PostgreSQL."""

    def is_usable(self) -> bool:
        """Whether PostgreSQL has said nothing since the last answer.

        Django asks at the beginning of each request, and by itself with a statement. But what a server says unasked is
        that it ends the connection, and a closed one reads as its end. A host that vanished without a word is noticed
        by the next statement, as it would be by Django's.
        """
        if self.connection is None or self.connection.pgconn.status != ConnStatus.OK:
            return False
        said = select.poll()
        said.register(self.connection.fileno(), select.POLLIN)
        return not said.poll(0)
