"""No query of a tenant's table bypasses the place that scopes it by tenant, but for those named here with a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model

SOURCE: Final = Path(__file__).parents[2] / "src" / "payouts_service"
MANAGERS: Final = {"objects", "_default_manager", "_base_manager"}
THE_PLACES: Final = {"payouts/queries.py:of_tenant", "people/queries.py:of_tenant", "tenants/queries.py:of_tenant"}
WITHIN: Final = "asks within the tenant that its caller names"
FROM_ROW: Final = "starts from a row that was found or locked within its tenant"
ENGINE: Final = "the engine works for every tenant; no request of a client's leads here"
ADDS: Final = "only adds rows, each with its tenant or with its payout"
EXCEPTIONS: Final = {
    "audit/books.py": "judges the whole database for an operator, and shows ids only",
    "audit/changes.py:<module>": "judges the whole database for an operator, and shows ids only",
    "audit/invariants.py": "judges the whole database for an operator, and shows ids only",
    "audit/money.py:<module>": "judges the whole database for an operator, and shows ids only",
    "cli/migrate.py:<module>": "names tables, to grant rights on them",
    "events/feed.py:<module>": WITHIN,
    "events/feed.py:_behind": WITHIN,
    "events/feed.py:history": WITHIN,
    "events/feed.py:page": "reads the events that the walk has found within the tenant",
    "events/log.py:<module>": ADDS,
    "events/log.py:has_happened": FROM_ROW,
    "events/search.py:<module>": "asks within the tenant; the last event by some time, whoever's, is not shown",
    "events/search.py:page": "reads the events that the walk has found within the tenant",
    "idempotency/keys.py:<module>": WITHIN,
    "idempotency/keys.py:first_object": WITHIN,
    "idempotency/keys.py:find_object": WITHIN,
    "ledger/accounts.py:<module>": WITHIN,
    "ledger/accounts.py:accounts_of": WITHIN,
    "ledger/accounts.py:balance_at": FROM_ROW,
    "ledger/accounts.py:entries_about": WITHIN,
    "ledger/accounts.py:entries_of": FROM_ROW,
    "ledger/accounts.py:find": WITHIN,
    "ledger/accounts.py:has_moved": WITHIN,
    "ledger/accounts.py:set_policy": FROM_ROW,
    "ledger/adjustments.py:add": ADDS,
    "ledger/entries.py:<module>": "writes entries of charts, each of which names its tenant",
    "ledger/top_ups.py:add": ADDS,
    "ledger/top_ups.py:find": WITHIN,
    "ledger/top_ups.py:find_by_external_id": WITHIN,
    "payouts/attempts.py:decide": ADDS,
    "payouts/attempts.py:lock_open": FROM_ROW,
    "payouts/attempts.py:<module>": ADDS,
    "payouts/backlog.py": "counts and shows to those who operate, over every tenant",
    "payouts/callbacks.py:_apply": "a provider calls; its reference leads to the payment, and nothing is shown",
    "payouts/claims.py": ENGINE,
    "payouts/erasure.py": "an operator erases at the terminal, for every tenant",
    "payouts/flow.py:<module>": "counts the calls under way at a provider, for every tenant",
    "payouts/funds.py:_out_of_step": ENGINE,
    "payouts/funds.py:_promised": WITHIN,
    "payouts/funds.py:_waiting": "the sweep looks for those who wait for funds, and goes on within each chart",
    "payouts/lifecycle.py": FROM_ROW,
    "payouts/limits.py:<module>": WITHIN,
    "payouts/metrics.py": "counts for Prometheus, over every tenant",
    "payouts/pulse.py:<module>": WITHIN,
    "payouts/queries.py:<module>": WITHIN,
    "payouts/queries.py:attempts_of": FROM_ROW,
    "payouts/queries.py:known_by": WITHIN,
    "payouts/queries.py:find_any": "an operator asks by id at the terminal",
    "payouts/release.py:release_limited": "the sweep releases every tenant's, a command one tenant's",
    "payouts/release.py:release_resumed": "looks for tenants whose payouts were left behind, and goes on within each",
    "payouts/resealing.py": "an operator turns the key at the terminal, for every tenant",
    "payouts/returns.py:_book": ADDS,
    "payouts/returns.py:_due": ENGINE,
    "payouts/returns.py:_learn": ENGINE,
    "payouts/returns.py:tell_return": FROM_ROW,
    "payouts/returns_operations.py:<module>": "words of the document, no query",
    "payouts/settlement.py": ENGINE,
    "payouts/tenant_limits.py:set_limits": ADDS,
    "payouts/usage.py": WITHIN,
    "people/queries.py:active_memberships": "who signs in tells the tenant: nothing is known before it",
    "people/queries.py:belongs_elsewhere": "asks whether another tenant has a say, and tells nothing of it",
    "people/queries.py:lock_active": FROM_ROW,
    "people/services.py:_join": ADDS,
    "tenants/keys.py:<module>": "the key tells the tenant: nothing is known before it",
    "tenants/keys.py:_note_use": FROM_ROW,
    "tenants/keys.py:store_key": ADDS,
    "tenants/queries.py:_with_previous": FROM_ROW,
    "tenants/queries.py:find_any": "an operator asks by id at the terminal",
    "tenants/services.py:by_key": "the key that asks, as authentication found it",
    "tenants/services.py:rotate_key": FROM_ROW,
}


def of_a_tenant(model: type[Model]) -> bool:
    """Whether its rows belong to a tenant: they name it, or lead to a row that does."""
    fields = model._meta.fields  # noqa: SLF001 - Django's documented door to a model's fields.
    parents = {field.related_model for field in fields if isinstance(field, ForeignKey)} - {model}
    return any(field.name in {"tenant", "tenant_id"} for field in fields) or any(map(of_a_tenant, parents))


def table_of(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - as above.


def queries(source: str, path: str) -> Iterator[str]:
    """``file:function`` of each query of a tenant's table, by the ORM or in SQL."""
    models = {model.__name__: of_a_tenant(model) for model in apps.get_models()}
    tables = [table_of(model) for model in apps.get_models() if of_a_tenant(model)]

    def walk(node: ast.AST, function: str) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            # A model that the name does not tell may be any.
            if not isinstance(node.value, ast.Name) or models.get(node.value.id, True):
                yield f"{path}:{function}"
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and any(table in node.value.split() or f"{table} " in node.value for table in tables)
        ):
            yield f"{path}:{function}"
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function)

    yield from walk(ast.parse(source), "<module>")


