"""A known weakness fails the audit; a package that was not looked up is never passed over in silence."""

from __future__ import annotations

from typing import Any

from tools.audit_dependencies import judge

CLEAN: dict[str, Any] = {"name": "django", "version": "5.2.19", "vulns": []}
WEAK: dict[str, Any] = {"name": "pypdf", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNKNOWN: dict[str, Any] = {"name": "ours", "skip_reason": "Dependency not found"}


def test_a_weakness_is_named_with_the_release_that_mends_it() -> None:
    verdict = judge([{"dependencies": [CLEAN, WEAK]}, {"dependencies": [WEAK]}])

    assert verdict.findings == ["pypdf 1.0: PYSEC-1, mended in 1.1"]
    assert verdict.sentence().startswith("1 known weaknesses")


def test_a_clean_audit_says_how_much_it_looked_at() -> None:
    assert judge([{"dependencies": [CLEAN]}]).sentence() == "no known weakness in 1 packages"


def test_what_was_passed_over_is_named() -> None:
    assert judge([{"dependencies": [CLEAN, UNKNOWN]}]).sentence().endswith("NOT looked up: ours")


def test_an_audit_that_looked_at_nothing_does_not_call_itself_clean() -> None:
    for dependencies in ([], [UNKNOWN]):
        assert judge([{"dependencies": dependencies}]).sentence().startswith("not run, 0 packages looked up")
