"""What the last periodic audit found. No writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from payouts_service.audit.invariant import Invariant
from payouts_service.audit.invariants import INVARIANTS
from payouts_service.audit.models import Mark, Verdict


@dataclass(frozen=True, slots=True)
class LastAudit:
    """When it was, when everything was last judged, and how many objects break each invariant."""

    judged_at: datetime
    full_at: datetime
    verdicts: list[tuple[Invariant, int]]
    """Those that are broken first, then in their own order."""


def last() -> LastAudit | None:
    """None before the first periodic audit."""
    mark = Mark.objects.first()
    if mark is None:
        return None
    numbers = dict(Verdict.objects.values_list("invariant", "broken"))
    judged = [(invariant, numbers[invariant.name]) for invariant in INVARIANTS if invariant.name in numbers]
    return LastAudit(mark.judged_at, mark.full_at, sorted(judged, key=lambda verdict: not verdict[1]))
