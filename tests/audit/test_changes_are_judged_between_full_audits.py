"""Between two full audits the periodic one judges what has changed. The tests of each promise break it both ways."""

from __future__ import annotations

import os
from datetime import timedelta

import psycopg
import pytest
from django.db.models import F
from structlog.testing import capture_logs

from payouts_service.audit import services, tasks
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Mark, Verdict
from payouts_service.audit.services import NothingJudgedYet, judge_changes
from tests.audit.stories import LEFT_TO_THE_FULL_AUDIT, Stories, broken_by_changes, judge_until_now
from tests.client import Client, address
from tests.growth.plans import plans


def hours_pass(hours: float = 1) -> None:
    """As if all that there is, and the last audit, were so much older."""
    Verdict.objects.update(judged_at=F("judged_at") - timedelta(hours=hours))
    Mark.objects.update(
        judged_at=F("judged_at") - timedelta(hours=hours), full_at=F("full_at") - timedelta(hours=hours)
    )


def was_full() -> bool:
    """What the audit that runs now says of itself."""
    with capture_logs() as lines:
        tasks.audit()
    [line] = [line for line in lines if line["event"] == "audited"]
    return bool(line["full"])


@pytest.fixture
def old_stories(stories: Stories) -> Stories:
    """All of it happened before the last audit."""
    judge_until_now()
    return stories


def test_nothing_is_broken_by_new_payouts_in_every_state(stories: Stories) -> None:
    assert broken_by_changes() == {}


def test_a_new_entry_is_held_against_the_old_one_before_it(old_stories: Stories, acme: Client) -> None:
    acme.patch(address(old_stories.payouts["taken"]), {"status": "completed"})
    assert broken_by_changes() == {}
    # The account and its last entry agree; what is wrong is the step from the entry before.
    for statement in (
        "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'held' AND currency = 'EUR'",
        "UPDATE ledger_entry SET debit_balance = debit_balance + 1 WHERE kind = 'post' AND subject_id = %(id)s",
    ):
        old_stories.break_by_hand(statement, "taken")

    assert set(broken_by_changes()) == {"past_balances_are_sums_of_entries"}


def test_an_old_payout_that_changes_is_judged_again(old_stories: Stories, acme: Client) -> None:
    old_stories.break_by_hand("UPDATE payouts_payout SET attempts = 2 WHERE id = %(id)s", "completed")
    assert broken_by_changes() == {}  # Changed past the service, it shows nothing new: the full audit sees it.

    acme.patch(address(old_stories.payouts["completed"]), {"comment": "Looked at again"})

    assert broken_by_changes() == {"attempts_are_counted": (old_stories.payouts["completed"],)}


def test_what_committed_after_the_audit_is_judged_by_the_next(acme: Client, superuser: psycopg.Connection) -> None:
    payout = acme.create(connector="manual")["id"]
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute(
            "INSERT INTO events_event (id, transaction_id, tenant_id, type, object_type, object_id, sequence, data,"
            " actor_type, actor_id, request_id, occurred_at) SELECT gen_random_uuid(), pg_current_xact_id(), tenant_id,"
            " 'payout.updated', object_type, object_id, 3, data, actor_type, actor_id, request_id, occurred_at"
            " FROM events_event WHERE sequence = 1"
        )
        acme.create()  # Its transaction is younger, and is seen.
        judge_until_now()
        other.commit()

    assert broken_by_changes() == {"one_event_a_version": (payout,)}


def test_it_judges_what_is_not_finished_however_old(old_stories: Stories) -> None:
    overdue = "UPDATE payouts_payoutattempt SET next_inquiry_at = now() - interval '1 h' WHERE payout_id = %(id)s"
    old_stories.break_by_hand(overdue, "claimed")

    assert broken_by_changes() == {"due_work_is_taken": (old_stories.payouts["claimed"],)}


def test_it_says_what_it_leaves_to_the_full_audit(stories: Stories) -> None:
    judged = {finding.invariant.name for finding in judge_changes()}

    assert {invariant.name for invariant in INVARIANTS} - judged == LEFT_TO_THE_FULL_AUDIT


def test_there_is_no_change_before_the_first_audit(database: None) -> None:
    with pytest.raises(NothingJudgedYet, match="judge everything"):
        judge_changes()


def test_it_is_full_once_a_day(stories: Stories) -> None:
    assert was_full()
    hours_pass(23)
    assert not was_full()
    hours_pass(1)
    assert was_full()


def test_it_stays_full_while_something_is_broken(stories: Stories) -> None:
    tasks.audit()
    hours_pass()
    stories.break_by_hand("UPDATE ledger_account SET balance = 1 WHERE kind = 'fees'", "completed")
    assert not was_full()

    for _ in range(2):
        hours_pass()
        assert was_full()
    stories.break_by_hand("UPDATE ledger_account SET balance = 0 WHERE kind = 'fees'", "completed")
    hours_pass()
    assert was_full()
    hours_pass()
    assert not was_full()


@pytest.mark.parametrize(
    "change", [{"cluster": F("cluster") + 1}, {"transaction_id": F("transaction_id") + 1_000_000}], ids=str
)
def test_a_restored_database_is_judged_as_a_whole(stories: Stories, change: dict[str, object]) -> None:
    tasks.audit()
    hours_pass()
    Mark.objects.update(**change)

    assert was_full()


def test_another_release_is_judged_as_a_whole(stories: Stories) -> None:
    tasks.audit()
    hours_pass()
    Verdict.objects.filter(invariant="attempts_are_counted").delete()

    assert was_full()


def test_it_asks_for_what_changed_alone(old_stories: Stories, acme: Client) -> None:
    acme.patch(address(old_stories.payouts["completed"]), {"comment": "Looked at again"})
    with plans() as found:
        judge_changes()

    of_payouts = [query for query, _ in found.queries if "ANY(%(payouts)s)" in query]
    assert len(of_payouts) == sum(invariant.reads == "payouts" for invariant in INVARIANTS)


def test_a_verdict_of_the_full_audit_stays_until_the_next(stories: Stories) -> None:
    tasks.audit()
    hours_pass()
    tasks.audit()

    assert {verdict.invariant for verdict in Verdict.objects.all()} == {invariant.name for invariant in INVARIANTS}
    assert services.judge(None)
