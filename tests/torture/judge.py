"""The verdict: what the clients were promised, what PostgreSQL holds, and what the provider's books say must agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.submits import NOT_FOUND, sent_too_often
from tests.torture.load import Intent
from tests.torture.rig import Rig

_PAYOUTS = (
    "SELECT p.id, (p.metadata->>'torture')::int, p.status, p.amount, p.currency,"
    " extract(epoch FROM p.finished_at)::float8,"
    " EXISTS (SELECT 1 FROM payouts_payoutattempt a WHERE a.payout_id = p.id AND a.closed_at IS NULL"
    "         AND a.outcome = 'unknown' AND a.next_inquiry_at IS NULL),"
    " (SELECT extract(epoch FROM min(a.opened_at))::float8 FROM payouts_payoutattempt a WHERE a.payout_id = p.id)"
    " FROM payouts_payout p"
)


@dataclass(frozen=True)
class Stored:
    """A payout as PostgreSQL holds it."""

    id: UUID
    number: int
    """Of the client's intent."""
    status: str
    amount: Decimal
    currency: str
    finished_at: float | None
    """Unix seconds."""
    waits_for_person: bool = False
    opened_at: float | None = None
    """Unix seconds of its first attempt."""


@dataclass(frozen=True)
class Effect:
    """Money that left, by the provider's books."""

    reference: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Finding:
    """Something that must not be; ``kind`` is lost, double or unexplained."""

    kind: str
    number: int
    """Of the client's intent; -1 where there is none."""
    text: str


@dataclass(frozen=True)
class Books:
    """Everything to compare."""

    intents: Sequence[Intent]
    stored: Sequence[Stored]
    owners: Mapping[str, UUID]
    """The payout of each reference."""
    effects: Sequence[Effect]
    submits: Mapping[str, int] = field(default_factory=dict)
    """How often each reference was submitted, by the provider's books."""
    not_found: Mapping[str, int] = field(default_factory=dict)
    """How often each reference's inquiries brought that the provider does not have it."""


async def waiting_for_people(rig: Rig) -> set[int]:
    """The numbers of the intents whose outcome only a person can find out now."""
    return {payout.number for payout in await _stored(rig) if payout.waits_for_person}


async def _stored(rig: Rig) -> list[Stored]:
    return [Stored(*row) for row in await rig.rows(_PAYOUTS)]


async def collect(rig: Rig, intents: Sequence[Intent]) -> Books:
    """Read what PostgreSQL and the provider hold, around the proxies."""
    stored = await _stored(rig)
    owners: dict[str, UUID] = dict(await rig.rows("SELECT reference, payout_id FROM payouts_payoutattempt"))
    effects = [_effect(row) for row in await rig.effects()]
    return Books(intents, stored, owners, effects, await rig.submits(), dict(await rig.rows(NOT_FOUND)))


def _effect(row: dict[str, Any]) -> Effect:
    return Effect(row["reference"], Decimal(row["amount"]), row["currency"])


def judge(books: Books) -> list[Finding]:
    """Every finding; an empty list is the verdict wanted."""
    by_number: dict[int, list[Stored]] = defaultdict(list)
    for payout in books.stored:
        by_number[payout.number].append(payout)
    paid: dict[UUID, list[Effect]] = defaultdict(list)
    for effect in books.effects:
        if effect.reference in books.owners:
            paid[books.owners[effect.reference]].append(effect)
    findings = list(_strangers(books))
    for intent in books.intents:
        rows = by_number[intent.number]
        findings += [Finding(kind, intent.number, text) for kind, text in _promises(intent, rows)]
        for payout in rows:
            findings += [
                Finding(kind, intent.number, f"{payout.id}: {text}")
                for kind, text in _money(intent, payout, paid[payout.id])
            ]
    return findings


def broken_answers(odd_answers: Mapping[str, int]) -> list[Finding]:
    """The 5xx but 503 among the answers that no client expects, each as ``METHOD STATUS text`` with its number.

    503 is how the service says that it is away; any other means that it did not know what it was doing.
    """
    return [
        Finding("unexplained", -1, f"answered {times} times: {answer}")
        for answer, times in odd_answers.items()
        if answer.split()[1].startswith("5")
    ]


def _strangers(books: Books) -> Iterator[Finding]:
    for effect in books.effects:
        if effect.reference not in books.owners:
            yield Finding("unexplained", -1, f"money left under {effect.reference}, which no attempt knows")
    for reference, times in Counter(effect.reference for effect in books.effects).items():
        if times > 1:
            yield Finding("double", -1, f"the provider paid {reference} {times} times")
    for text in sent_too_often(books.submits, books.not_found):
        yield Finding("unexplained", -1, text)


def _promises(intent: Intent, rows: Sequence[Stored]) -> Iterator[tuple[str, str]]:
    """What the client was told."""
    for text in intent.contradictions:
        yield "unexplained", text
    if not intent.ids:
        yield "unexplained", f"key {intent.key} was never acknowledged"
    elif intent.payout_id not in {row.id for row in rows}:
        yield "lost", f"{min(intent.ids)} was acknowledged and does not exist"
    if len(rows) > 1:
        yield "double", f"key {intent.key} made {len(rows)} payouts"


def _money(intent: Intent, payout: Stored, effects: Sequence[Effect]) -> Iterator[tuple[str, str]]:
    """What became of it."""
    if intent.not_before is not None and payout.opened_at is not None and payout.opened_at < intent.not_before:
        yield "unexplained", f"paid {intent.not_before - payout.opened_at:.3f} s before its time"
    if len(effects) > 1:
        yield "double", f"paid {len(effects)} times: {[effect.reference for effect in effects]}"
    if payout.status not in {"completed", "failed"}:
        if not payout.waits_for_person:
            yield "lost", f"still {payout.status}"
        return
    if payout.status == "completed" and not effects:
        yield "unexplained", "completed, and no money left"
    if payout.status == "failed" and effects:
        yield "unexplained", "failed, and money left"
    if (payout.status == "failed") != ("reject" in intent.fate):
        yield "unexplained", f"{payout.status}, although the provider was told {intent.fate}"
    wanted = (intent.amount, intent.currency)
    for amount, currency in [(payout.amount, payout.currency), *((e.amount, e.currency) for e in effects)]:
        if (amount, currency) != wanted:
            yield "unexplained", f"{amount} {currency} instead of {wanted[0]} {wanted[1]}"
