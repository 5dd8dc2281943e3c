"""The `payouts` command: operators' verbs."""

from __future__ import annotations

import os

import click

from payouts_service.cli.audit import audit
from payouts_service.cli.bootstrap import bootstrap
from payouts_service.cli.callbacks import replay_callbacks
from payouts_service.cli.completion import completion
from payouts_service.cli.demo import demo
from payouts_service.cli.doctor import doctor
from payouts_service.cli.keys import keys
from payouts_service.cli.limits import limits
from payouts_service.cli.migrate import migrate
from payouts_service.cli.money import accounts, adjust, top_up
from payouts_service.cli.openapi import openapi
from payouts_service.cli.operate import connectors, explain, pause, resume
from payouts_service.cli.payouts import create, list_payouts, settle, show
from payouts_service.cli.people import people
from payouts_service.cli.personal_data import erase, reseal
from payouts_service.cli.reference import reference
from payouts_service.cli.watch import watch


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Run the Payouts Service: migrate its database, make its first key, look after it.

    Exit codes: 0 done, 1 refused or failed (one sentence says why), 2 wrong usage.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")


for verb in (
    accounts,
    adjust,
    audit,
    bootstrap,
    completion,
    connectors,
    create,
    demo,
    doctor,
    erase,
    explain,
    keys,
    limits,
    list_payouts,
    migrate,
    openapi,
    pause,
    people,
    reference,
    replay_callbacks,
    reseal,
    resume,
    settle,
    show,
    top_up,
    watch,
):
    main.add_command(verb)
