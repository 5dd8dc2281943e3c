"""The state machine: the table of moves, and the only code that writes ``status``.

Every write of a payout passes through here: it raises the version by one and adds the event of that version in the
same transaction. A trigger (migration 0002) refuses every other change of status inside PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from payouts_service.database.base import DatabaseWrapper
from payouts_service.database.group_commit import GroupCommit
from payouts_service.database.prepared import as_json, fetch, run
from payouts_service.events.log import APPEND_EACH, FACT_COLUMNS, Fact, append, tell, values_of
from payouts_service.idempotency.keys import CLAIM_COLUMNS, CLAIM_EACH, Claim, waiting_for_the_first
from payouts_service.kit.ids import id_text_sql
from payouts_service.ledger.chart import Chart, Move as LedgerMove, MoveKind
from payouts_service.ledger.entries import record
from payouts_service.payouts import usage
from payouts_service.payouts.holds import HOLDS, NO_HOLDS, Holds, read as read_holds
from payouts_service.payouts.models import Payout, Status
from payouts_service.payouts.wire import PREFIX, present
from payouts_service.recipients.masking import erased


@dataclass(frozen=True, slots=True)
class Move:
    """One way between two statuses: the verb that takes it, its ledger move, and the event that tells of it."""

    source: Status | None
    verb: str
    target: Status
    ledger: str
    event: str


MOVES: Final = (
    Move(None, "create", Status.CREATED, "none", "payout.created"),
    Move(Status.CREATED, "claim", Status.PROCESSING, "hold", "payout.claimed"),
    Move(Status.PROCESSING, "confirm", Status.COMPLETED, "post", "payout.completed"),
    Move(Status.PROCESSING, "reject", Status.FAILED, "void", "payout.failed"),
    Move(Status.CREATED, "cancel", Status.FAILED, "none", "payout.failed"),
)
_BY_VERB: Final = {move.verb: move for move in MOVES}
_LEDGER_MOVE_TO: Final = {move.target: move.ledger for move in MOVES if move.ledger != "none"}

# By id, row for row. With "p.status =" PostgreSQL may walk all payouts in that status, each against every row of the
# set: of a settlement of 200 that took 36 of 52 ms. No index serves IS NOT DISTINCT FROM. Without the array of ids it
# walks the whole table where that is small, or was when the plan was made.
_UPDATE: Final = """
WITH c AS MATERIALIZED (
     SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS c (
            id uuid, status text, version int, attempts int, open_attempt_id uuid, progress text,
            finished_at timestamptz, failure_code text, failure_party text, failure_message text,
            failure_retryable bool, comment text, metadata jsonb, next_attempt_at timestamptz, blockers text[],
            held bool, returned_amount numeric, ready_at timestamptz, claimed_on date))
UPDATE payouts_payout AS p
   SET status = c.status, version = c.version, updated_at = %(at)s::timestamptz, attempts = c.attempts,
       open_attempt_id = c.open_attempt_id, progress = c.progress, finished_at = c.finished_at,
       failure_code = c.failure_code, failure_party = c.failure_party, failure_message = c.failure_message,
       failure_retryable = c.failure_retryable, comment = c.comment, metadata = c.metadata,
       next_attempt_at = c.next_attempt_at, blockers = c.blockers, held = c.held, returned_amount = c.returned_amount,
       ready_at = c.ready_at, claimed_on = c.claimed_on
  FROM c
 WHERE p.id = ANY (ARRAY(SELECT id FROM c)) AND p.id = c.id
   AND p.status IS NOT DISTINCT FROM %(source)s::text AND p.version = c.version - 1
"""
# What each create is given, as JSON; the columns of a recordset.
_ASKED: Final = f"""
SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS asked ({CLAIM_COLUMNS}, {FACT_COLUMNS},
       object_id uuid, tenant_id uuid, amount numeric, currency text, details_masked jsonb, details_sealed text,
       recipient_index text, status text, connector text, scheduled_for timestamptz, comment text, external_id text,
       metadata jsonb, duplicate_window_seconds int)
