"""Every setting the service reads from its environment: typed, described, refused by name if wrong.

Each variable can also be given as a file: ``NAME_FILE=/run/secrets/name`` reads the value from that file, which keeps
secrets out of the process list. The descriptions below are what ``.env.example`` prints.
"""

from __future__ import annotations

import base64
import os
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from payouts_service.kit.limits import parse_limits
from payouts_service.kit.money import is_iso_4217

MINIMUM_SECRET_BYTES = 32
SEALING_KEY_BYTES = 32
LONGEST_KEY_ID = 16


class SettingsRefused(Exception):
    """The environment holds a missing or a wrong setting; the text names each one and never shows its value."""


def _names(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _is_postgres(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql://")
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError as error:
        raise ValueError("is not a PostgreSQL URL") from error
    if not parts.get("dbname") or not parts.get("user"):
        raise ValueError("must name a user and a database")
    return url


def _is_broker(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("redis://", "rediss://", "amqp://", "amqps://")):
        raise ValueError("must start with redis://, rediss://, amqp:// or amqps://")
    return url


def _is_long(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"must have at least {MINIMUM_SECRET_BYTES} characters")
    return secret


def _are_sealing_keys(keys: SecretStr) -> SecretStr:
    parse_sealing_keys(keys.get_secret_value())
    return keys


def _are_limits(text: str) -> str:
    parse_limits(text)
    return text


def _are_iso_4217(codes: list[str]) -> list[str]:
    wrong = [code for code in codes if not is_iso_4217(code)]
    if wrong or not codes:
        raise ValueError(
            f"must name ISO 4217 currencies in capitals; these are none: {', '.join(wrong) or 'an empty list'}"
        )
    return codes


def _are_networks(names: list[str]) -> list[str]:
    for name in names:
        try:
            ip_network(name)
        except ValueError as error:
            raise ValueError(f"must name networks such as 10.0.0.0/8; this is none: {name}") from error
    return names


Names = Annotated[list[str], NoDecode]
Networks = Annotated[list[str], NoDecode, AfterValidator(_are_networks)]
Currencies = Annotated[list[str], NoDecode, AfterValidator(_are_iso_4217)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_is_postgres)]
BrokerUrl = Annotated[SecretStr, AfterValidator(_is_broker)]
LongSecret = Annotated[SecretStr, AfterValidator(_is_long)]
Limits = Annotated[str, AfterValidator(_are_limits)]
SealingKeys = Annotated[SecretStr, AfterValidator(_are_sealing_keys)]


def parse_sealing_keys(text: str) -> dict[str, bytes]:
    """Read ``id:base64,id:base64`` into key ids and 32-byte keys, the first being the one that seals.

    Raises ValueError with a sentence that shows no key.
    """
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id.isalnum() or len(key_id) > LONGEST_KEY_ID or len(key) != SEALING_KEY_BYTES:
            raise ValueError("must be id:base64 pairs separated by commas, ids alphanumeric, each key 32 bytes")
        if key_id in keys:
            raise ValueError(f"names the key id {key_id} twice")
        keys[key_id] = key
    return keys


class _FromFiles(PydanticBaseSettingsSource):
    """``NAME_FILE`` gives the setting ``NAME`` from a file's text."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text().strip(), field_name, False
        except OSError as error:
            raise SettingsRefused(f"{field_name.upper()}_FILE: {error.strerror} ({path})") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}


class Environment(BaseSettings):
    """The settings. Names are upper case in the environment."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    secret_key: LongSecret = Field(description="Django's signing key. At least 32 characters.")
    database_url: PostgresUrl = Field(
        description="PostgreSQL 15 to 18 as the runtime role: no superuser, owner of nothing."
    )
    migration_database_url: PostgresUrl | None = Field(
        default=None,
        description="The same database as the role that owns the tables. Needed by `payouts migrate` only.",
    )
    broker_url: BrokerUrl = Field(
        description="Celery's broker: redis:// or amqp://. It holds hints only; losing it loses nothing."
    )
    api_key_pepper: LongSecret = Field(description="Keys the hash of API keys. Changing it revokes every key.")
    fingerprint_key: LongSecret = Field(
        description="Keys the fingerprints of requests under an idempotency key. Must never change."
    )
    recipient_index_key: LongSecret = Field(
        description="Keys the hashes by which payouts are found by account. Its own secret; must never change."
    )
    sealing_keys: SealingKeys = Field(
        description="Seal recipient details at rest: id:base64 of 32 bytes, comma separated. The first seals, all open."
    )
    allowed_hosts: Names = Field(
        default=["127.0.0.1", "localhost", "[::1]"], description="Host names the service answers to."
    )
    https_only: bool = Field(default=False, description="Set behind TLS: HSTS and a redirect of plain HTTP.")
    currencies: Currencies = Field(
        default=["EUR", "GBP", "KGS", "KZT", "RUB", "USD"],
        description="Currencies accepted (ISO 4217), comma separated.",
    )
    connectors: Names = Field(
        default=["simulator", "manual"], description="Connectors that may be used, comma separated."
    )
    default_connector: str = Field(default="simulator", description="The connector of a payout that names none.")
    require_idempotency_key: bool = Field(default=False, description="Refuse a create without an Idempotency-Key.")
    limits: Limits = Field(
        default="",
        description="Limits on payouts by currency, comma separated: EUR.payout=10000 for each one, and for recipients "
        "and tenants by day and month (UTC) EUR.tenant.day.amount=50000, EUR.recipient.month.count=20 and so on.",
    )
    limit_breach: str = Field(
        default="wait",
        pattern="^(wait|fail)$",
        description="What a payout above a limit does: wait until the window opens again, or fail.",
    )
    duplicate_window_seconds: int = Field(
        default=86_400,
        ge=0,
        le=31_622_400,
        description="A payout tells of another of its amount to the same account, made so shortly before; 0: never.",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, le=104_857_600, description="Largest request body, in bytes."
    )
    key_requests_per_minute: int = Field(
        default=30_000, ge=0, description="Most requests of one API key in a minute, over all processes. 0: no limit."
    )
    address_requests_per_minute: int = Field(
        default=60_000,
        ge=0,
        description="Most requests from one address in a minute, with whatever keys, or none. 0: no limit.",
    )
    trusted_proxies: Networks = Field(
        default=[],
        description="Networks of proxies whose X-Forwarded-For is believed, comma separated: 10.0.0.0/8,fd00::/8.",
    )
    lease_seconds: int = Field(
        default=60, ge=5, le=600, description="How long a worker owns a claimed payout before another may ask after it."
    )
    sweep_seconds: float = Field(
        default=5, ge=0.5, le=60, description="Period of the sweep: the longest a payout waits after a lost hint."
    )
    watchdog_seconds: float = Field(
        default=30,
        ge=1,
        le=600,
        description="A worker that takes none of the hints that wait for it so long is started again.",
    )
    claim_size: int = Field(default=200, ge=1, le=1000, description="Most payouts claimed in one transaction.")
    strict_order: bool = Field(
        default=False,
        description="A payout that the funds do not cover holds back the later ones; else they pass it over.",
    )
    inquiry_seconds: float = Field(
        default=5, ge=0.2, le=3600, description="Pause before asking a provider what became of a payment."
    )
    simulator_url: str = Field(default="http://127.0.0.1:8099", description="Address of the simulated provider.")
    simulator_timeout_seconds: float = Field(
        default=5, gt=0, le=60, description="Longest wait for an answer of the simulated provider."
    )
    simulator_callback_secret: LongSecret | None = Field(
        default=None,
        description="Proves that a callback is the simulated provider's. Empty: it sends none, or they are refused.",
    )
    metrics_dir: Path | None = Field(
        default=None,
        description="Folder shared by this host's processes, where they keep their metrics. Empty: one process.",
    )
    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="A worker in a container of its own serves its metrics on this port."
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )
    benchmark: bool = Field(
        default=False, description="Allows the connector `instant`, which pays nobody. Never in production."
    )
    instant_seconds: float = Field(
        default=0, ge=0, le=3, description="How long the connector `instant` takes to answer. For benchmarks."
    )
    instant_max_in_flight: int = Field(
        default=1000, ge=1, le=10_000, description="Most calls to the connector `instant` at once. For benchmarks."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then ``NAME_FILE``."""
        return init_settings, env_settings, _FromFiles(settings_cls)

    @field_validator("allowed_hosts", "currencies", "connectors", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _names(value)

    @model_validator(mode="after")
    def _they_agree(self) -> Environment:
        if self.default_connector not in self.connectors:
            raise ValueError("DEFAULT_CONNECTOR must be one of CONNECTORS")
        if "instant" in self.connectors and not self.benchmark:
            raise ValueError("CONNECTORS may name `instant` only with BENCHMARK=true: it pays nobody")
        if self.simulator_timeout_seconds >= self.lease_seconds:
            raise ValueError("SIMULATOR_TIMEOUT_SECONDS must be shorter than LEASE_SECONDS")
        if self.metrics_port is not None and self.metrics_dir is None:
            raise ValueError("METRICS_PORT needs METRICS_DIR, a folder of the worker's own")
        lacking = {rule.currency for rule in parse_limits(self.limits)}.difference(self.currencies)
        if lacking:  # A slip of the finger would limit nothing.
            raise ValueError(
                f"LIMITS limits {', '.join(sorted(lacking))}, which CURRENCIES does not accept; accept it there, "
                "or take the limits in it out once no payout in it waits"
            )
        return self


def read_environment() -> Environment:
    """Read and check the environment; raises SettingsRefused with one line for each wrong setting."""
    try:
        return Environment()
    except ValidationError as error:
        lines = [_line(item) for item in error.errors(include_input=False, include_url=False)]
        raise SettingsRefused("\n".join(lines)) from None


def environment_or_exit() -> Environment:
    """The environment, checked; a process of the service ends here if it is wrong, saying so on standard error."""
    try:
        return read_environment()
    except SettingsRefused as refused:
        sys.exit(f"payouts: these settings are wrong:\n{refused}")


def _line(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).upper() if error["loc"] else "settings"
    sentence = "is missing" if error["type"] == "missing" else error["msg"].removeprefix("Value error, ")
    return f"{name}: {sentence}"
