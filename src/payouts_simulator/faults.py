"""The ways in which an answer that is due can fail to arrive: one function each, and the table that names them."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from payouts_simulator import answers

HANG_SECONDS: Final = 60.0
DRIP_SECONDS: Final = 0.25


async def lose(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Reset the connection (a TCP RST, not a polite end), so that the client learns nothing."""
    if request.transport is not None:
        # SO_LINGER with zero seconds makes the close a reset (socket(7)).
        request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        request.transport.abort()
    return answer


async def hang(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Keep the client waiting longer than any client should wait, then reset the connection."""
    await asyncio.sleep(HANG_SECONDS)
    return await lose(request, answer)


async def fail(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Answer 500, whatever is in the books."""
    del request, answer
    return answers.error(500, "internal_error", "Something went wrong here.")


async def throttle(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Answer 429, whatever is in the books."""
    del request, answer
    refusal = answers.error(429, "too_many_requests", "Come back later.")
    refusal.headers["Retry-After"] = "1"
    return refusal


async def drip(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Send the true answer one byte at a time, four in a second: more than half a minute for a payment."""
    content = answer.body
    if not isinstance(content, bytes):
        raise TypeError("Only an answer that is in memory can be dripped.")
    slow = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
    slow.content_length = len(content)
    try:
        await slow.prepare(request)
        for byte in content:
            await slow.write(bytes([byte]))
            await asyncio.sleep(DRIP_SECONDS)
        await slow.write_eof()
    except ConnectionError:
        await lose(request, answer)  # The client lost its patience, as it should.
    return slow


@dataclass(frozen=True, slots=True)
class Fault:
    """``answer`` takes the place of the answer that is due.

    ``books``: whether the payment is booked all the same. ``always``: it strikes every ``POST`` of the reference, and
    not the first alone.
    """

    answer: Callable[[web.Request, web.Response], Awaitable[web.StreamResponse]]
    books: bool = True
    always: bool = False


FAULTS: Final[Mapping[str, Fault]] = {
    "lose": Fault(lose),
    "lose_unbooked": Fault(lose, books=False),
    "hang": Fault(hang),
    "error": Fault(fail),
    "error_unbooked": Fault(fail, books=False),
    "error_for_ever": Fault(fail, always=True),
    "throttle": Fault(throttle),
    "throttle_unbooked": Fault(throttle, books=False),
    "drip": Fault(drip),
}
