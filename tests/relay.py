"""A relay between one port and a server: what it passes on may be frozen (SIGSTOP) or cut (SIGKILL) without touching
the server, which need not be ours. A frozen relay looks like a frozen server: connections are taken, nothing answers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _relay(port: int, host: str, target: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("host")
    parser.add_argument("target", type=int)
    arguments = parser.parse_args()
    asyncio.run(_relay(arguments.port, arguments.host, arguments.target))
