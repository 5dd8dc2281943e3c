"""The deployment of the torture applies a real migration: the newest, so that no other needs it meanwhile."""

from __future__ import annotations

from django.db.migrations import AddIndex, RemoveIndex
from django.db.migrations.loader import MigrationLoader

from tests.torture import strikes


def test_what_it_undoes_is_the_newest_migration_with_all_that_it_adds_and_removes() -> None:
    migrations = MigrationLoader(None)
    newest = ("payouts", strikes.UNDONE)

    operations = migrations.graph.nodes[newest].operations
    added = [one.index.name for one in operations if isinstance(one, AddIndex)]
    removed = [one.name for one in operations if isinstance(one, RemoveIndex)]

    assert migrations.graph.leaf_nodes("payouts") == [newest]
    assert sorted(added) == sorted(strikes.UNDONE_INDEXES)
    assert sorted(removed) == sorted(strikes.GIVEN_BACK)
