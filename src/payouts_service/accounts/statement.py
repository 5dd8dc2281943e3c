"""An account's entries as a file, written while it is read: as long as it may be, it takes no memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from payouts_service.accounts.wire import present_entry
from payouts_service.http.spreadsheets import as_text, line_writer
from payouts_service.ledger.accounts import AccountState, Place, entries_of

COLUMNS: Final = ("id", "at", "kind", "amount", "currency", "balance", "other_account", "subject")
_NUMBERS: Final = frozenset({"amount", "balance"})
_AT_ONCE: Final = 1000


def lines(account: AccountState, *, since: datetime | None, before: datetime | None) -> Iterator[str]:
    """The lines of the file, the header first, then the entries, newest first."""
    line = line_writer()
    yield line(COLUMNS)
    after: Place | None = None
    while True:
        found = entries_of(account.id, after=after, limit=_AT_ONCE, since=since, before=before)
        for entry in found:
            told = present_entry(entry, currency=account.currency)
            yield line([told[name] if name in _NUMBERS else as_text(told[name]) for name in COLUMNS])
        if len(found) < _AT_ONCE:
            return
        after = Place(found[-1].at, found[-1].id)
