"""The simulated provider as a process: its addresses and its command, as the package's docstring describes them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import click
from aiohttp import web
from pydantic import ValidationError

from payouts_simulator import control, looking, payments, reports
from payouts_simulator.bookkeeper import BOOKS, Bookkeeper
from payouts_simulator.books import Books
from payouts_simulator.callbacks import keep_courier
from payouts_simulator.control import DESK, Desk
from payouts_simulator.personality import PERSONALITIES

_STOP_SECONDS: Final = 1.0
_SECRET: Final = "SIMULATOR_CALLBACK_SECRET"  # noqa: S105 - the name of a variable


def make_app(books: Path, desk: Desk) -> web.Application:
    """The application on this books file."""

    async def keep_books(app: web.Application) -> AsyncIterator[None]:
        app[BOOKS] = await Bookkeeper.open(books)
        await app[BOOKS].do(Books.call_back, desk.control.callback_url is not None)
        yield
        await app[BOOKS].close()

    app = web.Application()
    app[DESK] = desk
    app.cleanup_ctx.extend([keep_books, keep_courier])
    app.add_routes(
        [
            web.post("/payments", payments.post_payment),
            web.get("/payments/{reference}", payments.get_payment),
            web.get("/", looking.get_page),
            web.get("/books", looking.get_effects),
            web.get("/books/summary", looking.get_summary),
            web.get(f"/books/{{list:{'|'.join(reports.LISTS)}}}", looking.get_list),
            web.get("/control", control.get_control),
            web.post("/control", control.post_control),
            web.get("/health", looking.get_health),
        ]
    )
    return app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8099, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--books", required=True, type=click.Path(dir_okay=False, path_type=Path), help="SQLite file of the books."
)
@click.option(
    "--personality",
    default="lossy",
    show_default=True,
    type=click.Choice(list(PERSONALITIES)),
    help="How it treats payments that ask for no scenario: well; losing one answer in six; with every fault.",
)
@click.option("--seed", default=1, show_default=True, help="What the dice of the personality follow from.")
@click.option("--latency", default=0.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds per answer.")
@click.option("--callback-url", help="Where it posts what became of payments. Needs a secret.")
@click.option(
    "--callback-secret-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File of the secret that signs callbacks; without it, {_SECRET} from the environment.",
)
def main(  # noqa: PLR0917 - one argument for each option of the command
    host: str,
    port: int,
    books: Path,
    personality: str,
    seed: int,
    latency: float,
    callback_url: str | None,
    callback_secret_file: Path | None,
) -> None:
    """Run the simulated provider until SIGTERM or SIGINT."""
    secret = _secret(callback_secret_file)
    if callback_url is not None and secret is None:
        raise click.ClickException(f"--callback-url needs a secret: set {_SECRET}, or give --callback-secret-file.")
    try:
        start = control.start_with(personality, seed=seed, latency_seconds=latency, callback_url=callback_url)
    except ValidationError as error:
        raise click.ClickException("--callback-url must be an http or https URL.") from error

    def say_where(_: str) -> None:
        click.echo(
            f"The simulated provider listens on http://{host}:{port}; its books are in {books}; "
            f"it is {personality}, with the seed {seed}."
        )

    try:
        web.run_app(
            make_app(books, Desk(start, secret)),
            host=host,
            port=port,
            print=say_where,
            access_log=None,
            shutdown_timeout=_STOP_SECONDS,
        )
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
        ) from error
    except sqlite3.Error as error:
        raise click.ClickException(f"Cannot use the books in {books}: {error}. Choose another --books.") from error


def _secret(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(_SECRET) or None
    try:
        return file.read_text().strip()
    except OSError as error:
        raise click.ClickException(f"--callback-secret-file: {error.strerror} ({file}).") from error


if __name__ == "__main__":
    main()
