"""Makes payouts that are ready to be paid, by the service's own verb; a process apart, for it sets Django up.

    python -m bench.seeding 20000 --tenants 1

They are committed in sets, which is faster than the API and leaves the same rows and the same hint for each payout.
"""

from __future__ import annotations

from typing import Any, Final

import click
import django

SET: Final = 500
ACCOUNTS: Final = 2000


def body(number: int) -> dict[str, Any]:
    """The body of a create: an account of its own among two thousand, an amount of its own."""
    from schwifty import IBAN  # noqa: PLC0415  # Slow to import; only the process that seeds needs it.

    iban = IBAN.generate("DE", bank_code="37040044", account_code=f"{number % ACCOUNTS * 4999:010d}")
    details = {"kind": "iban", "name": "Ada Lovelace", "iban": str(iban)}
    amount = f"{number % 900 + 1}.{number % 100:02d}"
    return {"amount": amount, "currency": "EUR", "recipient_details": details, "comment": f"Invoice {number}"}


def seed(payouts: int, tenants: int, name: str) -> None:
    """Make so many payouts, of so many new tenants in turn."""
    from django.db import transaction  # noqa: PLC0415  # Django is set up by now.

    import payouts_service.celery  # noqa: F401, PLC0415  # The app whose broker hints go to.
    from payouts_service.kit import ids  # noqa: PLC0415  # As above.
    from payouts_service.kit.clock import utc_now  # noqa: PLC0415  # As above.
    from payouts_service.payouts.requests import CreatePayout  # noqa: PLC0415  # As above.
    from payouts_service.payouts.services import create_payout  # noqa: PLC0415  # As above.
    from payouts_service.tenants.models import Tenant  # noqa: PLC0415  # As above.

    owners = [Tenant(id=ids.new_id(), name=f"{name} {number}", created_at=utc_now()) for number in range(tenants)]
    Tenant.objects.bulk_create(owners)
    for first in range(0, payouts, SET):
        with transaction.atomic():
            for number in range(first, min(first + SET, payouts)):
                request = CreatePayout.model_validate(body(number))
                owner = owners[number % tenants]
                create_payout(tenant_id=owner.id, request=request, idempotency_key=f"seed-{number}")


@click.command()
@click.argument("payouts", type=int)
@click.option("--tenants", default=1, show_default=True)
@click.option("--name", default="bench", show_default=True, help="What the tenants' names begin with.")
def main(payouts: int, tenants: int, name: str) -> None:
    """Make PAYOUTS that are ready."""
    django.setup()
    seed(payouts, tenants, name)


if __name__ == "__main__":
    main()
