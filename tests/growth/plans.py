"""How PostgreSQL answers the queries of a piece of work: each is explained, run and undone, right before it runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction

BOUNDED: Final = {
    "audit_mark",
    "audit_verdict",
    "django_session",
    "ledger_account",
    "payouts_connectorstate",
    "payouts_tenantlimit",
    "people_membership",
    "people_person",
    "rate_limits_window",
    "tenants_apikey",
    "tenants_previoussecret",
    "tenants_tenant",
}
"""Tables that grow with tenants, persons, keys and callers, and not with payouts."""


def growing_tables() -> set[str]:
    """Those that payouts leave rows in for ever; a new table is one of them until it is named above."""
    return {model._meta.db_table for model in apps.get_models()} - BOUNDED  # noqa: SLF001 - Django's documented door.


@dataclass
class Plans:
    """What was explained."""

    queries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def scans(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each look into a growing table, with its query."""
        growing = growing_tables()
        for query, plan in self.queries:
            for node in _nodes(plan):
                if "Scan" in node["Node Type"] and node.get("Relation Name") in growing:
                    yield query, node

    def whole_tables(self) -> list[str]:
        """The queries that read a growing table from its first row to its last."""
        return [query for query, node in self.scans() if node["Node Type"] == "Seq Scan"]

    def rows_read(self) -> int:
        """Rows of growing tables that were looked at, those that were passed over among them."""
        counted = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        return sum(round(sum(node.get(name, 0) for name in counted) * node["Actual Loops"]) for _, node in self.scans())


@contextmanager
def plans() -> Iterator[Plans]:
    """Explain every query of the block."""
    found = Plans()

    def explain(execute: Callable[..., Any], query: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature.
        if query.lstrip().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "(")):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", params)
                answer = cursor.fetchone()[0]
                transaction.set_rollback(True)
            told = json.loads(answer) if isinstance(answer, str) else answer
            found.queries.append((query, told[0]["Plan"]))
        return execute(query, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
