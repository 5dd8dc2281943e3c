# noqa: INP001  # A script beside the packages.
"""Looks locked packages up in an advisory service: ``python -m tools.audit_dependencies``; exit code 1 on a finding.

pip-audit asks the JSON interface of the Python Package Index. It passes over a package that is not answered, and calls
that a success; here it is said, in the last line, how many were looked up and how many were not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import install

PIP_AUDIT = "pip-audit==2.10.1"
LOCKS = (".", "lanes/django42")


@dataclass(frozen=True)
class Verdict:
    """Of all locks together: packages with a weakness, those looked up, those that nobody could tell of."""

    findings: Sequence[str]
    looked_up: frozenset[str]
    passed_over: frozenset[str]

    def sentence(self) -> str:
        """The last line of the output."""
        if self.findings:
            return f"{len(self.findings)} known weaknesses: update these packages."
        if not self.looked_up:
            return "not run, 0 packages looked up: no advisory service answers here"
        missed = f"; NOT looked up: {', '.join(sorted(self.passed_over))}" if self.passed_over else ""
        return f"no known weakness in {len(self.looked_up)} packages{missed}"


def judge(reports: Sequence[dict[str, Any]]) -> Verdict:
    """Read pip-audit's reports, one for each lock."""
    packages = [package for report in reports for package in report["dependencies"]]
    missed = frozenset(package["name"] for package in packages if "skip_reason" in package)
    findings = [
        f"{package['name']} {package['version']}: {flaw['id']}, mended in {' or '.join(flaw['fix_versions']) or 'none'}"
        for package in packages
        for flaw in package.get("vulns", ())
    ]
    return Verdict(sorted(set(findings)), frozenset(package["name"] for package in packages) - missed, missed)


def audit(pip_audit: Path, requirements: Path) -> dict[str, Any]:
    """pip-audit's report of these requirements; an empty one where its service could not be reached."""
    options = ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--timeout=10", "--format=json"]
    run = subprocess.run(
        [pip_audit, "--requirement", requirements, *options], capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads(run.stdout)
    except ValueError:
        install.say(run.stderr.strip().rpartition("\n")[2])
        return {"dependencies": []}
    return report


def main() -> None:
    """Audit both locks."""
    poetry = install.make_environment(install.POETRY_FOLDER)
    if not (poetry.parent / "poetry").exists():
        install.pip(poetry, *install.POETRY)
    python = install.make_environment(install.CHECKOUT / ".pip-audit")
    install.pip(python, PIP_AUDIT)
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        for number, lock in enumerate(LOCKS):
            requirements = Path(folder) / f"{number}.txt"
            install.export(poetry, install.CHECKOUT / lock, requirements)
            reports.append(audit(python.parent / "pip-audit", requirements))
    verdict = judge(reports)
    for finding in verdict.findings:
        install.say(finding)
    sys.stdout.write(f"{verdict.sentence()}\n")
    sys.exit(1 if verdict.findings else 0)


if __name__ == "__main__":
    main()
