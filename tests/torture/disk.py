"""A small disk of PostgreSQL's log, to fill and to free: a tmpfs that this run alone sees and that ends with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from payouts_service.cli.embedded.places import Places
from payouts_service.cli.embedded.servers import POSTGRES_MAJOR

_MEGABYTES: Final = 192
_SETTINGS: Final = "max_wal_size = '96MB'\nmin_wal_size = '32MB'\n"  # The log fits, as long as nothing else lies there.
_APART: Final = "TORTURE_SEES_ITS_OWN_MOUNTS"


def go_apart(*, keep: bool) -> str | None:
    """Begin this program anew where no other sees what it mounts; or why nothing can be mounted here."""
    if os.geteuid() != 0:
        return "only root may mount a small file system"
    if keep:
        return "--keep asks for files that outlive the run, and those of a tmpfs do not"
    apart = ["unshare", "--mount", "--propagation", "private"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode != 0:
        return "this machine lets a process have no mounts of its own (unshare --mount)"
    if _APART not in os.environ:
        os.environ[_APART] = "1"
        os.execvp(apart[0], [*apart, sys.executable, "-m", "tests.torture", *sys.argv[1:]])  # noqa: S606 - no shell.
    return None


@dataclass(frozen=True)
class Disk:
    """The file system that holds PostgreSQL's log."""

    why_not: str | None
    """Why there is none on this machine; None where there is one."""
    log: Path

    def put_under(self, places: Places) -> None:
        """Move the log of a PostgreSQL that does not run yet onto it."""
        if self.why_not is not None:
            return
        before = self.log.rename(self.log.with_name("pg_wal.before"))
        self.log.mkdir()
        account = places.account
        owner = f",uid={account.uid},gid={account.gid}" if account else ""
        _must("mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m,mode=0700{owner}", "tmpfs", str(self.log))
        _must("cp", "-a", f"{before}/.", str(self.log))
        shutil.rmtree(before)
        with (self.log.parent / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("wb") as ballast:
            usage = os.statvfs(self.log)
            os.posix_fallocate(ballast.fileno(), 0, usage.f_bavail * usage.f_frsize)

    def free(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.log / "ballast"


def of(places: Places, why_not: str | None) -> Disk:
    """The disk of the stack in those places, not yet mounted."""
    return Disk(why_not, places.data / "postgres" / str(POSTGRES_MAJOR) / "pg_wal")


def unmount_in(folder: Path) -> None:
    """Unmount what lies in that folder, once nobody uses it."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if Path(place).is_relative_to(folder):
            _must("umount", place)


def _must(*command: str) -> None:
    subprocess.run(command, check=True)
