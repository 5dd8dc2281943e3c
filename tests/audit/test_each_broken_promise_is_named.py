from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import InternalError, connection

from payouts_service.audit import services
from payouts_service.audit.invariants import INVARIANTS, LEGAL_MOVES
from payouts_service.kit.ids import from_text
from payouts_service.payouts import lifecycle
from tests.audit.stories import LEFT_TO_THE_FULL_AUDIT, Stories, broken, broken_by_changes
from tests.client import Client

# The invariant, the payout that breaks it, and how.
BREAKS = [
    (
        "completed_by_one_confirmation",
        "completed",
        "UPDATE payouts_payoutattempt SET outcome = 'rejected' WHERE payout_id = %(id)s",
    ),
    (
        "completed_by_one_confirmation",
        "claimed",
        "UPDATE payouts_payoutattempt SET outcome = 'confirmed' WHERE payout_id = %(id)s",
    ),
    (
        "failed_by_refusals",
        "refused",
        (
            "DELETE FROM payouts_decision WHERE attempt_id IN (SELECT id FROM payouts_payoutattempt"
            " WHERE payout_id = %(id)s)"
        ),
    ),
    (
        "closed_on_grounds",
        "completed",
        (
            "DELETE FROM payouts_exchange WHERE attempt_id IN (SELECT id FROM payouts_payoutattempt"
            " WHERE payout_id = %(id)s)"
        ),
    ),
    (
        "closed_on_grounds",
        "claimed",
        (
            "UPDATE payouts_payoutattempt SET closed_at = now(), next_inquiry_at = NULL, outcome = NULL"
            " WHERE payout_id = %(id)s"
        ),
    ),
    (
        "closed_on_grounds",
        "refused",
        "UPDATE payouts_payoutattempt SET connector = 'simulator' WHERE payout_id = %(id)s",
    ),
    ("attempts_are_counted", "completed", "UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s"),
    ("attempts_are_counted", "refused", "UPDATE payouts_payoutattempt SET number = 2 WHERE payout_id = %(id)s"),
    ("open_attempt_is_the_one", "taken", "UPDATE payouts_payout SET open_attempt_id = NULL WHERE id = %(id)s"),
    (
        "open_attempt_is_the_one",
        "taken",
        "UPDATE payouts_payoutattempt SET closed_at = now() WHERE payout_id = %(id)s",
    ),
    (
        "open_attempt_is_the_one",
        "taken",
        (
            "WITH gone AS (DELETE FROM payouts_payoutattempt WHERE payout_id = %(id)s)"
            " UPDATE payouts_payout SET open_attempt_id = NULL WHERE id = %(id)s"
        ),
    ),
    (
        "open_attempt_is_the_one",
        "refused",
        "UPDATE payouts_payoutattempt SET closed_at = NULL WHERE payout_id = %(id)s",
    ),
    ("one_event_a_version", "completed", "DELETE FROM events_event WHERE object_id = %(id)s AND sequence = 2"),
    ("one_event_a_version", "created", "UPDATE payouts_payout SET version = 3 WHERE id = %(id)s"),
    ("one_event_a_version", "created", "DELETE FROM events_event WHERE object_id = %(id)s"),
    ("one_event_a_version", "deleted", "DELETE FROM events_event WHERE object_id = %(id)s AND sequence = 1"),
    (
        "status_is_that_of_the_last_event",
        "completed",
        "UPDATE events_event SET data = jsonb_set(data, '{status}', '\"failed\"') WHERE object_id = %(id)s",
    ),
    (
        "status_is_that_of_the_last_event",
        "created",
        "UPDATE events_event SET type = 'payout.deleted' WHERE object_id = %(id)s AND sequence = 2",
    ),
    (
        "moves_follow_the_table",
        "completed",
        "UPDATE events_event SET type = 'payout.progressed' WHERE object_id = %(id)s AND sequence = 2",
    ),
    (
        "moves_follow_the_table",
        "completed",
        (
            "UPDATE events_event SET data = jsonb_set(data, '{status}', '\"created\"')"
            " WHERE object_id = %(id)s AND sequence = 2"
        ),
    ),
    (
        "moves_follow_the_table",
        "created",
        "UPDATE events_event SET type = 'payout.deleted' WHERE object_id = %(id)s AND sequence = 1",
    ),
    (
        "moves_follow_the_table",
        "completed",
        "UPDATE events_event SET data = data - 'status' WHERE object_id = %(id)s AND sequence = 3",
    ),
    (
        "moves_follow_the_table",
        "deleted",
        (
            "INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data,"
            " actor_type, actor_id, request_id, occurred_at) SELECT gen_random_uuid(), transaction_id, tenant_id,"
            " 'payout.updated', object_type, object_id, 3, data, actor_type, actor_id, request_id, occurred_at"
            " FROM events_event WHERE object_id = %(id)s AND sequence = 2"
        ),
    ),
    ("no_payout_vanished", "by_people", "DELETE FROM payouts_payout WHERE id = %(id)s"),
    (
        "every_key_has_its_payout",
        "created",
        (
            "WITH forgotten AS (DELETE FROM events_event WHERE object_id = %(id)s)"
            " DELETE FROM payouts_payout WHERE id = %(id)s"
        ),
    ),
    (
        "ready_payouts_are_taken",
        "created",
        "UPDATE payouts_payout SET ready_at = now() - interval '1 h', connector = 'idle' WHERE id = %(id)s",
    ),
    (
        "due_work_is_taken",
        "claimed",
        "UPDATE payouts_payoutattempt SET next_inquiry_at = now() - interval '1 h' WHERE payout_id = %(id)s",
    ),
    (
        "due_work_is_taken",
        "claimed",
        (
            "UPDATE payouts_payout SET progress = 'retrying', open_attempt_id = NULL,"
            " next_attempt_at = now() - interval '1 h' WHERE id = %(id)s"
        ),
    ),
    (
        "what_is_processed_is_held",
        "claimed",
        "DELETE FROM ledger_entry WHERE kind = 'hold' AND subject_id = %(id)s",
    ),
    (
        "what_is_processed_is_held",
        "completed",
        "DELETE FROM ledger_entry WHERE kind = 'post' AND subject_id = %(id)s",
    ),
    (
        "what_is_processed_is_held",
        "taken",
        "UPDATE ledger_entry SET amount = amount - 1 WHERE subject_id = %(id)s",
    ),
    (
        "a_hold_ends_once",
        "completed",
        "UPDATE ledger_entry SET kind = 'void' WHERE kind = 'post' AND subject_id = %(id)s",
    ),
    ("a_hold_ends_once", "refused", "DELETE FROM ledger_entry WHERE kind = 'hold' AND subject_id = %(id)s"),
    (
        "returns_are_of_what_was_paid",
        "completed",
        "UPDATE payouts_payout SET returned_amount = 1 WHERE id = %(id)s",
    ),
    (
        "returns_are_of_what_was_paid",
        "completed",
        (
            "WITH told AS (UPDATE payouts_payout SET returned_amount = 1 WHERE id = %(id)s)"
            " INSERT INTO payouts_return (id, payout_id, amount, provider_reference, reason, created_at)"
            " VALUES (gen_random_uuid(), %(id)s, 1, 'R-1', '', now())"
        ),
    ),
    (
        "returns_are_of_what_was_paid",
        "completed",
        (
            "WITH told AS (UPDATE payouts_payout SET returned_amount = 1 WHERE id = %(id)s),"
            " booked AS (UPDATE ledger_entry SET kind = 'return', amount = 1 WHERE kind = 'post')"
            " INSERT INTO payouts_return (id, payout_id, amount, provider_reference, reason, created_at)"
            " VALUES (%(id)s, %(id)s, 1, 'R-1', '', now())"
        ),
    ),
    (
        "open_attempts_are_watched",
        "claimed",
        "UPDATE payouts_payoutattempt SET next_inquiry_at = NULL WHERE payout_id = %(id)s",
    ),
]
OF_NO_PAYOUT = {"usage_is_what_counts", "what_was_told_is_booked"}
# As above, but it is the account of this kind that breaks it.
ACCOUNT_BREAKS = [
    (
        "balances_are_sums_of_entries",
        "available",
        "UPDATE ledger_account SET balance = balance - 1 WHERE kind = 'available'",
    ),
    ("balances_are_sums_of_entries", "fees", "UPDATE ledger_account SET balance = 1 WHERE kind = 'fees'"),
    (
        "past_balances_are_sums_of_entries",
        "paid_out",
        "UPDATE ledger_entry SET credit_balance = credit_balance + 1 WHERE kind = 'post'",
    ),
    (
        "no_balance_was_below_its_limit",
        "held",
        "UPDATE ledger_entry SET debit_balance = -1 WHERE kind = 'post'",
    ),
]
NEED_AN_INDEX_GONE = {"one_payout_a_key", "one_payout_an_external_id", "indexes_are_valid"}


