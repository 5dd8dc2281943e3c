"""What every verb does before and around its work: the settings, Django, the actor, and refusals in one sentence."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from payouts_service.cli.embedded.kept_settings import read_settings

_FIRST_PORT: Final = 8000
# By PostgreSQL's code of an error: a table or a column is missing, or the right to use one.
_ADVICE: Final = dict.fromkeys(("42P01", "42703", "42501"), "Run `payouts migrate`, as the owner of the tables.")


def kept_settings_file() -> Path:
    """Where `make up` without containers keeps the settings, in the checkout that this code runs from."""
    return Path(__file__).resolve().parents[3] / ".local" / "settings.env"


def kept_port() -> int:
    """The web port that `make up` without containers last started with; else the one that it starts with at first."""
    file = kept_settings_file().with_name("port")
    return int(file.read_text()) if file.exists() else _FIRST_PORT


def take_kept_settings() -> bool:
    """In a checkout whose stack has run, be a command beside it, unless the environment names a database itself."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return False
    settings = read_settings(kept_settings_file())
    if settings is None:
        return False
    os.environ.update(settings.environment)
    return True


def set_up_django() -> None:
    """Read the settings and load the service; wrong settings end the process, which names each."""
    import django

    if take_kept_settings():
        click.echo("With the settings of `make up`, in .local/settings.env.", err=True)
    django.setup()


def on_database(work: Callable[[], Any]) -> Any:
    """Run it as the person at the terminal; a refusal is one sentence and exit code 1."""
    set_up_django()

    from django.db import DatabaseError

    import payouts_service.celery  # noqa: F401 - the app whose broker the hints go to.
    from payouts_service.events.actor import Actor, acting_as
    from payouts_service.kit.errors import InvalidFields, ServiceError

    try:
        with acting_as(Actor("command", getpass.getuser())):
            return work()
    except InvalidFields as error:
        raise click.ClickException(" ".join(f"{wrong.field}: {wrong.message}" for wrong in error.errors)) from error
    except ServiceError as error:
        raise click.ClickException(error.detail) from error
    except DatabaseError as error:
        raise refused(error) from error


def refused(error: Exception, *, setting: str = "DATABASE_URL", otherwise: str = "") -> click.ClickException:
    """What a DatabaseError means to a person at a terminal: the reason, and what to do.

    ``setting``: what names the database. ``otherwise``: the advice for what is neither away nor of another release.
    """
    from django.db import OperationalError

    reason = str(error).strip().splitlines()[0].removeprefix("connection failed: ").removesuffix(".")
    state = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, OperationalError) and state is None:
        return click.ClickException(f"PostgreSQL cannot be used: {reason}. Start it, or correct {setting}.")
    advice = _ADVICE.get(str(state), otherwise)
    return click.ClickException(f"the database refused: {reason}. {advice}".rstrip())
