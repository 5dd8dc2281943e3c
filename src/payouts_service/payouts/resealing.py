"""Seal anew, under the first of SEALING_KEYS, what another key has sealed; while payouts flow, and resumable.

The sealed value itself says which key holds it, so a run takes up whatever is left. Rows are read and written under
their locks, in small sets; only the sealed column changes, which nobody else writes but erasure, under the same lock.
Payouts of a release before the blind index get theirs on the way, since they are open for a moment anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import BinaryField, Count, F, Func, Q, QuerySet, Value

from payouts_service.payouts import attempts, callbacks
from payouts_service.payouts.models import Callback, Payout
from payouts_service.payouts.steps import step
from payouts_service.recipients.blind_index import blind_index
from payouts_service.recipients.sealing import CannotOpen, open_sealed, seal, seal_prefix

_log = structlog.get_logger(__name__)
_AT_ONCE: Final = 100  # So few that nobody waits for their locks.
# As sealing.py lays a value out: its second byte is the length of the key's id, which follows.
_KEY_ID: Final = (
    "CASE WHEN length(%(expressions)s) > 2 THEN substring(%(expressions)s FROM 3 FOR get_byte(%(expressions)s, 1)) END"
)
_FIRST: Final = UUID(int=0)

Row: TypeAlias = Payout | Callback


@dataclass(frozen=True, slots=True)
class _Place:
    """A column of sealed values, by its name in Django and by the one that the seal is bound to."""

    model: Any  # Their managers have nothing in common that a type could say.
    field: str
    column: str

    def sealed(self) -> QuerySet[Any]:
        """The rows that hold a sealed value, as erased ones do not."""
        rows: QuerySet[Any] = self.model.objects.exclude(**{self.field: b""})
        return rows

    def left(self) -> QuerySet[Any]:
        """Those that have still something to be done."""
        prefix = seal_prefix()
        begins = Func(F(self.field), Value(1), Value(len(prefix)), function="substring", output_field=BinaryField())
        other_key = ~Q(begins=prefix)
        todo = other_key | Q(recipient_index=None) if self.model is Payout else other_key
        rows: QuerySet[Any] = self.sealed().alias(begins=begins).filter(todo)
        return rows


_PLACES: Final = (
    _Place(Payout, "details_sealed", attempts.SEALED_COLUMN),
    _Place(Callback, "body_sealed", callbacks.SEALED_COLUMN),
)


@dataclass(slots=True)
class Resealed:
    """What a run has done: values sealed anew, blind indexes filled in, and the rows whose values do not open."""

    resealed: int = 0
    indexed: int = 0
    unreadable: list[str] = field(default_factory=list)


def left() -> int:
    """How many rows have something to be done."""
    return sum(place.left().count() for place in _PLACES)


def reseal(done: Resealed) -> Iterator[int]:
    """Do it, and tell after each set how many rows it held; ``done`` counts what was done.

    The first walk passes over rows that others hold, the second waits for them. What does not open is left as it is.
    """
    for place in _PLACES:
        for waits in (False, True):
            yield from _walk(place, done, waits=waits)


def values_by_key() -> dict[str, int]:
    """How many sealed values each key holds, for every key in SEALING_KEYS and every other that is met."""
    found: Counter[str] = Counter(dict.fromkeys(settings.SEALING_KEYS, 0))
    for place in _PLACES:
        key = Func(F(place.field), template=_KEY_ID, output_field=BinaryField())
        for name, number in place.sealed().values_list(key).annotate(Count("id")):
            found[bytes(name).decode("ascii", "replace") if name else "none"] += number
    return dict(found)


def _walk(place: _Place, done: Resealed, *, waits: bool) -> Iterator[int]:
    after = _FIRST
    while True:
        with step("reseal", writes=True):
            locked = place.left().select_for_update(no_key=True, skip_locked=not waits, of=("self",))
            rows = list(locked.filter(id__gt=after).exclude(id__in=done.unreadable).order_by("id")[:_AT_ONCE])
            changed = [row for row in rows if _changed(row, place, done)]
            fields = [place.field, "recipient_index"] if place.model is Payout else [place.field]
            place.model.objects.bulk_update(changed, fields)
        if not rows:
            return
        after = rows[-1].id
        yield len(rows)


def _changed(row: Row, place: _Place, done: Resealed) -> bool:
    """Set on the row what it lacks; False where its value does not open."""
    sealed = bytes(getattr(row, place.field))
    try:
        plain = open_sealed(sealed, row_id=row.id, column=place.column)
    except CannotOpen as error:
        _log.error("sealed_value_unreadable", column=place.column, row_id=str(row.id), why=str(error))
        done.unreadable.append(str(row.id))
        return False
    if not sealed.startswith(seal_prefix()):
        setattr(row, place.field, seal(plain, row_id=row.id, column=place.column))
        done.resealed += 1
    if isinstance(row, Payout) and row.recipient_index is None:
        row.recipient_index = blind_index(plain, tenant_id=row.tenant_id)
        done.indexed += 1
    return True
