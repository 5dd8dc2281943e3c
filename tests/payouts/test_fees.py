"""What a provider charges is posted once, on an account of its own, and never taken from the payout."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from payouts_service.connectors.contract import confirmed
from payouts_service.payouts import claims, settlement
from payouts_service.payouts.settlement import Result
from tests.audit.stories import broken
from tests.client import Client
from tests.ledger.money import balances
from tests.payouts.test_returns import pay
from tests.simulator_process import SimulatorProcess


def test_a_fee_is_posted_on_its_own_account(acme: Client, simulator: SimulatorProcess) -> None:
    pay("fee:0.255", acme)
    pay("reject", acme)

    told = balances(acme.tenant_id)

    assert (str(told["fees"]), str(told["funding"])) == ("-0.2600", "0.2600")
    assert told["available"] == -150
    assert claims.claim_payable("simulator", 1).items == []


def test_a_fee_that_only_a_late_answer_tells_of_is_posted_once(acme: Client) -> None:
    acme.create()
    [item] = claims.claim_payable("simulator", 1).items
    own = Result(item.attempt.payout_id, item.attempt.id, item.token, "submit", confirmed("p"))
    late = replace(own, claim_token=uuid4(), outcome=confirmed("p", fee=Decimal("0.25")))

    for results in ([late], [own, late], [late]):
        settlement.settle(results)

    assert balances(acme.tenant_id)["fees"] == Decimal("-0.25")
    assert broken() == {}
