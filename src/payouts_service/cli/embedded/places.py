"""Where the embedded stack keeps its things, and the account its servers run as.

PostgreSQL refuses to run as root. Started by root, the servers therefore run as a service account, which often cannot
enter the checkout (a home with mode 700), and the rights of a parent folder are never widened for it: programs and data
then live under /var/lib, in a folder whose name is kept in the checkout (``.local/name``).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from payouts_service.cli.embedded.refusal import StackRefused

SERVICE_ACCOUNTS = ("postgres", "nobody")
DATA_OF_ROOT = Path("/var/lib/payouts-service")


@dataclass(frozen=True)
class Account:
    """An account of this machine that the servers run as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Places:
    """The folders of one checkout's embedded stack."""

    checkout: Path
    local: Path
    """Settings, logs and the supervisor's files: the invoking user's, mode 700, inside the checkout."""
    data: Path
    """Programs and data of the servers: reachable for ``account``."""
    run: Path
    """The supervisor's socket: a short path, because a socket's path has at most 107 bytes."""
    account: Account | None
    """None: the servers run as the invoking user."""

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.local / "log"

    @classmethod
    def of(cls, checkout: Path) -> Places:
        """The places of that checkout for the invoking user. Raises StackRefused.

        Creates ``.local`` with the checkout's own name in it. The path alone would not do: a checkout that is removed
        and cloned anew has lost the passwords of the data that the first one left under /var/lib.
        """
        local = checkout / ".local"
        try:
            name = _name_kept_in(local)
        except OSError as error:
            raise StackRefused(f"{error.filename}: {error.strerror}; make it yours or remove it.") from error
        if os.geteuid() == 0:
            data = DATA_OF_ROOT / name
            return cls(checkout, local, data, data, _service_account())
        run = Path("/tmp") / f"payouts-{os.geteuid()}-{name}"  # noqa: S108  # `create` refuses one that is not ours.
        return cls(checkout, local, local / "data", run, None)

    @classmethod
    def of_this_checkout(cls) -> Places:
        """The places of the checkout that this code runs from. Raises StackRefused when there is none."""
        checkout = Path(__file__).resolve().parents[4]
        if not (checkout / "pyproject.toml").is_file():
            raise StackRefused(
                "The embedded stack runs from a checkout of the source only; clone it and use `make up`."
            )
        return cls.of(checkout)

    def create(self) -> None:
        """Create the folders, each with its own rights whatever the umask. Raises StackRefused."""
        for folder in (self.local, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account is None:
            self.data.mkdir(mode=0o700, exist_ok=True)
            self.run.mkdir(mode=0o700, exist_ok=True)
            self._check_run_is_ours()
            return
        for folder in (DATA_OF_ROOT, self.data):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # The service account passes through; what it may not read has rights of its own.

    def _check_run_is_ours(self) -> None:
        """Refuse a folder that another user of this machine has put in our place."""
        found = self.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise StackRefused(f"{self.run} is not a private folder of yours; remove it, then try again.")


def _name_kept_in(local: Path) -> str:
    local.mkdir(mode=0o700, exist_ok=True)
    file = local / "name"
    with contextlib.suppress(FileExistsError), file.open("x") as fresh:  # Of two at once, one writes and both read.
        fresh.write(secrets.token_hex(6))
    while not (name := file.read_text()):
        time.sleep(0.01)  # The other one has made the file and is about to write.
    return name


def bin_folder() -> Path:
    """The folder of the environment's commands, the one that this Python lies in."""
    return Path(sys.executable).parent


def _service_account() -> Account:
    for name in SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackRefused("PostgreSQL does not run as root and there is no account `nobody`; run `make up` as a user.")
