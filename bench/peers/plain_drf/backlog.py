"""Makes payouts and gives each to Celery: ``python -m bench.peers.plain_drf.backlog 2000``."""

import sys
from decimal import Decimal

import bench.peers.plain_drf.wsgi  # noqa: F401 - sets Django and Celery up.
from bench.peers.plain_drf.models import Payout
from bench.peers.plain_drf.tasks import pay


def main(number: int) -> None:
    """Insert, then queue, so many."""
    payouts = Payout.objects.bulk_create(
        Payout(amount=Decimal("150.00"), currency="EUR", name="Ada Lovelace", iban="DE89370400440532013000")
        for _ in range(number)
    )
    for payout in payouts:
        pay.delay(str(payout.id))


if __name__ == "__main__":
    main(int(sys.argv[1]))
