"""The clients: each payout is asked for until it is acknowledged, always under the same key, and then watched."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import aiohttp

from payouts_service.kit import ids

_RANKS: Final = {"created": 0, "processing": 1, "completed": 2, "failed": 2}
_PATIENCE: Final = aiohttp.ClientTimeout(sock_connect=5, sock_read=10)
_MOST_AT_ONCE: Final = 300
_MOST_CONNECTIONS: Final = 64
"""So few that a busy machine answers each within the patience; else every answer would come to a client long gone."""
_EXPECTED_ANSWERS: Final = frozenset({200, 201, 409, 503})
"""409: the same key is being worked on, or a row is locked. 503: PostgreSQL is away. Both say: repeat."""

# What the provider does to a payment, and how often; the words are the simulator's.
USUAL_FATES: Final = {
    "confirm": 68,
    "lose": 10,
    "delay:0.7": 6,
    "reject": 6,
    "delay:0.5:reject": 3,
    "lose:delay:0.7": 3,
    "lose:reject": 2,
    "hang": 2,
}


@dataclass(eq=False)
class Intent:
    """One payout that a client wants, and all that the client learned of it. Times in Unix seconds."""

    number: int
    key: str
    fate: str
    amount: Decimal
    currency: str
    began_at: float
    not_before: float | None = None
    """Asked for not before this time."""
    acknowledged_at: float | None = None
    ids: set[str] = field(default_factory=set)
    status: str = "created"
    """The furthest that any answer told."""
    contradictions: list[str] = field(default_factory=list)

    @property
    def payout_id(self) -> UUID | None:
        """The id that the first acknowledgement gave."""
        return ids.from_text("po", min(self.ids)) if self.ids else None

    @property
    def is_over(self) -> bool:
        """Whether a client has read a final status."""
        return _RANKS[self.status] == _RANKS["completed"]

    def learn(self, document: dict[str, Any], known_before: str) -> None:
        """Take in one answer; ``known_before`` is the status that was known before the request left."""
        self.ids.add(document["id"])
        if len(self.ids) > 1:
            self.contradictions.append(f"one key gave several payouts: {sorted(self.ids)}")
        told = document["status"]
        went_back = _RANKS[told] < _RANKS[known_before]
        if went_back or (_RANKS[known_before] == _RANKS["completed"] and told != known_before):
            self.contradictions.append(f"the status went from {known_before} to {told}")
        if _RANKS[told] > _RANKS[self.status]:
            self.status = told


class Load:
    """Clients of one tenant that together begin ``per_second`` payouts until there are ``count``, or ``stop``."""

    def __init__(self, api: str, key: str, chances: random.Random) -> None:
        self.intents: list[Intent] = []
        self.odd_answers: Counter[str] = Counter()
        self.fates: dict[str, int] = USUAL_FATES
        self.ahead_seconds = 0
        """Every second new payout is asked for so far ahead; 0 for none."""
        self.is_complete = False
        """Whether no more payouts are begun: there are enough, or time is over."""
        self._chances = chances
        self._at_once = asyncio.Semaphore(_MOST_AT_ONCE)
        self._ending = asyncio.Event()
        self._session = aiohttp.ClientSession(
            api,
            headers={"Authorization": f"Bearer {key}"},
            timeout=_PATIENCE,
            connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS),
        )

    async def run(self, count: int, per_second: float) -> None:
        """Begin the payouts and follow each to its end; returns when all are over, or shortly after ``stop``."""
        async with asyncio.TaskGroup() as clients:
            started = time.monotonic()
            for number in range(count):
                await self._at_once.acquire()  # An outage holds the load back, as it holds back real clients.
                if self.is_complete or self._ending.is_set():
                    return
                await asyncio.sleep(max(0.0, started + number / per_second - time.monotonic()))
                clients.create_task(self._one(number))
            self.is_complete = True

    def settled(self, before: float, waiting_for_people: set[int]) -> bool:
        """Whether all that was begun before that time is over, but for those numbers."""
        return all(intent.number in waiting_for_people for intent in self.unsettled(before))

    def stop(self) -> None:
        """Let the clients end after what they are doing now."""
        self._ending.set()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def unsettled(self, before: float) -> list[Intent]:
        """What was begun before that time and has not been read as final yet."""
        return [intent for intent in self.intents if intent.began_at <= before and not intent.is_over]

    async def _one(self, number: int) -> None:
        try:
            fate = self._chances.choices(list(self.fates), weights=list(self.fates.values()))[0]
            intent = Intent(
                number=number,
                key=f"torture-{number}-{self._chances.getrandbits(32):08x}",
                fate=fate,
                amount=Decimal(self._chances.randrange(100, 500_000)) / 100,
                currency=self._chances.choice(["EUR", "KZT", "USD"]),
                began_at=time.time(),
                not_before=round(time.time() + self.ahead_seconds, 3) if self.ahead_seconds and number % 2 else None,
            )
            self.intents.append(intent)
            clients = 3 if self._chances.random() < 0.05 else 1  # Some press the button several times.
            await asyncio.gather(*(self._ask(intent) for _ in range(clients)))
            await self._watch(intent)
        finally:
            self._at_once.release()

    async def _ask(self, intent: Intent) -> None:
        body = {
            "amount": format(intent.amount, "f"),
            "currency": intent.currency,
            "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
            "metadata": {"torture": str(intent.number), "simulator": intent.fate},
        }
        if intent.not_before is not None:
            body["scheduled_for"] = datetime.fromtimestamp(intent.not_before, UTC).isoformat()
        pause = 0.1
        while not self._ending.is_set():
            known = intent.status
            answer = await self._send("POST", "/api/payouts/", json=body, headers={"Idempotency-Key": intent.key})
            if answer is not None and answer[0] == 201:
                # A repeat is answered with the first answer's status, by design: only its id is compared.
                replayed = bool(intent.ids)
                intent.learn(answer[1] if not replayed else {**answer[1], "status": known}, known)
                intent.acknowledged_at = intent.acknowledged_at or time.time()
                return
            await asyncio.sleep(pause * (0.5 + self._chances.random()))
            pause = min(pause * 2, 1.5)

    async def _watch(self, intent: Intent) -> None:
        pause = 1.0
        while not self._ending.is_set():
            await asyncio.sleep(pause * (0.5 + self._chances.random()))
            pause = min(pause * 2, 2.5)  # Else the clients' reading is most of the work of the stack.
            is_last = intent.is_over
            known = intent.status
            answer = await self._send("GET", f"/api/payouts/{min(intent.ids)}/")
            if answer is not None and answer[0] == 200:
                intent.learn(answer[1], known)
            elif answer is not None and answer[0] == 404:
                intent.contradictions.append("an acknowledged payout was not found")
            if is_last:  # It is read once more after its end: an end must stay.
                return

    async def _send(self, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]] | None:
        """The answer's status and document; None where the connection failed."""
        try:
            async with self._session.request(method, path, **given) as answer:
                text = await answer.text()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if status not in _EXPECTED_ANSWERS:
            self.odd_answers[f"{method} {status} {text[:160]}"] += 1
        return status, json.loads(text) if status in (200, 201) else {}
