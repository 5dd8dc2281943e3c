"""Currencies as commands take them: a slip of the finger must not set a rule that nothing ever meets."""

from __future__ import annotations

from collections.abc import Collection

import click


def check_accepted(currencies: Collection[str]) -> None:
    """Raises ClickException, which names those there are, where the service is set to accept none of this name."""
    from django.conf import settings

    if unknown := sorted(set(currencies) - settings.CURRENCIES):
        raise click.ClickException(
            f"The service does not accept {', '.join(unknown)}; use one of {', '.join(sorted(settings.CURRENCIES))}."
        )
