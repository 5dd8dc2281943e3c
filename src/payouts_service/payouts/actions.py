"""What a person may do with a payout now, and why not the rest. The verbs look again, under their locks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from payouts_service.payouts import attempts, lifecycle
from payouts_service.payouts.attempts import MANUAL
from payouts_service.payouts.holds import Holds
from payouts_service.payouts.models import Payout, PayoutAttempt, Status
from payouts_service.payouts.wire import waiting_for


class Action(StrEnum):
    """The verbs of people, by the name of each."""

    CANCEL = "cancel"
    DELETE = "delete"
    TAKE = "take"
    COMPLETE = "complete"
    FAIL = "fail"
    TELL_RETURN = "tell_return"


class Hindrance(StrEnum):
    """Why an action is not to be had."""

    SOMETHING_WAS_SENT = "something-was-sent"
    IS_FINISHED = "is-finished"
    IS_WAITING = "is-waiting"
    NOT_BEGUN = "not-begun"
    CONNECTOR_IS_PAYING = "connector-is-paying"
    IS_RETRIED = "is-retried"
    NOT_COMPLETED = "not-completed"
    ALL_CAME_BACK = "all-came-back"


def hindrances(
    payout: Payout, made: list[PayoutAttempt], *, at: datetime, holds: Holds
) -> Mapping[Action, Hindrance | None]:
    """For each action what stands in its way, None where nothing does; ``made`` are the payout's attempts."""
    sent = None if payout.status == Status.CREATED else _done(payout, otherwise=Hindrance.SOMETHING_WAS_SENT)
    waits = bool(waiting_for(payout, at=at, holds=holds))
    allowed = lifecycle.moves_by_hand(payout, waits=waits)
    settle = {
        target: _settling(made, target, at=at) if target in allowed else _done(payout, Hindrance.NOT_BEGUN)
        for target in (Status.COMPLETED, Status.FAILED)
    }
    return {
        Action.TAKE: None if Status.PROCESSING in allowed else Hindrance.IS_WAITING if waits else sent,
        Action.COMPLETE: settle[Status.COMPLETED],
        Action.FAIL: settle[Status.FAILED],
        Action.CANCEL: sent,
        Action.DELETE: sent,
        Action.TELL_RETURN: _returning(payout),
    }


def _done(payout: Payout, otherwise: Hindrance) -> Hindrance:
    return Hindrance.IS_FINISHED if payout.finished_at is not None else otherwise


def _settling(made: list[PayoutAttempt], target: Status, *, at: datetime) -> Hindrance | None:
    attempt = next((each for each in made if each.closed_at is None), None)
    if attempt is None:  # The last was refused, finally, and the next is not made yet: enough may be said.
        return None if target == Status.FAILED else Hindrance.IS_RETRIED
    if attempt.connector == MANUAL or attempts.may_be_decided(attempt, at=at):
        return None
    return Hindrance.CONNECTOR_IS_PAYING


def _returning(payout: Payout) -> Hindrance | None:
    if payout.status != Status.COMPLETED:
        return Hindrance.NOT_COMPLETED
    return None if payout.returned_amount < payout.amount else Hindrance.ALL_CAME_BACK
