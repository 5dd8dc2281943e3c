"""Creates the README's first payout at PAYOUTS_URL and waits until it is completed, or says what it saw."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

WAIT_SECONDS = 60
PAYOUT = {"amount": "100.00", "currency": "USD", "recipient_details": "Card ****1234", "comment": "Test payout"}


def call(path: str, body: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """GET the path, or POST the body to it; raises HTTPError unless the answer is a success."""
    request = Request(  # noqa: S310 - the address is the one that `make up` wrote.
        os.environ["PAYOUTS_URL"] + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['PAYOUTS_API_KEY']}",
            "Content-Type": "application/json",
            **(headers or {}),
        },
    )
    around_any_proxy = build_opener(ProxyHandler({}))
    with around_any_proxy.open(request, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def main() -> None:
    """The journey."""
    payout = call("/api/payouts/", PAYOUT)
    deadline = time.monotonic() + WAIT_SECONDS
    while payout["status"] != "completed":
        if payout["status"] == "failed" or time.monotonic() > deadline:
            sys.exit(f"the payout did not complete: {payout}")
        time.sleep(0.2)
        payout = call(f"/api/payouts/{payout['id']}/")
    sys.stdout.write(f"payout {payout['id']} completed\n")


if __name__ == "__main__":
    main()
