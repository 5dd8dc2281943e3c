"""A name in the settings gives a connector.

The connector ``acme`` is what ``payouts_service.connectors.acme.connector.build(settings)`` returns. There is no list
of connectors beside the folders and the setting ``CONNECTORS``.
"""

from __future__ import annotations

import importlib
import os
from functools import cache

import structlog
from django.conf import settings

from payouts_service.connectors.contract import Connector
from payouts_service.connectors.safety import UnsafeConnector, check, left_to_people

_log = structlog.get_logger(__name__)


class UnknownConnector(LookupError):
    """No connector of this name may be used; the text says which may."""


def all_names() -> tuple[str, ...]:
    """The names that may be used, in the order of the setting ``CONNECTORS``."""
    return tuple(settings.CONNECTORS)


def get(name: str) -> Connector:
    """The connector of this name, built at its first use and kept for the life of the process.

    Raises UnknownConnector where the setting ``CONNECTORS`` does not name it or no such folder exists, and
    safety.UnsafeConnector where it could pay twice.
    """
    if name not in all_names():
        raise UnknownConnector(f"The connector {name!r} is not among those in CONNECTORS: {', '.join(all_names())}.")
    return _build(name)


@cache
def _build(name: str) -> Connector:
    package = f"payouts_service.connectors.{name}"
    try:
        module = importlib.import_module(f"{package}.connector")
    except ModuleNotFoundError as error:
        if error.name not in (package, f"{package}.connector"):
            raise  # The connector exists, and lacks a library of its own.
        raise UnknownConnector(f"CONNECTORS names {name!r}, but no such connector exists; correct it.") from error
    connector: Connector = module.build(settings)
    check(connector)
    return connector


def names_that_submit() -> list[str]:
    """The connectors that the engine pays through; the others are left to people."""
    return [name for name in all_names() if get(name).capabilities.submits]


def check_all() -> None:
    """Build every connector now, so that a process with an unsafe one does not start. Raises as ``get`` does."""
    for name in all_names():
        connector = get(name)
        if connector.capabilities.call_timeout_seconds >= settings.LEASE_SECONDS:
            raise UnsafeConnector(f"A call of the connector {name} may outlast LEASE_SECONDS; make the lease longer.")


def tell_duties() -> None:
    """Tell the log what each connector leaves to people."""
    for name in all_names():
        for duty in left_to_people(get(name).capabilities):
            _log.info("left_to_people", connector=name, duty=duty)


def forget_all() -> None:
    """Build every connector anew at its next use, from the settings as they are then."""
    _build.cache_clear()


# A forked worker must not share its parent's open connections: both would read each other's answers.
os.register_at_fork(after_in_child=forget_all)
