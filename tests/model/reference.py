"""What must be true of payouts, in plain Python: the reference that the service is compared with, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from payouts_service.connectors.contract import OutcomeKind, Rejection

MOST_ATTEMPTS = {"recipient_unreachable": 4}
"""Refusals that are tried again, and how often a payout is tried at most."""


@dataclass
class Expected:
    """One payout as it must be."""

    key: str
    body: dict[str, object]
    status: str = "created"
    version: int = 1
    attempts: int = 0
    by_hand: bool = False
    """A person has taken it; no worker touches it."""
    decided: bool = False
    """A person said how it ended."""
    retrying: bool = False
    unknown: bool = False
    """The last answer left the outcome unknown."""
    leased: bool = False
    tokens: set[UUID] = field(default_factory=set)
    """The fences of its open attempt, the last being the one that counts."""
    owner: UUID | None = None

    @property
    def claimable(self) -> bool:
        """Whether a worker may open an attempt."""
        return self.status == "created" or (self.retrying and not self.decided)

    def claimed(self, token: UUID) -> None:
        """A worker opened an attempt."""
        assert self.claimable, self
        self.status, self.owner, self.leased, self.unknown, self.retrying = "processing", token, True, False, False
        self.attempts += 1
        self.version += 1

    def asked(self, token: UUID) -> None:
        """Another worker took the open attempt."""
        assert self.status == "processing", self
        assert not self.by_hand, self
        self.owner, self.leased = token, True

    def settled(self, token: UUID, kind: OutcomeKind, rejection: Rejection | None) -> None:
        """A worker brought an outcome; one that lost the attempt meanwhile changes nothing."""
        if self.status != "processing" or token != self.owner or self.decided or self.retrying:
            return
        self.leased = False
        if kind is OutcomeKind.CONFIRMED:
            self._end("completed")
        elif kind is OutcomeKind.REJECTED:
            assert rejection is not None
            self.owner, self.unknown = None, False
            if self.attempts < MOST_ATTEMPTS.get(rejection.code, 0):
                self.retrying = True
            else:
                self._end("failed")
        else:
            self.unknown = kind is not OutcomeKind.ACCEPTED

    def taken_by_hand(self) -> bool:
        """Whether a person may take it now; it is then taken."""
        if self.status != "created":
            return False
        self.status, self.by_hand = "processing", True
        self.attempts += 1
        return True

    def reported(self, end: str) -> bool:
        """Whether a person may say now that it is completed or failed, with reason and evidence; it then is."""
        if self.status != "processing":
            return False
        if self.retrying:
            if end == "completed":
                return False
        elif not self.by_hand and (self.leased or not self.unknown):
            return False
        self.decided = True
        self._end(end)
        return True

    def _end(self, status: str) -> None:
        self.status, self.owner, self.retrying, self.unknown, self.leased = status, None, False, False, False