@contextmanager
def without(superuser: psycopg.Connection, index: str, remedy: str) -> Iterator[None]:
    """Life without a unique index: as if it were damaged. ``remedy`` removes what the index would not have let in."""
    [definition] = superuser.execute("SELECT pg_get_indexdef(%s::regclass)", [index]).fetchone() or [""]
    owner, table = superuser.execute(
        "SELECT contype IS NOT NULL, indrelid::regclass::text FROM pg_index"
        " LEFT JOIN pg_constraint ON conindid = indexrelid WHERE indexrelid = %s::regclass",
        [index],
    ).fetchone() or (None, None)
    superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {index}" if owner else f"DROP INDEX {index}")
    try:
        yield
    finally:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(remedy)
        superuser.execute("SET session_replication_role = origin")
        superuser.execute(definition)
        if owner:
            superuser.execute(f"ALTER TABLE {table} ADD CONSTRAINT {index} UNIQUE USING INDEX {index}")


def test_nothing_is_broken_by_payouts_in_every_state(stories: Stories) -> None:
    assert broken() == {}


def test_an_empty_database_breaks_nothing(database: None) -> None:
    assert broken() == {}


@pytest.mark.parametrize(("invariant", "story", "statement"), BREAKS)
def test_what_breaks_it_is_named(stories: Stories, invariant: str, story: str, statement: str) -> None:
    stories.break_by_hand(statement, story)

    named = (stories.payouts[story],)
    assert broken().get(invariant) == named
    assert broken_by_changes().get(invariant) == (None if invariant in LEFT_TO_THE_FULL_AUDIT else named)


