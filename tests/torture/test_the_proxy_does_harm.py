from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest

from payouts_service.cli.embedded.kept_settings import free_port
from tests.torture.proxy import Proxy

Talk = Callable[[Proxy], Awaitable[None]]


def through_a_proxy(talk: Talk) -> None:
    """Run ``talk`` with a proxy before a server that repeats each line and adds OK."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(b"OK " + line)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        proxy = Proxy(server.sockets[0].getsockname()[1], free_port(), random.Random(1))  # noqa: S311 - no secret
        await proxy.start()
        try:
            await asyncio.wait_for(talk(proxy), 20)
        finally:
            await proxy.close()
            server.close()
            await server.wait_closed()

    asyncio.run(run())


async def ask(proxy: Proxy, word: bytes = b"hello") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(word + b"\n")
        return await reader.readline()
    finally:
        writer.close()


def test_it_passes_everything_on() -> None:
    async def talk(proxy: Proxy) -> None:
        assert await ask(proxy) == b"OK hello\n"

    through_a_proxy(talk)


def test_it_loses_the_replies_that_match_and_no_others() -> None:
    async def talk(proxy: Proxy) -> None:
        proxy.drop_replies(b"OK COMMIT", 1)
        assert await ask(proxy) == b"OK hello\n"
        with pytest.raises(ConnectionResetError):
            await ask(proxy, b"COMMIT")
        assert proxy.dropped == 1
        await proxy.heal()
        assert await ask(proxy, b"COMMIT") == b"OK COMMIT\n"

    through_a_proxy(talk)


def test_it_holds_one_direction_and_keeps_what_came() -> None:
    async def talk(proxy: Proxy) -> None:
        proxy.to_client.hold()
        asked = asyncio.create_task(ask(proxy))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asked), 0.3)
        await proxy.heal()
        assert await asked == b"OK hello\n"

    through_a_proxy(talk)


def test_it_refuses_and_listens_again() -> None:
    async def talk(proxy: Proxy) -> None:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await ask(proxy)
        await proxy.heal()
        assert await ask(proxy) == b"OK hello\n"

    through_a_proxy(talk)


def test_it_resets_connections() -> None:
    async def talk(proxy: Proxy) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello\n")
        await reader.readline()
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.readline()
        writer.close()

    through_a_proxy(talk)


def test_it_strands_old_connections_and_serves_new_ones() -> None:
    async def talk(proxy: Proxy) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello\n")
        await reader.readline()
        proxy.strand()
        writer.write(b"hello\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.3)
        assert await ask(proxy) == b"OK hello\n"
        writer.close()

    through_a_proxy(talk)


def test_it_drips() -> None:
    async def talk(proxy: Proxy) -> None:
        proxy.to_client.bytes_per_second = 20
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await ask(proxy, b"0123456789") == b"OK 0123456789\n"
        assert loop.time() - began >= 0.6  # 14 bytes, one in each twentieth of a second: it cannot be faster.

    through_a_proxy(talk)
