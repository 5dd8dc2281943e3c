"""Settings made on the first `make up` and kept: secrets, passwords, and addresses of the embedded servers.

They lie in ``.local/settings.env`` (mode 600), a file that a shell can read too. What the user's own environment says
wins over it, so that ``DATABASE_URL`` and ``BROKER_URL`` point the stack at servers of the user's.
"""

from __future__ import annotations

import base64
import contextlib
import os
import random
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DATABASE = "payouts"
OWNER_ROLE = "payouts_owner"
RUNTIME_ROLE = "payouts_runtime"

# Below the ports that Linux hands to outgoing connections (32768 and up): one of those could sit on a server's port
# in the moment between its crash and its restart.
PORTS = range(20_000, 30_000)


@dataclass(frozen=True)
class Settings:
    """The environment of the stack's processes."""

    kept: Mapping[str, str]
    """What the file holds."""
    environment: Mapping[str, str]
    """The user's environment over the file."""

    @property
    def embeds_postgres(self) -> bool:
        """Whether the stack runs a PostgreSQL of its own."""
        return self.environment.get("DATABASE_URL") == self.kept["DATABASE_URL"]

    @property
    def embeds_redis(self) -> bool:
        """Whether the stack runs a Redis of its own."""
        return self.environment.get("BROKER_URL") == self.kept["BROKER_URL"]


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As servers do: closing connections do not count.
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def free_port() -> int:
    """Some free port of 127.0.0.1."""
    while not is_free(port := random.choice(PORTS)):  # noqa: S311  # A port is no secret.
        pass
    return port


def new_settings(metrics_dir: Path) -> dict[str, str]:
    """Fresh secrets and addresses, by the names of ``payouts_service.environment``."""
    postgres = f"127.0.0.1:{free_port()}/{DATABASE}"
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "API_KEY_PEPPER": secrets.token_urlsafe(48),
        "FINGERPRINT_KEY": secrets.token_urlsafe(48),
        "RECIPIENT_INDEX_KEY": secrets.token_urlsafe(48),
        "SEALING_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "DATABASE_URL": f"postgresql://{RUNTIME_ROLE}:{secrets.token_urlsafe(24)}@{postgres}",
        "MIGRATION_DATABASE_URL": f"postgresql://{OWNER_ROLE}:{secrets.token_urlsafe(24)}@{postgres}",
        "BROKER_URL": f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{free_port()}/0",
        "SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
        "SIMULATOR_CALLBACK_SECRET": secrets.token_urlsafe(48),
        "METRICS_DIR": str(metrics_dir),
    }


def read_settings(file: Path) -> Settings | None:
    """The settings kept in that file under the user's environment; None before the first `make up`."""
    if not file.exists():
        return None
    kept = dict(line.split("=", 1) for line in file.read_text().splitlines())
    given = {name: value for name, value in os.environ.items() if value}
    from_file = {name.removesuffix("_FILE") for name in given if name.endswith("_FILE")}
    defaults = {name: value for name, value in kept.items() if name not in from_file}
    if "DATABASE_URL" in given or "DATABASE_URL" in from_file:
        defaults.pop("MIGRATION_DATABASE_URL", None)  # Ours leads to another database than the user's DATABASE_URL.
    return Settings(kept, {**defaults, **given})


def make_settings(file: Path, metrics_dir: Path) -> Settings:
    """The settings to start with: missing ones are made, a port that is taken by now is replaced; then kept."""
    fresh = new_settings(metrics_dir)
    settings = read_settings(file)
    kept = {**fresh, **settings.kept} if settings else fresh
    for names in (("DATABASE_URL", "MIGRATION_DATABASE_URL"), ("BROKER_URL",), ("SIMULATOR_URL",)):
        if not is_free(port := port_of(kept[names[0]])):
            replacement = free_port()
            for name in names:
                kept[name] = kept[name].replace(f"127.0.0.1:{port}", f"127.0.0.1:{replacement}")
    write_private(file, "".join(f"{name}={value}\n" for name, value in kept.items()))
    settings = read_settings(file)
    assert settings is not None  # noqa: S101  # Written in the line above.
    return settings


def write_private(file: Path, text: str) -> None:
    """Replace the file as a whole, readable for its owner only from its first byte."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    draft.replace(file)


def port_of(url: str) -> int:
    """The port that the URL of an embedded server names."""
    port = urlsplit(url).port
    if port is None:
        raise ValueError("an embedded server's URL names its port")
    return port


def password_of(url: str) -> str:
    """The password that the URL of an embedded server carries."""
    password = urlsplit(url).password
    if password is None:
        raise ValueError("an embedded server's URL carries its password")
    return password