@pytest.mark.parametrize(("invariant", "kind", "statement"), ACCOUNT_BREAKS)
def test_the_account_that_breaks_it_is_named(stories: Stories, invariant: str, kind: str, statement: str) -> None:
    stories.break_by_hand(statement, "completed")
    row = stories.superuser.execute("SELECT id FROM ledger_account WHERE kind = %s AND currency = 'EUR'", [kind])

    named = tuple(str(account_id) for (account_id,) in row)
    assert (broken()[invariant], broken_by_changes()[invariant]) == (named, named)


def test_a_limit_is_held_against_what_was_taken_since(stories: Stories) -> None:
    set_limit = "UPDATE ledger_account SET least_balance = -10000, limited_since = now() WHERE kind = 'available'"
    stories.break_by_hand(set_limit, "completed")
    stories.break_by_hand("UPDATE ledger_entry SET debit_balance = -10001 WHERE kind = 'hold'", "completed")
    assert "no_balance_was_below_its_limit" not in broken()

    stories.break_by_hand("UPDATE ledger_account SET limited_since = '2020-01-01'", "completed")

    assert "no_balance_was_below_its_limit" in broken()


def test_a_payout_left_to_people_may_wait(stories: Stories) -> None:
    stories.break_by_hand("UPDATE payouts_payout SET ready_at = now() - interval '1 h' WHERE id = %(id)s", "by_people")

    assert broken() == {}