def all_queries() -> set[str]:
    return {
        where
        for file in SOURCE.rglob("*.py")
        if "migrations" not in file.parts
        for where in queries(file.read_text(), str(file.relative_to(SOURCE)))
    }


def excused(where: str) -> bool:
    return where in THE_PLACES or where in EXCEPTIONS or where.partition(":")[0] in EXCEPTIONS


def test_every_query_goes_through_the_place_or_says_why_not() -> None:
    assert sorted(where for where in all_queries() if not excused(where)) == []


def test_no_exception_outlives_its_query() -> None:
    found = all_queries()
    files = {where.partition(":")[0] for where in found}

    assert [name for name in (*EXCEPTIONS, *THE_PLACES) if name not in found | files] == []


@pytest.mark.parametrize(
    "line",
    [
        "Payout.objects.all()",
        "models.Payout.objects.all()",
        "Payout._default_manager.all()",
        "model.objects.filter(id=1)",
        "ApiKey.objects.first()",
        "Exchange.objects.count()",
        'cursor.execute("SELECT id FROM payouts_payout WHERE id = %s")',
        'cursor.execute("SELECT count(*) FROM events_event")',
    ],
)
def test_a_query_past_the_place_is_found(line: str) -> None:
    assert list(queries(f"def read():\n    return {line}\n", "x.py")) == ["x.py:read"]


@pytest.mark.parametrize("line", ["Window.objects.all()", "Tenant.objects.all()", "of_tenant(tenant_id).all()"])
def test_a_query_of_nobodys_table_or_by_the_place_is_not(line: str) -> None:
    assert list(queries(f"def read():\n    return {line}\n", "x.py")) == []
