"""Times claims of 200 ready payouts, as a worker makes them; a process apart, for it sets Django up.

    python -m bench.claiming 20

Prints the milliseconds of each as JSON. What is claimed is settled at once, untimed, so that nothing stays in flight.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import Final

import django

CLAIM: Final = 200
CONNECTOR: Final = "instant"


def main(claims: int) -> None:
    """Claim and settle, so many times."""
    from payouts_service.connectors import contract  # noqa: PLC0415  # Django is set up by now.
    from payouts_service.payouts.claims import claim_payable  # noqa: PLC0415  # As above.
    from payouts_service.payouts.settlement import Result, settle  # noqa: PLC0415  # As above.

    taken = []
    for _ in range(claims + 1):
        started = perf_counter()
        items = claim_payable(CONNECTOR, CLAIM).items
        taken.append((perf_counter() - started) * 1000)
        if len(items) != CLAIM:
            sys.exit(f"A claim took {len(items)} payouts and not {CLAIM}.")
        settle(
            [
                Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", contract.confirmed("benchmark"))
                for item in items
            ]
        )
    sys.stdout.write(json.dumps(taken[1:]))  # The first one opens the connection.


if __name__ == "__main__":
    django.setup()
    import payouts_service.celery  # noqa: F401  # The app whose broker hints go to.

    main(int(sys.argv[1]))
