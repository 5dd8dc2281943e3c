"""Payouts in every state, made the way they are made in production, and the means to break them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import transaction

from payouts_service.audit import changes
from payouts_service.audit.models import Mark
from payouts_service.audit.services import Books, judge, judge_changes
from payouts_service.kit.ids import from_text
from payouts_service.payouts import claims, engine
from tests.client import Client, address


@dataclass(frozen=True)
class Stories:
    """The wire id of one payout for each state, by the name of the state."""

    payouts: dict[str, str]
    superuser: psycopg.Connection

    def uuid(self, story: str) -> UUID:
        found = from_text("po", self.payouts[story])
        assert found is not None
        return found

    def break_by_hand(self, statement: str, story: str) -> None:
        """Run the statement where no trigger, foreign key or right of the service stands in its way."""
        self.superuser.execute("SET session_replication_role = replica")
        self.superuser.execute(statement, {"id": self.uuid(story)})
        self.superuser.execute("SET session_replication_role = origin")


def tell_stories(acme: Client, superuser: psycopg.Connection) -> Stories:
    payouts = {"completed": acme.create(connector="instant", external_id="order-1")["id"]}
    engine.pay_ready("instant", budget_seconds=20)
    payouts["claimed"] = acme.create()["id"]
    assert len(claims.claim_payable("simulator", 10).items) == 1  # …by a worker that was not heard of again.
    payouts["taken"] = acme.create()["id"]
    payouts["refused"] = acme.create()["id"]
    for story in ("taken", "refused"):
        acme.patch(address(payouts[story]), {"status": "processing"})
    acme.patch(address(payouts["refused"]), {"status": "failed"})
    payouts["canceled"] = acme.create()["id"]
    acme.post(f"{address(payouts['canceled'])}cancel/", {"reason": "Not needed"})
    payouts["deleted"] = acme.create()["id"]
    acme.delete(address(payouts["deleted"]))
    answer = acme.post("/api/payouts/", {**BODY, "external_id": "order-2"}, Idempotency_Key="key-of-order-2")
    payouts["created"] = acme.json(answer)["id"]
    acme.patch(address(payouts["created"]), {"comment": "Changed since"})
    payouts["by_people"] = acme.create(connector="manual")["id"]
    return Stories(payouts, superuser)


LEFT_TO_THE_FULL_AUDIT = {
    "every_key_has_its_payout",
    "one_payout_a_key",
    "one_payout_an_external_id",
    "usage_is_what_counts",
    "what_was_told_is_booked",
}
BODY = {"amount": "100.00", "currency": "USD", "recipient_details": "Card ****1234"}


def broken(books: Books | None = None) -> dict[str, tuple[str, ...]]:
    """The ids that each broken invariant names."""
    return {finding.invariant.name: finding.ids for finding in judge(books) if finding.broken}


def judge_until_now() -> None:
    """As if an audit had found nothing, so long after all there is that not even its margin reaches back."""
    with transaction.atomic():
        here = changes.this_moment()
    at = here.at + changes.MARGIN
    reached = {"cluster": here.cluster, "transaction_id": here.transaction_id, "judged_at": at, "full_at": here.at}
    Mark.objects.update_or_create(id=1, defaults=reached)


def broken_by_changes() -> dict[str, tuple[str, ...]]:
    """The ids that each invariant names, judged of what changed since the last audit."""
    return {finding.invariant.name: finding.ids for finding in judge_changes() if finding.broken}
