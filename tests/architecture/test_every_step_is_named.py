"""No transaction and no call of a connector happens outside a named step, so that crash tests reach them all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from payouts_service.payouts.steps import STEPS

SOURCE = Path(__file__).resolve().parents[2] / "src" / "payouts_service"
PAYOUTS = SOURCE / "payouts"
TRANSACTIONS = {"atomic", "set_autocommit", "non_atomic_requests"}
CALLS = {"submit", "inquire", "verify_callback", "translate_callback"}
# Transactions that move no payout.
ELSEWHERE = {
    "audit/services.py": "a snapshot to read, and its verdicts",
    "people/services.py": "persons and their roles",
    "tenants/services.py": "tenants and their keys",
}


def transactions_of(tree: ast.Module) -> list[int]:
    """The lines that open a transaction."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in TRANSACTIONS
    ]


def calls_outside_steps(tree: ast.Module) -> list[int]:
    """The lines that call a connector and stand in no ``with step(…)``."""
    return [
        node.lineno
        for node, named in _walk(tree, named=False)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS and not named
    ]


def names_of_steps(tree: ast.Module) -> set[str]:
    """The names given to ``step``."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "step":
            [name] = node.args
            assert isinstance(name, ast.Constant), "the name of a step is written where it is used"
            found.add(str(name.value))
    return found


def _walk(node: ast.AST, *, named: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, named
    if isinstance(node, ast.With):
        named = named or any(
            isinstance(item.context_expr, ast.Call) and getattr(item.context_expr.func, "id", "") == "step"
            for item in node.items
        )
    elif isinstance(node, ast.FunctionDef | ast.Lambda):
        named = False  # It may be called from anywhere.
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, named=named)


def trees(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text())


def test_payouts_open_transactions_in_steps_only() -> None:
    found = {name for name, tree in trees(PAYOUTS) if transactions_of(tree)}

    assert found == {"payouts/steps.py"}


def test_the_rest_opens_those_that_are_known() -> None:
    found = {name for name, tree in trees(SOURCE) if transactions_of(tree) and not name.startswith("payouts/")}

    assert found == set(ELSEWHERE)


def test_connectors_are_called_in_steps_of_payouts_only() -> None:
    outside = {
        f"{name}:{line}"
        for name, tree in trees(SOURCE)
        if not name.startswith("connectors/")
        for line in calls_outside_steps(tree)
    }

    assert outside == set()


def test_every_step_is_known_and_used() -> None:
    assert set().union(*(names_of_steps(tree) for _, tree in trees(SOURCE))) == STEPS


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    connector.submit(x)",
        "with step('submit'):\n    def later():\n        connector.submit(x)",
        "with other('submit'):\n    registry.get(name).inquire(x)",
    ],
)
def test_a_call_outside_is_found(code: str) -> None:
    assert calls_outside_steps(ast.parse(code))


@pytest.mark.parametrize("code", ["with transaction.atomic():\n    pass", "with atomic():\n    pass"])
def test_a_transaction_is_found(code: str) -> None:
    assert transactions_of(ast.parse(code))


def test_a_call_inside_is_none() -> None:
    assert not calls_outside_steps(ast.parse("with step('submit'):\n    answer = connector.submit(x)"))
