"""One HTTP call that ends: bounded in time as a whole, bounded in size, and open about what is known when it fails.

httpx counts its timeouts for each read and write anew, so a provider that sends one byte a second could hold a call
for hours. Here a call has one deadline, to which every wait on the socket is cut. (The look-up of a host name is left
to the operating system's own limit.)
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

MAX_ANSWER_BYTES: Final = 64 * 1024
# Shorter than any server's own limit, so that a connection is rarely closed under a request.
_KEEPALIVE_SECONDS: Final = 15.0

_deadline: ContextVar[float] = ContextVar("deadline")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the whole body, at most 64 KiB, as it was on the wire."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """No usable answer came. ``sent`` is False only where it is certain that nothing reached the provider."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


class BoundedClient:
    """Calls one provider with JSON, over connections that are kept open. Safe for many threads.

    ``timeout_seconds`` bounds each call as a whole, ``max_in_flight`` the calls at one time. Redirects are not followed
    and the proxies of the environment are not used: an answer comes from the configured address or not at all.
    """

    def __init__(self, base_url: str, *, timeout_seconds: float, max_in_flight: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._client = httpx.Client(
            base_url=base_url,
            transport=_DeadlineTransport(max_in_flight),
            timeout=timeout_seconds,
            headers={"accept": "application/json", "accept-encoding": "identity"},
            trust_env=False,
        )

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Send ``body`` as JSON and return the answer, whatever its status. Raises NoAnswer where none came."""
        token = _deadline.set(time.monotonic() + self._timeout_seconds)
        try:
            with self._client.stream(method, path, json=body) as response:
                return Answer(response.status_code, _read_whole(response))
        except httpx.PoolTimeout as error:
            raise NoAnswer("no free connection to the provider", sent=False) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoAnswer("the provider could not be reached", sent=False) from error
        except httpx.TimeoutException as error:
            raise NoAnswer(f"no whole answer within {self._timeout_seconds:g} s", sent=True) from error
        except httpx.HTTPError as error:
            raise NoAnswer(f"the connection failed ({type(error).__name__})", sent=True) from error
        finally:
            _deadline.reset(token)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._client.close()


def _read_whole(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():  # Raw: a compressed answer, which nobody asked for, is not unpacked.
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise NoAnswer(f"the answer is larger than {MAX_ANSWER_BYTES // 1024} KiB", sent=True)
    return bytes(body)


class _DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport with another way to wait on sockets, for which it has no public argument."""

    def __init__(self, max_connections: int) -> None:
        trust = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=trust)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=_DeadlineBackend(),
        )


class _DeadlineBackend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _seconds_left(httpcore.ConnectTimeout)
        return _DeadlineStream(super().connect_tcp(host, port, left, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _seconds_left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _seconds_left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _seconds_left(httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _seconds_left(too_late: type[httpcore.TimeoutException]) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise too_late
    return left
