"""A TCP proxy that does harm on demand: holds, delays, drips, cuts, refuses, and loses replies that match a pattern.

It stands before PostgreSQL, Redis, the simulated provider and the API, because a lost reply and a link that is silent
in one direction can be had in no other way on a plain machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 65_536
_DRIPS_PER_SECOND: Final = 20
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds makes the close a reset (socket(7)).


class Way:
    """One direction through the proxy, and what is wrong with it now."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.heal()

    def hold(self) -> None:
        """Let nothing through. What arrives meanwhile is kept, as by a network that repeats its packets."""
        self._open.clear()

    def heal(self) -> None:
        """Let everything through at once."""
        self.latency_seconds = 0.0
        self.bytes_per_second: float | None = None
        self._open.set()

    async def carry(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Pass a chunk on in this way's manner."""
        await self._open.wait()
        await asyncio.sleep(self.latency_seconds)
        while data:
            piece = data if self.bytes_per_second is None else data[: max(1, int(self.bytes_per_second / 20))]
            data = data[len(piece) :]
            writer.write(piece)
            await writer.drain()
            if self.bytes_per_second is not None:
                await asyncio.sleep(1 / _DRIPS_PER_SECOND)
            await self._open.wait()


@dataclass(eq=False)
class _Link:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    tail: bytes = b""
    """The end of the last reply: a pattern may lie across two chunks."""
    pumps: list[asyncio.Task[None]] = field(default_factory=list)


class Proxy:
    """Listens on a port of its own and passes everything on to ``target_port``, both on 127.0.0.1."""

    def __init__(self, target_port: int, port: int, chances: random.Random) -> None:
        self.port = port
        self.to_server = Way()
        self.to_client = Way()
        self.dropped = 0
        self._target_port = target_port
        self._chances = chances
        self._pattern = b""
        self._chance = 0.0
        self._links: set[_Link] = set()
        self._stranded: set[_Link] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def heal(self) -> None:
        """End every fault. Connections that were lost stay lost."""
        self.to_server.heal()
        self.to_client.heal()
        self._chance = 0.0
        if self._listener is None:
            await self.start()

    async def close(self) -> None:
        """Stop listening and end all connections."""
        self.refuse()
        for link in (*self._links, *self._stranded):
            _end(link)
        if self._serving:
            await asyncio.wait(self._serving)

    def refuse(self) -> None:
        """Refuse new connections; those that exist stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def cut(self) -> None:
        """Reset every connection, on both sides."""
        for link in tuple(self._links):
            _end(link)

    def strand(self) -> None:
        """Let every connection fall silent for ever, as when the server's host vanishes; new ones work."""
        for link in tuple(self._links):
            self._links.discard(link)
            self._stranded.add(link)
            for pump in link.pumps:
                pump.cancel()
            _reset(link.server)

    def drop_replies(self, pattern: bytes, chance: float) -> None:
        """From now on lose a reply that holds ``pattern`` with this chance, and reset its connection."""
        self._pattern, self._chance = pattern, chance

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            _reset(writer)  # As near to the target's refusal as an accepted connection comes.
            return
        link = _Link(writer, server_writer)
        self._links.add(link)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        link.pumps = [
            asyncio.create_task(self._pump(reader, server_writer, self.to_server)),
            asyncio.create_task(self._pump(server_reader, writer, self.to_client, link)),
        ]
        await asyncio.wait(link.pumps, return_when=asyncio.FIRST_COMPLETED)
        if link not in self._stranded:
            self._links.discard(link)
            for pump in link.pumps:
                pump.cancel()
            for end in (writer, server_writer):
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way, replies_of: _Link | None = None
    ) -> None:
        with contextlib.suppress(OSError):  # An end is gone: so is the link.
            while data := await reader.read(_CHUNK):
                if replies_of is not None and self._is_lost(replies_of, data):
                    _end(replies_of)
                    return
                await way.carry(data, writer)

    def _is_lost(self, link: _Link, data: bytes) -> bool:
        if not self._chance:
            return False
        seen = link.tail + data
        link.tail = seen[-len(self._pattern) + 1 :]
        lost = self._pattern in seen and self._chances.random() < self._chance
        self.dropped += lost
        return lost


def _end(link: _Link) -> None:
    for pump in link.pumps:
        pump.cancel()
    for end in (link.client, link.server):
        _reset(end)


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # It is closed already.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
