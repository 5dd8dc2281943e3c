"""The service's API as its clients see it, for the demonstration."""

from __future__ import annotations

import time
from typing import Any, Final

import click
import httpx

_TRIES: Final = 5
_LONGEST_PAUSE_SECONDS: Final = 10
_AGAIN: Final = {409, 429, 503}


class Api:
    """Sends requests with one key, each until it is answered. Raises ClickException in one sentence."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False)  # No proxy between us.

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """Read."""
        return self._document(self._send("GET", path, params=parameters))

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change."""
        return self._document(self._send("PATCH", path, json=body))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do something that may be done again."""
        return self._document(self._send("POST", path, json=body))

    def make(self, path: str, body: dict[str, Any], *, key: str) -> tuple[dict[str, Any], bool]:
        """What a create makes, and whether it was made before under the same key."""
        answer = self._send("POST", path, json=body, headers={"Idempotency-Key": key})
        return self._document(answer), "Idempotent-Replayed" in answer.headers

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = self._ask(method, path, **request)
        for _ in range(_TRIES):
            if answer.status_code not in _AGAIN or "Retry-After" not in answer.headers:
                break
            time.sleep(min(float(answer.headers["Retry-After"]), _LONGEST_PAUSE_SECONDS))
            answer = self._ask(method, path, **request)
        return answer

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **request)
        except httpx.TransportError as error:
            why = str(error).rstrip(".")
            raise click.ClickException(
                f"the service does not answer at {self._client.base_url}: {why}. Start it with `make up`, or say "
                "where it is with --url."
            ) from error

    @staticmethod
    def _document(answer: httpx.Response) -> dict[str, Any]:
        try:
            document: dict[str, Any] = answer.json()
        except ValueError as error:
            raise click.ClickException(f"{answer.url} is no address of the service; give it with --url.") from error
        if answer.is_error:
            raise click.ClickException(f"{answer.request.method} {answer.url.path}: {document.get('detail')}")
        return document
