from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    linter = str(Path(sys.executable).with_name("lint-imports"))
    command = [linter, "--no-cache", "--no-logo"]  # A process of its own: in ours it would change the logging.
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    outcome = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_connector_is_named_in_the_contract_of_independence() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = {
        module.rpartition(".")[2]
        for contract in contracts
        if contract["type"] == "independence"
        for module in contract["modules"]
        if module.startswith("payouts_service.connectors.")
    }
    folders = {path.parent.name for path in (ROOT / "src/payouts_service/connectors").glob("*/__init__.py")}
    assert named == folders
