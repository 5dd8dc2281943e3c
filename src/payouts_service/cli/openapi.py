"""`payouts openapi`: the OpenAPI document of this release."""

from __future__ import annotations

import click


@click.command()
def openapi() -> None:
    """Print the OpenAPI document; openapi.yaml in the repository is this text."""
    import django

    django.setup()

    from django.core.management import call_command

    call_command("spectacular", validate=True, fail_on_warn=True)
