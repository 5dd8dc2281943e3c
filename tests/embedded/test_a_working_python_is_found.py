from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "find_python.sh"
BROKEN = "#!/bin/sh\nexit 127\n"
WORKING = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine with the shell's own tools and no Python."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "tr", "grep"):
        (tools / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    return tmp_path


def place(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def find(home: Path, *folders: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = ":".join(map(str, (*folders, home / "bin")))
    return subprocess.run(
        ["/bin/sh", str(SCRIPT)],
        env={"PATH": path, "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_3_12_comes_first_then_3_11_then_3_13(home: Path) -> None:
    expected = []
    for version in ("3.13", "3.11", "3.12"):
        expected.append(place(home / "bin" / f"python{version}", WORKING))
        assert find(home).stdout.strip() == expected[-1]


def test_a_python_that_does_not_run_is_passed_over(home: Path) -> None:
    place(home / "bin" / "python3.12", BROKEN)
    works = place(home / "bin" / "python3.13", WORKING)
    assert find(home).stdout.strip() == works


def test_pyenvs_versions_are_found_in_the_home(home: Path) -> None:
    works = place(home / ".pyenv" / "versions" / "3.12.9" / "bin" / "python3.12", WORKING)
    assert find(home).stdout.strip() == works


def test_pyenvs_versions_are_found_beside_shims_that_fail(home: Path) -> None:
    place(home / "elsewhere" / "shims" / "python3.12", BROKEN)
    works = place(home / "elsewhere" / "versions" / "3.12.1" / "bin" / "python3.12", WORKING)
    assert find(home, home / "elsewhere" / "shims").stdout.strip() == works


def test_without_one_it_says_what_to_install(home: Path) -> None:
    outcome = find(home)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert "install Python 3.12" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_the_one_that_is_asked_for_is_the_only_candidate(home: Path) -> None:
    place(home / "bin" / "python3.12", WORKING)
    asked = place(home / "bin" / "mine", WORKING)
    assert find(home, PYTHON="mine").stdout.strip() == asked
    assert find(home, PYTHON="absent").returncode == 1
