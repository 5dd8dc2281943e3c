"""How one would break the promises, and the test that must notice each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_PAYOUTS: Final = "src/payouts_service/payouts/"
_ENGINE: Final = "tests/payouts/test_engine.py::"
_UNKNOWN: Final = "tests/payouts/test_unknown_outcomes.py::"


@dataclass(frozen=True)
class Break:
    """One change of one file: ``old`` stands there once, ``new`` replaces it, and ``test`` must fail."""

    what: str
    file: str
    old: str
    new: str
    test: str


BREAKS: Final = (
    Break(
        "the claim is committed after the call instead of before",
        _PAYOUTS + "engine.py",
        "    return _work(claim_payable, is_payable, first=connector, budget_seconds=budget_seconds)",
        "    from django.db import transaction\n\n    with transaction.atomic():\n"
        "        return _work(claim_payable, is_payable, first=connector, budget_seconds=budget_seconds)",
        _ENGINE + "test_the_attempt_is_committed_before_the_provider_is_called",
    ),
    Break(
        "the fence is dropped",
        _PAYOUTS + "settlement.py",
        "    return recorded or attempt.claim_token != result.claim_token",
        "    return recorded",
        _ENGINE + "test_the_fence_holds_while_another_worker_is_still_asking",
    ),
    Break(
        "a timeout is taken for a failure",
        "src/payouts_service/connectors/simulator/connector.py",
        '        return contract.unknown(error.why, evidence={"sent": error.sent})',
        "        return contract.rejected(RejectionCode.REFUSED_BY_PROVIDER)",
        _ENGINE + "test_a_lost_reply_is_unknown_and_cleared_up_by_asking",
    ),
    Break(
        "an unknown outcome fails the payout",
        _PAYOUTS + "settlement.py",
        "    if outcome.kind in _FINAL:\n        return _end",
        "    if outcome.kind == OutcomeKind.UNKNOWN:\n"
        "        from payouts_service.connectors.contract import RejectionCode, rejected\n\n"
        "        outcome = rejected(RejectionCode.REFUSED_BY_PROVIDER)\n"
        "    if outcome.kind in _FINAL:\n        return _end",
        _ENGINE + "test_a_lost_reply_is_unknown_and_cleared_up_by_asking",
    ),
    Break(
        "the lease is not looked at before sending",
        _PAYOUTS + "engine.py",
        "    if monotonic() + connector.capabilities.call_timeout_seconds >= item.give_up_at:",
        "    if connector is None:",
        _ENGINE + "test_nothing_is_sent_when_the_lease_would_end_before_the_answer",
    ),
    Break(
        "what is sent again goes out under a new reference",
        _PAYOUTS + "engine.py",
        "        reference=attempt.reference,",
        "        reference=attempt.claim_token.hex if attempt.inquiries else attempt.reference,",
        _ENGINE + "test_a_worker_that_died_before_sending_is_made_good",
    ),
    Break(
        "not found once is believed",
        _PAYOUTS + "settlement.py",
        "_NOT_FOUND_TO_BE_SURE: Final = 2",
        "_NOT_FOUND_TO_BE_SURE: Final = 1",
        _UNKNOWN + "test_the_same_reference_is_sent_again_only_after_not_found_twice",
    ),
    Break(
        "not found is believed before the provider must show the payment",
        _PAYOUTS + "engine.py",
        "item.since_submitted < connector.capabilities.visible_after:",
        "item.since_submitted is None:",
        _UNKNOWN + "test_not_found_soon_after_a_submission_late_in_its_lease_means_nothing",
    ),
    Break(
        "a submission without an answer is taken to have gone out when it was claimed",
        _PAYOUTS + "attempts.py",
        "%(lease_until)s::timestamptz, %(opened_at)s::timestamptz",
        "%(opened_at)s::timestamptz, %(opened_at)s::timestamptz",
        _UNKNOWN + "test_not_found_soon_after_a_submission_late_in_its_lease_means_nothing",
    ),
    Break(
        "it is sent again to a provider that may pay it twice",
        _PAYOUTS + "attempts.py",
        "    return can.idempotent_submit and (can.reference_memory is None or latest < can.reference_memory)",
        "    return can.reference_memory is None or latest < can.reference_memory",
        _UNKNOWN + "test_a_provider_that_may_pay_a_reference_twice_never_gets_it_again",
    ),
    Break(
        "an answer whose commit's reply was lost counts twice",
        _PAYOUTS + "settlement.py",
        " or attempt.lease_until is None",
        "",
        _UNKNOWN + "test_an_answer_that_is_recorded_again_counts_once",
    ),
    Break(
        "it is sent again after the provider may have forgotten it",
        _PAYOUTS + "attempts.py",
        "    return can.idempotent_submit and (can.reference_memory is None or latest < can.reference_memory)",
        "    return can.idempotent_submit",
        _UNKNOWN + "test_what_the_provider_may_have_forgotten_is_left_to_a_person",
    ),
    Break(
        "a payout that kills its worker is taken again and again",
        _PAYOUTS + "claims.py",
        "    rows = due.filter(claims__lt=MOST_CLAIMS).order_by(",
        "    rows = due.order_by(",
        _UNKNOWN + "test_a_payout_that_kills_whoever_takes_it_is_parked_and_the_others_flow",
    ),
    Break(
        "the sweep gives no hints",
        _PAYOUTS + "tasks.py",
        "    for connector in filter(claims.is_payable, names):\n"
        '        publish(PAY, {"connector": connector}, PAY_QUEUE)',
        "    del names[:]",
        "tests/journeys/test_a_payout_from_request_to_end.py::test_losing_the_broker_loses_no_payout",
    ),
    Break(
        "the hint is given before the commit",
        _PAYOUTS + "lifecycle.py",
        "    with waiting_for_the_first():\n        rows = _creates",
        "    tell([fact])\n    with waiting_for_the_first():\n        rows = _creates",
        "tests/payouts/test_create_payout.py::test_a_create_that_is_refused_at_its_end_is_told_to_nobody",
    ),
    Break(
        "creates whose commit's reply was lost are written again",
        "src/payouts_service/database/group_commit.py",
        "            if self._alike or lost:",
        "            if self._alike:",
        "tests/database/test_group_commit.py::test_what_may_have_been_committed_is_written_by_nobody_again",
    ),
    Break(
        "who cannot connect fails all who would have shared its statement",
        "src/payouts_service/database/group_commit.py",
        "                with lent() as connection:\n                    self._write_by(connection, group)\n",
        "                try:\n"
        "                    with lent() as connection:\n"
        "                        self._write_by(connection, group)\n"
        "                except OperationalError as error:\n"
        "                    group.error = error\n"
        "                    raise\n",
        "tests/database/test_group_commit.py::test_who_cannot_connect_fails_no_other",
    ),
    Break(
        "who is open to PostgreSQL fails where no other connection can be made",
        "src/payouts_service/database/lent.py",
        "        if not isinstance(error, OperationalError):\n            raise\n",
        "        raise\n",
        "tests/database/test_lent_connections.py::test_where_none_can_be_made_a_thread_uses_its_own",
    ),
    Break(
        "a key that is held elsewhere holds up all who create at the same moment",
        _PAYOUTS + "lifecycle.py",
        "    patience = _PATIENCE_OF_SEVERAL if len(asked) > 1 else None\n",
        "    patience = None\n",
        "tests/payouts/test_creates_of_one_moment.py::test_a_key_that_is_held_elsewhere_holds_up_no_other",
    ),
    Break(
        "the feed shows what other transactions may still come before",
        "src/payouts_service/events/feed.py",
        "   AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())",
        "   AND true",
        "tests/events/test_the_feed_skips_nothing.py::test_an_event_that_commits_late_is_not_passed_by",
    ),
    Break(
        "a second request with a key makes a second payout",
        _PAYOUTS + "lifecycle.py",
        "  FROM asked, moment WHERE {_MADE}\n",
        "  FROM asked, moment\n",
        "tests/idempotency/test_one_key_makes_one_payout.py",
    ),
    Break(
        "a callback is believed without its signature",
        "src/payouts_service/connectors/simulator/connector.py",
        "        callbacks.verify(self._callback_secret, headers, body, now=now)",
        "        del headers, body, now",
        "tests/payouts/test_provider_callbacks.py",
    ),
    Break(
        "a paused connector goes on sending",
        _PAYOUTS + "flow.py",
        "    sends = wanted if state.paused_at is None else 0",
        "    sends = wanted",
        "tests/payouts/test_pause.py",
    ),
    Break(
        "each process counts its own calls only",
        _PAYOUTS + "flow.py",
        "    total = sum(in_flight.values())",
        "    total = 0",
        "tests/payouts/test_back_pressure.py",
    ),
    Break(
        "a claim looks at no balance",
        _PAYOUTS + "funds.py",
        "if overtakes or not self._left[chart].has_room_for(payout.amount):",
        "if overtakes:",
        "tests/payouts/test_funds.py::test_a_credit_limit_is_used_up_to_its_end",
    ),
    Break(
        "a refused payout keeps its hold",
        _PAYOUTS + "lifecycle.py",
        '    if ledger == "none":',
        '    if ledger in ("none", "void"):',
        "tests/payouts/test_funds.py::test_a_refused_payout_gives_its_money_to_who_waits",
    ),
    Break(
        "what a person told of a return is booked again",
        _PAYOUTS + "returns.py",
        "_book(payout, total - payout.returned_amount, name",
        "_book(payout, total, name",
        "tests/payouts/test_returns.py::test_what_a_person_told_before_is_not_booked_again",
    ),
    Break(
        "a return credits what the ledger never took",
        _PAYOUTS + "returns.py",
        "    return []",
        "    return [came_back]",
        "tests/payouts/test_returns.py::test_one_of_a_payout_that_the_ledger_did_not_pay_moves_no_money",
    ),
    Break(
        "a return that only a late answer tells of is lost",
        _PAYOUTS + "settlement.py",
        "PayoutAttempt.objects.filter(id__in=returned).update(returns_due_at=at)",
        "returned.clear()",
        "tests/payouts/test_returns.py::test_one_that_only_a_late_answer_tells_of_is_booked",
    ),
    Break(
        "money moves in a transaction of its own",
        _PAYOUTS + "lifecycle.py",
        "        _check_foreign_keys()\n    record(money)",
        "        _check_foreign_keys()\n\n"
        "    def later() -> None:\n        with transaction.atomic():\n            record(money)\n\n"
        "    transaction.on_commit(later)",
        "tests/ledger/test_the_books_hold_at_any_instant.py",
    ),
    Break(
        "an adjustment is booked twice",
        "src/payouts_service/ledger/adjustments.py",
        "    Adjustment.objects.create(**{name: getattr(adjustment, name) for name in Adjusted.__dataclass_fields__})",
        "    Adjustment.objects.bulk_create(\n"
        "        [Adjustment(**{name: getattr(adjustment, name) for name in Adjusted.__dataclass_fields__})],\n"
        "        ignore_conflicts=True,\n    )",
        "tests/ledger/test_adjustments.py::test_the_same_is_taken_once",
    ),
    Break(
        "a row's time is compared with a clock that no index can use",
        _PAYOUTS + "clock.py",
        'function="statement_timestamp"',
        'function="clock_timestamp"',
        "tests/growth/test_every_hot_query_reads_little.py::test_it_reads_little",
    ),
    Break(
        "retries are joined with tenants",
        _PAYOUTS + "claims.py",
        "AND (SELECT t.paused_at FROM tenants_tenant AS t WHERE t.id = tenant_id) IS NULL",
        "AND EXISTS (SELECT FROM tenants_tenant AS t WHERE t.id = tenant_id AND t.paused_at IS NULL)",
        "tests/growth/test_every_hot_query_reads_little.py::test_it_reads_little",
    ),
    Break(
        "whether anything is due is asked without an order",
        _PAYOUTS + "claims.py",
        "  ORDER BY next_inquiry_at, id LIMIT 1)",
        "  LIMIT 1)",
        "tests/growth/test_every_hot_query_reads_little.py::test_it_reads_little",
    ),
    Break(
        "whether anything came back or waits for funds is asked without an order",
        _PAYOUTS + "queries.py",
        "waiting.order_by(*order).values_list",
        "waiting.order_by().values_list",
        "tests/growth/test_every_hot_query_reads_little.py"
        "::test_whether_work_waits_is_asked_of_an_index_however_much_waits",
    ),
    Break(
        "a paused tenant's payment is sent again to a provider that cannot be asked",
        _PAYOUTS + "claims.py",
        "_leasable(_due(connector, [False]).filter(runs), sends - len(again))",
        "_leasable(_due(connector, [False]), sends - len(again))",
        "tests/payouts/test_pause.py::test_a_payment_of_a_paused_tenant_is_not_sent_again",
    ),
    Break(
        "what is sent again is looked for among all that is due",
        _PAYOUTS + "migrations/0015_send_again.py",
        'fields=["connector", "sends_again", "next_inquiry_at", "id"]',
        'fields=["connector", "next_inquiry_at", "id"]',
        "tests/growth/test_every_hot_query_reads_little.py::test_it_reads_little",
    ),
    Break(
        "the audit passes over what committed after it",
        "src/payouts_service/audit/changes.py",
        "transaction_id >= %(transaction_id)s::text::xid8",
        "occurred_at >= %(since)s",
        "tests/audit/test_changes_are_judged_between_full_audits.py"
        "::test_what_committed_after_the_audit_is_judged_by_the_next",
    ),
)
