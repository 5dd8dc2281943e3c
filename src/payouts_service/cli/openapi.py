"""`payouts openapi`: the OpenAPI document of this release."""

from __future__ import annotations

import click

from payouts_service.cli.database import set_up_django
from payouts_service.cli.output import examples


@click.command(epilog=examples("payouts openapi > openapi.yaml"))
def openapi() -> None:
    """Print the OpenAPI document; openapi.yaml in the repository is this text."""
    set_up_django()

    from django.core.management import call_command

    call_command("spectacular", validate=True, fail_on_warn=True)