"""  # noqa: S608 - the program's own text.
_MADE: Final = "key IS NULL OR object_id IN (SELECT object_id FROM claimed)"
# The last payout of the same amount to the same account, made less than a window (NULL: none) before ``at``: by the
# statement itself, or else before it.
_LOOKED_AT: Final = 100  # Payouts, so that a create costs no more where one account is paid to all day long.
_DUPLICATE_BESIDE: Final = f"""
SELECT object_id FROM (SELECT * FROM asked WHERE {_MADE}) AS beside
 WHERE object_id < asked.object_id AND tenant_id = asked.tenant_id AND recipient_index = asked.recipient_index
   AND amount = asked.amount AND currency = asked.currency AND asked.duplicate_window_seconds IS NOT NULL
 ORDER BY object_id DESC LIMIT 1
"""  # noqa: S608 - the program's own text.
_DUPLICATE_BEFORE: Final = f"""
SELECT id FROM (
       SELECT id, amount, currency FROM payouts_payout
        WHERE tenant_id = asked.tenant_id AND recipient_index = decode(asked.recipient_index, 'hex')
          AND created_at >= at - make_interval(secs => asked.duplicate_window_seconds)
        ORDER BY created_at DESC, id DESC LIMIT {_LOOKED_AT}) AS last
 WHERE amount = asked.amount AND currency = asked.currency LIMIT 1
"""  # noqa: S608 - the program's own text.
_WIRE_TIME: Final = """to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_KNOWN_LATE: Final = f"""jsonb_build_object('created_at', {_WIRE_TIME}, 'updated_at', {_WIRE_TIME},
           'possible_duplicate_of', {id_text_sql(PREFIX, "possible_duplicate_of")})"""
# So long several wait for a key or external_id that another transaction holds. Alone, the others need not wait for it.
_PATIENCE_OF_SEVERAL: Final = "50ms"
_CREATE: Final = f"""
WITH moment AS (SELECT clock_timestamp() AS at,
                set_config('lock_timeout', coalesce(%(patience)s::text, current_setting('lock_timeout')), true)),
asked AS MATERIALIZED ({_ASKED}),
claimed AS ({CLAIM_EACH.format(at="at", rows="asked, moment")} RETURNING object_id),
created AS (
INSERT INTO payouts_payout (id, tenant_id, amount, currency, details_masked, details_sealed, recipient_index, status,
       connector, scheduled_for, comment, external_id, metadata, created_at, updated_at, ready_at,
       possible_duplicate_of, blockers, attempts, held, returned_amount, version)
SELECT object_id, tenant_id, amount, currency, details_masked, decode(details_sealed, 'hex'),
       decode(recipient_index, 'hex'), status, connector, scheduled_for, comment, external_id, metadata, at, at,
       coalesce(scheduled_for, at), coalesce(({_DUPLICATE_BESIDE}), ({_DUPLICATE_BEFORE})),
       '{{}}', 0, false, 0, 1
  FROM asked, moment WHERE {_MADE}
RETURNING id, tenant_id AS of_tenant, created_at, possible_duplicate_of),
told AS ({APPEND_EACH.format(at="created_at", more=_KNOWN_LATE, rows="created JOIN asked ON object_id = id")})
SELECT id, created_at, possible_duplicate_of, held_back.*
  FROM created LEFT JOIN LATERAL ({HOLDS.format(tenant="of_tenant")}) AS held_back ON true
"""  # noqa: S608 - the program's own text.


class StaleTransition(Exception):
    """A row was not in the status or version it was read in: the caller did not hold its lock. A fault of ours."""


def create(payout: Payout, claim: Claim | None, *, duplicate_window_seconds: int | None) -> Holds | None:
    """Insert the payout, its first event and the key that its request came with; None where the key is taken.

    One statement, which commits by itself outside a transaction: nine, BEGIN and COMMIT among them, took thrice as
    long. Creates of one moment share it. PostgreSQL's clock and the earlier payout of the same kind are known inside it
    alone, so it completes the event's data, and the payout here. Returns what holds the payout back. Raises
    FirstRequestRunning.
    """
    [fact] = _facts([payout], _BY_VERB["create"].event, at=payout.created_at)
    with waiting_for_the_first():
        rows = _creates.write(_asked(payout, claim, fact, duplicate_window_seconds))
    if not rows:
        return None
    _, payout.created_at, payout.possible_duplicate_of = rows[0][:3]
    payout.updated_at = payout.created_at
    payout.ready_at = payout.scheduled_for or payout.created_at
    tell([fact])
    return read_holds(row[3:] for row in rows)


