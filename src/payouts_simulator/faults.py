"""The ways in which an answer that is due can fail to arrive: one function each, and the table that names them."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

HANG_SECONDS: Final = 60.0

Fault = Callable[[web.Request, web.Response], Awaitable[web.Response]]


async def lose(request: web.Request, response: web.Response) -> web.Response:
    """Reset the connection (a TCP RST, not a polite end), so that the client learns nothing."""
    if request.transport is not None:
        # SO_LINGER with zero seconds makes the close a reset (socket(7)).
        request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        request.transport.abort()
    return response


async def hang(request: web.Request, response: web.Response) -> web.Response:
    """Keep the client waiting longer than any client should wait, then reset the connection."""
    await asyncio.sleep(HANG_SECONDS)
    return await lose(request, response)


FAULTS: Final[Mapping[str, Fault]] = {"hang": hang, "lose": lose}
