# noqa: INP001  # A script beside the packages.
"""Makes a virtual environment from a Poetry lock file; does nothing when it is up to date.

Runs on a bare Python, before anything is installed: ``python tools/install.py`` makes ``.venv`` from the lock of the
project, ``python tools/install.py .venv-django42 lanes/django42`` another environment from the lock in that folder.

Poetry only translates the lock; pip installs. ``poetry install`` insists on the JSON interface of one index, while pip
takes whatever index, proxy and certificates the machine is configured for, and checks the same hashes.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POETRY = ("poetry==2.5.1", "poetry-plugin-export==1.10.1")
CHECKOUT = Path(__file__).resolve().parents[1]
POETRY_FOLDER = CHECKOUT / ".poetry"
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def main(arguments: list[str]) -> None:
    """Bring the environment up to date with its lock."""
    target, source = (CHECKOUT / part for part in arguments or (".venv", "."))
    with alone():
        stamp, wanted = target / "installed-from", state_of(source)
        if stamp.exists() and stamp.read_bytes() == wanted and (target / "bin" / "python").exists():
            return
        stamp.unlink(missing_ok=True)  # What is interrupted is begun again.
        poetry = make_environment(POETRY_FOLDER)
        if not (poetry.parent / "poetry").exists():
            say("Installing Poetry into .poetry.")
            pip(poetry, *POETRY)
        python = make_environment(target)
        say(f"Installing {source.relative_to(CHECKOUT) / 'poetry.lock'} into {target.name}.")
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / "requirements.txt"
            export(poetry, source, requirements)
            pip(python, "--require-hashes", "--requirement", str(requirements))
        pip(python, "--no-deps", "--editable", str(CHECKOUT))
        stamp.write_bytes(wanted)


@contextmanager
def alone() -> Iterator[None]:
    """Two installations at the same time take turns."""
    with (CHECKOUT / "pyproject.toml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def state_of(source: Path) -> bytes:
    """What an environment depends on: compared as a whole, because a clone's file times say nothing."""
    files = (source / "poetry.lock", source / "pyproject.toml", CHECKOUT / "pyproject.toml", Path(__file__))
    return b"\n".join([os.fsencode(f"{PYTHON_VERSION} {CHECKOUT}"), *(file.read_bytes() for file in files)])


def make_environment(folder: Path) -> Path:
    """Make the virtual environment unless it is there and whole; returns its Python.

    An environment knows its own path: one that was copied with its checkout would install into, and run from, the
    place it came from. One of another Python is made anew.
    """
    python = folder / "bin" / "python"
    made_for, here = folder / "made-for", os.fsencode(f"{PYTHON_VERSION} {folder}")
    if not (made_for.exists() and made_for.read_bytes() == here and python.exists()):
        venv.create(folder, clear=True, with_pip=True, symlinks=True)
        made_for.write_bytes(here)
    return python


def export(poetry: Path, source: Path, requirements: Path) -> None:
    """Translate the lock into requirements with hashes."""
    own = {f"POETRY_{name}_DIR": str(POETRY_FOLDER / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
    run(
        [poetry.parent / "poetry", "export", "--all-groups", "--output", requirements],
        environment={**own, "POETRY_VIRTUALENVS_CREATE": "false"},
        folder=source,
    )


def pip(python: Path, *arguments: str) -> None:
    """Install with pip, quietly."""
    run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *arguments], environment={})


def run(command: list[str | Path], *, environment: dict[str, str], folder: Path = CHECKOUT) -> None:
    """Run a command; when it fails, its own message stands above and ours says what to look at."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    if subprocess.run(command, cwd=folder, env={**inherited, **environment}, check=False).returncode != 0:
        sys.exit(f"The installation stopped at `{' '.join(map(str, command[:4]))} …`; its message stands above.")


def say(sentence: str) -> None:
    """Tell what takes the time."""
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
