"""A provider that answers with whatever bytes a test gives it, however broken, over a real socket."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_BETWEEN_BYTES_SECONDS = 0.02


def http(status: int, body: bytes | dict[str, object], *headers: str) -> bytes:
    """An HTTP/1.1 answer in one piece; a dict is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@contextmanager
def answering(answer: bytes, *, endless_drip: bool = False) -> Iterator[str]:
    """The address of a provider that sends ``answer`` and closes; ``endless_drip`` repeats its last byte for ever."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            try:
                self.wfile.write(answer)
                for byte in _drip(answer[-1:], stopped) if endless_drip else ():
                    self.wfile.write(byte)
            except OSError:
                return  # The client went away, as it should.

    stopped = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            stopped.set()
            server.shutdown()
            thread.join()


def _drip(byte: bytes, stopped: threading.Event) -> Iterable[bytes]:
    while not stopped.is_set():
        time.sleep(_BETWEEN_BYTES_SECONDS)
        yield byte
