"""An account's entries as a file, written while it is read: as long as it may be, it takes no memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from payouts_service.accounts.wire import present_entry
from payouts_service.http.spreadsheets import as_text
from payouts_service.ledger.accounts import AccountState, Place, entries_of

COLUMNS: Final = ("id", "at", "kind", "amount", "currency", "balance", "other_account", "subject")
_NUMBERS: Final = frozenset({"amount", "balance"})
_AT_ONCE: Final = 1000


class _Line:
    """What a csv.writer writes to: the line is what ``writerow`` returns."""

    def write(self, line: str) -> str:
        return line


def lines(account: AccountState, *, since: datetime | None, before: datetime | None) -> Iterator[str]:
    """The lines of the file, the header first, then the entries, newest first."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    after: Place | None = None
    while True:
        found = entries_of(account.id, after=after, limit=_AT_ONCE, since=since, before=before)
        for entry in found:
            told = present_entry(entry, currency=account.currency)
            yield writer.writerow([told[name] if name in _NUMBERS else as_text(told[name]) for name in COLUMNS])
        if len(found) < _AT_ONCE:
            return
        after = Place(found[-1].at, found[-1].id)