def _create_all(by: DatabaseWrapper, asked: Sequence[Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
    """For each, its rows: none where its key is taken, else one for each that holds its payout back, or one."""
    by_id: dict[UUID, list[tuple[Any, ...]]] = {one["object_id"]: [] for one in asked}
    patience = _PATIENCE_OF_SEVERAL if len(asked) > 1 else None
    for row in fetch(_CREATE, {"asked": as_json(asked), "patience": patience}, by=by):
        by_id[row[0]].append(row)
    return list(by_id.values())


_creates: Final = GroupCommit(_create_all)


def move(payouts: Sequence[Payout], verb: str, *, at: datetime) -> None:
    """Take the verb's move for all these payouts in one statement, with one event each; as ``move_all`` does."""
    move_all({verb: payouts}, at=at)


def move_all(payouts_by_verb: Mapping[str, Sequence[Payout]], *, at: datetime, fees: Sequence[LedgerMove] = ()) -> None:
    """Take each verb's move for its payouts in one statement, with one event each, and then move the money.

    The caller holds their locks (``FOR NO KEY UPDATE``) and has set every other field that changes with the move.
    ``fees`` are recorded with the moves. The ledger's accounts and then the days' counts are locked here, last of all:
    a transaction calls this once. Raises StaleTransition, and changes nothing, where a payout is not where its move
    starts.
    """
    money = list(fees)
    for verb, payouts in payouts_by_verb.items():
        if payouts:
            money += _take(_BY_VERB[verb], payouts, at=at)
    if money:
        _check_foreign_keys()
    record(money)
    usage.add(payouts_by_verb.get("claim", ()))
    usage.take_back(payouts_by_verb.get("reject", ()))


def _check_foreign_keys() -> None:
    """Let PostgreSQL check now what it would at the commit, when others already wait for the accounts."""
    run("SET CONSTRAINTS ALL IMMEDIATE", {})


def follow(payouts: Sequence[Payout]) -> None:
    """Give the ledger the moves of payouts that a release without a ledger moved; under their locks."""
    money = [move for payout in payouts for move in _ledger_moves(payout, _LEDGER_MOVE_TO[Status(payout.status)])]
    for held in (True, False):
        rows = Payout.objects.filter(id__in=[payout.id for payout in payouts], held=not held)
        (rows.filter if held else rows.exclude)(status=Status.PROCESSING).update(held=held)
    record(money)


def change(payouts: Sequence[Payout], event: str, *, at: datetime, money: Sequence[LedgerMove] = ()) -> None:
    """Write what stands beside the status (progress, comment, metadata), with one event each; under their locks.

    ``money`` moves with it, last.
    """
    for source in Status:
        same = [payout for payout in payouts if payout.status == source]
        if same:
            _write(same, source=source, event=event, at=at)
    record(money)


def erase(payouts: Sequence[Payout], *, at: datetime) -> None:
    """Blank what finished payouts hold of their recipients, with one event each; under their locks."""
    for payout in payouts:
        if payout.finished_at is None:
            raise StaleTransition("only a finished payout is erased: others are still to be paid")
        payout.details_masked = erased(payout.details_masked)
        payout.details_sealed = b""
        payout.recipient_index = None
        payout.possible_duplicate_of = None  # It would say that whoever got the other payout got this one.
    blanked = ["details_masked", "details_sealed", "recipient_index", "possible_duplicate_of"]
    Payout.objects.bulk_update(payouts, blanked)
    change(payouts, "payout.erased", at=at)


def delete(payout: Payout, *, at: datetime) -> None:
    """Remove a payout in ``created``; the event with its masked snapshot stays. Under its lock."""
    payout.version += 1
    payout.updated_at = at
    deleted, _ = Payout.objects.filter(id=payout.id, status=Status.CREATED).delete()
    if deleted != 1:
        raise StaleTransition("only a payout in created can be deleted")
    _record([payout], "payout.deleted", at=at)


def moves_by_hand(payout: Payout, *, waits: bool) -> list[Status]:
    """The statuses that PATCH may move this payout to now."""
    if payout.status == Status.PROCESSING:
        return [Status.COMPLETED, Status.FAILED]
    return [Status.PROCESSING] if payout.status == Status.CREATED and not waits else []


def _take(step: Move, payouts: Sequence[Payout], *, at: datetime) -> list[LedgerMove]:
    """Write the move; the money that goes with it, which the caller moves when all else is written."""
    if step.source is None:
        raise ValueError(f"{step.verb} makes a payout; it moves none")
    final = step.target in (Status.COMPLETED, Status.FAILED)
    money: list[LedgerMove] = []
    for payout in payouts:
        if payout.status != step.source:
            raise StaleTransition(f"{step.verb} starts at {step.source}, the payout is {payout.status}")
        payout.status = step.target
        payout.finished_at = at if final else None
        money += _ledger_moves(payout, step.ledger)
        payout.held = step.target == Status.PROCESSING
        if step.verb == "claim":
            payout.claimed_on = at.astimezone(UTC).date()
    _write(payouts, source=step.source, event=step.event, at=at)
    return money


def _ledger_moves(payout: Payout, ledger: str) -> list[LedgerMove]:
    """The payout's entries for a move; one claimed by a release without a ledger first gets its hold."""
    if ledger == "none":
        return []
    kinds = [MoveKind(ledger)] if payout.held or ledger == MoveKind.HOLD else [MoveKind.HOLD, MoveKind(ledger)]
    chart = Chart(payout.tenant_id, payout.currency)
    return [LedgerMove(kind, chart, payout.amount, payout.id) for kind in kinds]


def _write(payouts: Sequence[Payout], *, source: Status, event: str, at: datetime) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a payout is written inside a transaction, under its lock")
    for payout in payouts:
        payout.version += 1
        payout.updated_at = at
    rows = as_json([_row(payout) for payout in payouts])
    written = run(_UPDATE, {"at": at, "rows": rows, "source": source})
    if written != len(payouts):
        raise StaleTransition(f"{event}: {len(payouts)} payouts, {written} of them as they were read")
    _record(payouts, event, at=at)


def _row(payout: Payout) -> dict[str, Any]:
    return {
        "id": payout.id,
        "status": payout.status,
        "version": payout.version,
        "attempts": payout.attempts,
        "open_attempt_id": payout.open_attempt_id,
        "progress": payout.progress,
        "finished_at": payout.finished_at,
        "failure_code": payout.failure_code,
        "failure_party": payout.failure_party,
        "failure_message": payout.failure_message,
        "failure_retryable": payout.failure_retryable,
        "comment": payout.comment,
        "metadata": payout.metadata,
        "next_attempt_at": payout.next_attempt_at,
        "blockers": payout.blockers,
        "held": payout.held,
        "returned_amount": payout.returned_amount,
        "ready_at": payout.ready_at,
        "claimed_on": payout.claimed_on,
    }


def _record(payouts: Sequence[Payout], event: str, *, at: datetime) -> None:
    append(_facts(payouts, event, at=at), at=at)


def _facts(payouts: Sequence[Payout], event: str, *, at: datetime) -> list[Fact]:
    return [
        Fact(
            type=event,
            tenant_id=payout.tenant_id,
            object_type="payout",
            object_id=payout.id,
            sequence=payout.version,
            data=present(payout, at=at, holds=NO_HOLDS),  # A switch that others turn is no fact of the payout.
        )
        for payout in payouts
    ]


def _asked(payout: Payout, claim: Claim | None, fact: Fact, duplicate_window_seconds: int | None) -> dict[str, Any]:
    return {
        **values_of(fact),
        "operation": claim and claim.operation,
        "key": claim and claim.key,
        "fingerprint": claim and claim.fingerprint.hex(),
        "object_id": payout.id,
        "tenant_id": payout.tenant_id,
        "amount": payout.amount,
        "currency": payout.currency,
        "details_masked": payout.details_masked,
        "details_sealed": payout.details_sealed.hex(),
        "recipient_index": payout.recipient_index and payout.recipient_index.hex(),
        "status": payout.status,
        "connector": payout.connector,
        "scheduled_for": payout.scheduled_for,
        "comment": payout.comment,
        "external_id": payout.external_id,
        "metadata": payout.metadata,
        "duplicate_window_seconds": duplicate_window_seconds,
    }
