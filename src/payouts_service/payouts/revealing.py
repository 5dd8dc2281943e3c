"""Show the sealed details of a payout to somebody who may see them, and record who did."""

from __future__ import annotations

from typing import Final

from payouts_service.events.log import Fact, append
from payouts_service.kit import ids
from payouts_service.kit.errors import ServiceError
from payouts_service.payouts import queries
from payouts_service.payouts.attempts import SEALED_COLUMN
from payouts_service.payouts.models import Payout
from payouts_service.payouts.steps import step
from payouts_service.payouts.wire import payout_id_text
from payouts_service.recipients.sealing import open_sealed

PREFIX: Final = "dis"


class DetailsErased(ServiceError):
    """The details were erased for good (410)."""

    status = 410
    code = "details-erased"
    title = "The recipient's details have been erased"


def reveal_details(payout: Payout) -> dict[str, str]:
    """The details in plain; the event is committed before they are handed out.

    A disclosure is an object of its own: it changes nothing of the payout, whose version and ETag stay, and it takes no
    lock of a payout that is being paid. Raises DetailsErased and CannotOpen.
    """
    if not payout.details_sealed:
        raise DetailsErased("Read the payout without reveal; whom it was paid to is no longer known here.")
    details = open_sealed(payout.details_sealed, row_id=payout.id, column=SEALED_COLUMN)
    disclosure_id = ids.new_id()
    told = {
        "id": ids.to_text(PREFIX, disclosure_id),
        "object": "disclosure",
        "payout_id": payout_id_text(payout.id),
        "revealed": ["recipient_details"],
        "version": 1,
    }
    with step("reveal", writes=True):
        fact = Fact("payout.details_revealed", payout.tenant_id, "disclosure", disclosure_id, 1, told)
        append([fact], at=queries.database_now())
    return details