def test_two_payouts_of_one_key_are_named(stories: Stories) -> None:
    with without(stories.superuser, "idempotency_key_once", "DELETE FROM idempotency_idempotencykey"):
        stories.superuser.execute(
            "INSERT INTO idempotency_idempotencykey (tenant_id, operation, key, fingerprint, object_id, created_at)"
            " SELECT tenant_id, operation, key, fingerprint, %s, created_at FROM idempotency_idempotencykey",
            [stories.uuid("completed")],
        )
        assert set(broken()["one_payout_a_key"]) == {stories.payouts["created"], stories.payouts["completed"]}


def test_two_payouts_of_one_external_id_are_named(stories: Stories) -> None:
    with without(stories.superuser, "payout_external_id_once", "UPDATE payouts_payout SET external_id = NULL"):
        stories.break_by_hand("UPDATE payouts_payout SET external_id = 'order-1' WHERE id = %(id)s", "created")
        named = broken()["one_payout_an_external_id"]
        assert set(named) == {stories.payouts["created"], stories.payouts["completed"]}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_usage SET payouts = payouts + 1 WHERE currency = 'EUR'",
        "UPDATE payouts_usage SET amount = amount - 0.0001 WHERE currency = 'EUR'",
        "UPDATE payouts_payout SET claimed_on = NULL WHERE id = %(id)s",
        "DELETE FROM payouts_usage",
    ],
)
def test_a_wrong_count_of_usage_is_named(stories: Stories, acme: Client, statement: str) -> None:
    stories.break_by_hand(statement, "completed")

    [named] = broken()["usage_is_what_counts"]

    assert named.split()[0] == str(acme.tenant_id)
    assert named.split()[2] == "EUR"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_topup SET amount = 6",
        "DELETE FROM ledger_topup",
        "DELETE FROM ledger_entry WHERE kind = 'top_up'",
        "UPDATE ledger_entry SET kind = 'adjustment' WHERE kind = 'top_up'",
        "INSERT INTO ledger_adjustment SELECT id, currency, amount, 'a', 'x', created_at, tenant_id FROM ledger_topup",
    ],
)
def test_money_told_and_not_booked_is_named(stories: Stories, acme: Client, statement: str) -> None:
    top_up = acme.json(acme.post("/api/top-ups/", {"amount": "5.00", "currency": "USD"}))["id"]
    assert broken() == {}

    stories.break_by_hand(statement, "completed")

    assert set(broken()["what_was_told_is_booked"]) == {str(from_text("tu", top_up))}


def test_an_invalid_index_is_named(database: None, superuser: psycopg.Connection) -> None:
    mark = "UPDATE pg_index SET indisvalid = %s WHERE indexrelid = 'payout_external_id_once'::regclass"
    superuser.execute(mark, [False])
    try:
        assert broken() == {"indexes_are_valid": ("payout_external_id_once",)}
    finally:
        superuser.execute(mark, [True])


def test_the_first_ids_are_shown_and_all_are_counted(acme: Client, superuser: psycopg.Connection) -> None:
    payouts = [acme.create()["id"] for _ in range(12)]
    superuser.execute("UPDATE payouts_payout SET version = 2")
    [finding] = [one for one in services.judge(None) if one.invariant.name == "one_event_a_version"]

    assert finding.broken == 12
    assert list(finding.ids) == sorted(payouts)[:10]


def test_every_invariant_is_broken_by_a_test() -> None:
    named = {invariant for invariant, _, _ in (*BREAKS, *ACCOUNT_BREAKS)}
    assert named | NEED_AN_INDEX_GONE | OF_NO_PAYOUT == {item.name for item in INVARIANTS}


def test_the_audit_knows_the_moves_of_the_lifecycle() -> None:
    moves = {(move.source or "nothing", move.event, str(move.target)) for move in lifecycle.MOVES}
    assert set(LEGAL_MOVES) == moves


def test_the_audit_can_change_nothing(database: None) -> None:
    with (
        pytest.raises(InternalError, match="read-only"),
        services._snapshot(),  # noqa: SLF001 - what its queries run in
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM payouts_payout")
