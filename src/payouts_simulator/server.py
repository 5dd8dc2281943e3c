"""The simulated provider's HTTP interface and its command, as the package's docstring describes them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Final

import click
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from payouts_simulator import scenarios
from payouts_simulator.bookkeeper import Bookkeeper
from payouts_simulator.books import Order, Payment
from payouts_simulator.faults import FAULTS

BOOKS: Final = web.AppKey("books", Bookkeeper)
LATENCY_SECONDS: Final = web.AppKey("latency_seconds", float)
_PAGE_SIZE: Final = 1000
_STOP_SECONDS: Final = 1.0


class PaymentRequest(BaseModel):
    """The body of ``POST /payments``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,35}$")]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    recipient: Annotated[dict[str, str], Field(min_length=1)]
    metadata: dict[str, str] = Field(default_factory=dict)


async def post_payment(request: web.Request) -> web.Response:
    """Book a payment once and say what became of it."""
    try:
        wanted = PaymentRequest.model_validate_json(await request.read())
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"][:1])) or "body" for item in error.errors()})
        return _error(400, "invalid_request", f"Correct these fields: {', '.join(fields)}.")
    await asyncio.sleep(request.app[LATENCY_SECONDS])
    scenario = scenarios.choose(wanted.amount, wanted.metadata)
    fingerprint = hashlib.sha256(json.dumps(wanted.model_dump(), sort_keys=True).encode()).digest()
    payment, is_new = await request.app[BOOKS].record(
        Order(
            wanted.reference,
            fingerprint,
            wanted.amount,
            wanted.currency,
            scenario.rejection,
            scenario.delay_seconds,
        )
    )
    if payment.fingerprint != fingerprint:
        return _error(409, "reference_reused", "This reference came before with another body.")
    status = 422 if payment.status == "rejected" else 201 if is_new else 200
    answer = web.json_response(_present(payment), status=status)
    if is_new and scenario.fault is not None:
        return await FAULTS[scenario.fault](request, answer)
    return answer


async def get_payment(request: web.Request) -> web.Response:
    """What became of a payment."""
    await asyncio.sleep(request.app[LATENCY_SECONDS])
    reference = request.match_info["reference"]
    keeper = request.app[BOOKS]
    payment = await keeper.read(keeper.books.find, reference)
    if payment is None:
        return _error(404, "unknown_reference", "No payment has this reference.", reference=reference)
    return web.json_response(_present(payment))


async def get_books(request: web.Request) -> web.Response:
    """A page of effects."""
    try:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", _PAGE_SIZE))
    except ValueError:
        return _error(400, "invalid_request", "`after` and `limit` must be whole numbers.")
    if not (0 <= after < 2**63 and 1 <= limit <= _PAGE_SIZE):
        return _error(400, "invalid_request", f"`after` must not be negative, `limit` must be 1 to {_PAGE_SIZE}.")
    keeper = request.app[BOOKS]
    effects = await keeper.read(keeper.books.effects, after, limit)
    next_after = effects[-1]["id"] if len(effects) == limit else None
    return web.json_response({"effects": effects, "next_after": next_after})


async def get_summary(request: web.Request) -> web.Response:
    """The effects, counted and added up."""
    keeper = request.app[BOOKS]
    return web.json_response(await keeper.read(keeper.books.summary))


async def get_health(request: web.Request) -> web.Response:
    """200 while the books can be read."""
    keeper = request.app[BOOKS]
    await keeper.read(keeper.books.effects, 0, 1)
    return web.json_response({"status": "ok"})


def _present(payment: Payment) -> dict[str, Any]:
    rejection = payment.rejection
    return {
        "reference": payment.reference,
        "provider_reference": payment.provider_reference,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": payment.status,
        "rejection": rejection and {"code": rejection, "message": scenarios.REJECTIONS[rejection]},
    }


def _error(status: int, code: str, message: str, **extra: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message, **extra}}, status=status)


def make_app(books: Path, latency_seconds: float) -> web.Application:
    """The application on this books file; every answer about payments takes ``latency_seconds`` longer."""

    async def keep_books(app: web.Application) -> AsyncIterator[None]:
        app[BOOKS] = await Bookkeeper.open(books)
        yield
        await app[BOOKS].close()

    app = web.Application()
    app[LATENCY_SECONDS] = latency_seconds
    app.cleanup_ctx.append(keep_books)
    app.add_routes(
        [
            web.post("/payments", post_payment),
            web.get("/payments/{reference}", get_payment),
            web.get("/books", get_books),
            web.get("/books/summary", get_summary),
            web.get("/health", get_health),
        ]
    )
    return app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8099, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--books", required=True, type=click.Path(dir_okay=False, path_type=Path), help="SQLite file of the books."
)
@click.option("--latency", default=0.0, show_default=True, type=click.FloatRange(0, 60), help="Seconds per answer.")
def main(host: str, port: int, books: Path, latency: float) -> None:
    """Run the simulated provider until SIGTERM or SIGINT."""

    def say_where(_: str) -> None:
        click.echo(f"The simulated provider listens on http://{host}:{port}; its books are in {books}.")

    try:
        web.run_app(
            make_app(books, latency),
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


if __name__ == "__main__":
    main()
