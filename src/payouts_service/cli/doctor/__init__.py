"""`payouts doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.text import Text

from payouts_service.cli.doctor import machine
from payouts_service.cli.doctor.finding import Finding, Level
from payouts_service.cli.output import JSON, console, examples, print_json

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


@click.command(epilog=examples("payouts doctor", "payouts doctor --port 8080 --json"))
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), help="The API's port on this machine.")
@JSON
def doctor(port: int | None, *, as_json: bool) -> None:
    """Look at Python, settings, ports, disk, database, migrations, clock, broker, workers, scheduler and connectors.

    Each line says ok, warn or fail, what is wrong, and what to do. Changes nothing, and works before the first
    `make up` too. Exit code 1 where something failed; warnings alone end with 0.
    """
    findings = []
    for finding in _look(port):
        findings.append(finding)
        if not as_json:
            _show(finding)
    failed = sum(finding.level is Level.FAIL for finding in findings)
    if as_json:
        print_json({"ok": failed == 0, "findings": [asdict(finding) for finding in findings]})
    else:
        click.echo(f"{len(findings)} looked at, {failed} failed.")
    if failed:
        raise click.exceptions.Exit(1)


def _look(port: int | None) -> Iterator[Finding]:
    """One after the other; what needs something that failed is not looked at."""
    yield machine.python()
    yield machine.disk()
    yield machine.port(port)
    settings = machine.settings()
    yield settings
    if settings.level is not Level.FAIL:
        yield from _look_inside()


def _look_inside() -> Iterator[Finding]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")
    django.setup()

    from payouts_service.cli.doctor import processes, servers

    connectors = processes.connectors()
    yield connectors
    reachable = True
    for finding in servers.database():
        yield finding
        reachable &= finding.level is not Level.FAIL or finding.name == "clock"
    if connectors.level is Level.FAIL:
        return
    if reachable:
        yield from processes.held_back()
    yield from processes.workers()
    if reachable:
        yield processes.scheduler()


def _show(finding: Finding) -> None:
    screen = console()
    line = Text.assemble((f"{finding.level:5}", _STYLES[finding.level]), f"{finding.name:11} {finding.says}")
    screen.print(line, soft_wrap=True)
    if finding.advice:
        screen.print(Text(f"{'':16} {finding.advice}"), soft_wrap=True)
