"""How a migration makes an index, or removes one, while payouts flow."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently

_IS_WHOLE: Final = "SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid AND indisready"


class AddIndexAnew(AddIndexConcurrently):
    """Adds an index without holding up those who write.

    What a run that was broken off left of it goes first; what such a run had made whole stays, since queries use it.
    PostgreSQL waits for every transaction that is older, the hourly audit's among them. ``lock_timeout``, which keeps
    other changes from holding up the service, would end that wait too early.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make it, unless it is there and whole."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_IS_WHOLE, [self.index.name])
            if cursor.fetchone() is not None:
                return
        schema_editor.execute("SET lock_timeout = 0")
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute("RESET lock_timeout")


class RemoveIndexInPassing(RemoveIndexConcurrently):
    """Removes an index without holding up those who write; it waits as ``AddIndexAnew`` does."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Remove it."""
        schema_editor.execute("SET lock_timeout = 0")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute("RESET lock_timeout")
