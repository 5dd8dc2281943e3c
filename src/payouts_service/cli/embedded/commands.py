"""`payouts local …`: the embedded stack from the command line. The Makefile's words lead here."""

from __future__ import annotations

import os

import click

from payouts_service.cli.asking import confirm
from payouts_service.cli.embedded.places import Places, bin_folder
from payouts_service.cli.embedded.refusal import StackRefused
from payouts_service.cli.embedded.stack import Stack

BODY = '{"amount": "100.00", "currency": "USD", "recipient_details": "Card ****1234", "comment": "Test payout"}'


@click.group("local")
def local() -> None:
    """The embedded stack: PostgreSQL, Redis, a simulated provider and the service, without containers."""


def _stack() -> Stack:
    return Stack(Places.of_this_checkout())


@local.command()
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), help="Port of the API; 8000 at first.")
def up(port: int | None) -> None:
    """Start everything, wait until it is ready, print the addresses."""
    stack = _stack()
    click.echo("Runtime: local (no containers).")
    stack.up(port)
    address = f"http://127.0.0.1:{stack.port()}"
    click.echo(
        f"\nReady.\n"
        f"  Console    {address}/  (e-mail and password: .local/console)\n"
        f"  API        {address}/api/payouts/\n"
        f"  Swagger    {address}/api/docs/swagger/\n"
        f"  Redoc      {address}/api/docs/redoc/\n"
        f"  Simulator  {stack.settings().environment['SIMULATOR_URL']}\n\n"
        f"A first payout:\n\n"
        f"  . .local/env\n"
        f'  curl -sS "$PAYOUTS_URL/api/payouts/" -H "Authorization: Bearer $PAYOUTS_API_KEY" \\\n'
        f"    -H 'Content-Type: application/json' \\\n"
        f"    -d '{BODY}'\n"
    )


@local.command()
def down() -> None:
    """Stop everything; the data stay."""
    click.echo("Stopped; the data stay." if _stack().down() else "The stack was not running.")


@local.command()
def status() -> None:
    """Print the state of each process; exit 1 unless all run."""
    stack = _stack()
    if not stack.supervisor.is_running():
        raise StackRefused("The stack is not running; start it with `make up`.")
    processes = stack.supervisor.processes()
    for name, process in processes.items():
        click.echo(f"{name:10} {process.state:10} {process.pid}")
    if any(process.state != "RUNNING" for process in processes.values()):
        raise SystemExit(1)


@local.command()
def logs() -> None:
    """Follow the logs of all processes; Ctrl-C ends it."""
    files = sorted(_stack().places.logs.glob("*.log"))
    if not files:
        raise StackRefused("There are no logs yet; run `make up` first.")
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])  # noqa: S606, S607  # Ours from here: no shell.


@local.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    _stack().run("payouts", "migrate")


@local.command()
def demo() -> None:
    """Fill the running stack with a lively day."""
    _stack().run("payouts", "demo")


@local.command()
def shell() -> None:
    """Open Django's shell with the stack's settings."""
    environment = _stack().environment()
    command = [str(bin_folder() / "django-admin"), "shell"]
    os.execve(command[0], command, environment)  # noqa: S606  # Ours from here: no shell.


@local.command()
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask.")
def clean(*, yes: bool) -> None:
    """Stop everything and remove data, settings and logs."""
    if not yes:
        confirm("This stops the stack and removes its data, settings and logs. Go on?", instead="YES=1")
    _stack().clean()
    click.echo("Removed.")
