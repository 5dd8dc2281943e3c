"""Let a busy caller's next requests pass without asking PostgreSQL: they are counted already, and its key is known.

Asking who a key is, and counting the request, took a fifth of a create. A process that has just served many requests of
one key from one address counts as many more at once as it has served, and keeps what it was told for half a second. So
a revoked key ends at once where it is little used, and within half a second everywhere. No limit is passed, since a
request passes only once it is counted; what a process does not use of a lease is lost to the caller.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic
from typing import Final

from payouts_service.http.principal import Principal
from payouts_service.rate_limits.counting import Quota

LASTS_SECONDS: Final = 0.5
BUSY: Final = 50
"""From so many requests in that time on, a caller gets a lease."""
_MOST_CALLERS: Final = 10_000


@dataclass(slots=True)
class _Caller:
    """A valid key from one address, in this process: what it sent in this half second, and what it was lent."""

    ends_at: float
    principal: Principal
    quotas: Sequence[Quota]
    lent: int
    used: int = 0
    served: int = 1


_lock: Final = Lock()
_callers: Final[dict[Hashable, _Caller]] = {}


def use(who: Hashable) -> tuple[Principal, list[Quota]] | None:
    """Who this caller is and what is left to it, where it has a lease; None where PostgreSQL must be asked."""
    with _lock:
        caller = _callers.get(who)
        if caller is None or caller.ends_at <= monotonic():
            return None
        caller.served += 1
        if caller.used == caller.lent:
            return None
        caller.used += 1
        return caller.principal, [replace(quota, left=quota.left - caller.used) for quota in caller.quotas]


def wanted(who: Hashable) -> int:
    """How many requests to count beside one that has no lease: where a busy half second is just over, as many again."""
    now = monotonic()
    with _lock:
        caller = _callers.get(who)
        if caller is None or caller.served < BUSY or not caller.ends_at <= now < caller.ends_at + LASTS_SECONDS:
            return 0
        return caller.served


def begin(who: Hashable, principal: Principal, quotas: Sequence[Quota], *, lent: int) -> None:
    """Begin a half second of a caller, shorter where one of its windows ends, in which so many requests may pass.

    Where another thread has begun it, what is lent here is lost.
    """
    now = monotonic()
    with _lock:
        caller = _callers.get(who)
        if caller is not None and now < caller.ends_at:
            return
        if len(_callers) >= _MOST_CALLERS:
            _callers.clear()
        ends_at = now + min([LASTS_SECONDS, *(quota.resets_in for quota in quotas)])
        _callers[who] = _Caller(ends_at, principal, quotas, lent)
