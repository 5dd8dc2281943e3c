"""How often a provider may be asked to pay one reference.

It pays a reference once, so its effects do not show a blind second submission; how often it was asked does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, LiteralString

NOT_FOUND: Final[LiteralString] = (
    "SELECT a.reference, count(e.id) FROM payouts_payoutattempt a"
    " LEFT JOIN payouts_exchange e ON e.attempt_id = a.id AND e.outcome = 'not_found' AND NOT e.late"
    " GROUP BY a.reference"
)
"""How often each reference's inquiries brought, in time, that the provider does not have it."""


def sent_too_often(submits: Mapping[str, int], not_found: Mapping[str, int]) -> Iterator[str]:
    """What cannot be explained, a clause each.

    A claim sends once at most, whether its worker lives to tell the answer or not. Any claim but the first sends only
    where two answers that the provider lacks the payment were recorded since the last one: by a callback it is asked
    earlier, never sent to. What died before it sent, and what the provider forgot with a kill, make it fewer.
    """
    for reference, times in submits.items():
        most = 1 + not_found[reference] // 2 if reference in not_found else 0
        if times > most:
            yield f"{reference} was submitted {times} times, of which at most {most} can be explained"
