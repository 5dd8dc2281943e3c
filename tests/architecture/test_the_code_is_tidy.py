from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import tidy_rules
from tests.architecture.tidy_rules import RULES_OF_PYTHON, Rule

ROOT = Path(__file__).parents[2]


@cache
def files_of_the_repository() -> dict[str, str]:
    """Every text file that git tracks or would track, by its path from the root."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    texts = {}
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                texts[name] = content.decode()
    return texts


def python_files() -> dict[str, str]:
    """Our Python but for migrations, which Django writes."""
    return {
        path: source
        for path, source in files_of_the_repository().items()
        if path.endswith(".py") and "/migrations/" not in path
    }


@pytest.mark.parametrize("rule", RULES_OF_PYTHON, ids=lambda rule: rule.__name__)
def test_every_python_file_keeps_the_rule(rule: Rule) -> None:
    assert [finding for path, source in python_files().items() for finding in rule(path, source)] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    itself = "tests/architecture/"
    files = {path: text for path, text in files_of_the_repository().items() if not path.startswith(itself)}
    assert [finding for path, text in files.items() for finding in tidy_rules.no_machine_of_ours(path, text)] == []


SERVICE = "src/payouts_service/payouts/example.py"


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (tidy_rules.short_files, SERVICE, "\n" * 400),
        (tidy_rules.short_functions, SERVICE, "def long():\n" + "    step()\n" * 49),
        (tidy_rules.telling_names, "src/payouts_service/utils.py", ""),
        (tidy_rules.telling_names, "src/payouts_service/helpers/money.py", ""),
        (tidy_rules.one_way_to_enqueue, SERVICE, "task.delay(1)"),
        (tidy_rules.one_way_to_enqueue, SERVICE, "app.send_task('name')"),
        (tidy_rules.no_delays_in_the_broker, SERVICE, "publish('name', countdown=5)"),
        (tidy_rules.skips_have_reasons, "tests/test_it.py", "@pytest.mark.skip\ndef test(): ..."),
        (tidy_rules.skips_have_reasons, "tests/test_it.py", "@pytest.mark.xfail(strict=True)\ndef test(): ..."),
        (tidy_rules.suppressions_have_reasons, SERVICE, "x = 1  # noqa: E501"),
        (tidy_rules.suppressions_have_reasons, SERVICE, "x = f()  # type: ignore[arg-type]"),
        (tidy_rules.suppressions_have_reasons, SERVICE, "x = f()  # type: ignore[arg-type]  # noqa: E501"),
        (tidy_rules.no_machine_of_ours, "README.md", "see /root/project"),
        (tidy_rules.no_machine_of_ours, "README.md", "from https://pypi.org/simple"),
    ],
)
def test_a_rule_finds_what_breaks_it(rule: Rule, path: str, source: str) -> None:
    assert list(rule(path, source))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (tidy_rules.one_way_to_enqueue, "src/payouts_service/hints/publisher.py", "app.send_task('name')"),
        (tidy_rules.skips_have_reasons, "tests/test_it.py", "pytest.skip('PostgreSQL 15 has no such view')"),
        (tidy_rules.skips_have_reasons, "tests/test_it.py", "@pytest.mark.xfail(reason='known')\ndef test(): ..."),
        (tidy_rules.suppressions_have_reasons, SERVICE, "x = f()  # type: ignore[arg-type]  # The stubs miss it."),
        (tidy_rules.suppressions_have_reasons, SERVICE, "x = 1  # noqa: S105 - the name of a setting"),
        (tidy_rules.no_machine_of_ours, "README.md", "under ~/work/payouts or /var/lib/payouts-service"),
    ],
)
def test_a_rule_lets_the_right_way_pass(rule: Rule, path: str, source: str) -> None:
    assert list(rule(path, source)) == []
