"""How a migration makes an index, or removes one, while payouts flow."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently


class AddIndexAnew(AddIndexConcurrently):
    """Adds an index without holding up those who write; what a run that was broken off left of it goes first.

    PostgreSQL waits for every transaction that is older, the hourly audit's among them. ``lock_timeout``, which keeps
    other changes from holding up the service, would end that wait too early.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make it."""
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
