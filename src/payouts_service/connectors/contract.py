"""What the engine and a connector promise each other. Read this before you write a connector.

The engine gives a connector a :class:`PaymentInstruction` and gets back an :class:`Outcome`. A connector translates:
it speaks the provider's language on one side and this module's on the other. It holds no state about payouts, opens no
database transaction, and decides nothing: the engine does. Where the provider also calls us, the connector checks that
the call is the provider's and translates what it says; receiving, keeping and applying it is the engine's.

Five rules carry all the safety:

1. **The reference is the payment.** The engine stores it before the call and never changes it for the same attempt.
   Send it as the provider's idempotency key, so that a second ``submit`` of it never pays a second time.
2. **Unknown is an answer, an exception is a bug.** Whatever the network or the provider does (a timeout, a reset, a
   5xx, an answer that is garbage, too large, or about another payment), return :func:`unknown` with one clause that
   says why. The engine treats an exception as unknown as well, and reports it as a fault of the connector.
3. **A final outcome needs the provider's own word.** Return ``confirmed``, ``rejected`` or ``not_found`` only for an
   answer that the provider documents for exactly this and that names our reference. A bare HTTP status proves nothing:
   a proxy on the way can answer 404 or 422 too.
4. **Nothing personal leaves.** ``evidence``, ``why`` and messages carry statuses, codes and references; never account
   numbers, names, or texts that the provider wrote.
5. **Anybody can call us.** A callback counts only after ``verify_callback`` let it pass, and then it is one more
   answer: it may come twice, late, before the answer to ``submit``, and in any order.

A connector is called from many threads at once and must be safe for that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

_REFERENCE: Final = re.compile(r"[A-Za-z0-9]{1,35}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_PROVIDER_REFERENCE: Final = re.compile(r"[!-~]{1,100}", re.ASCII)
_MOST: Final = Decimal(10**15 - 1)
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """What a connector is asked to send. Raises ValueError where a field breaks the rule named here.

    ``reference``: our name for the payment towards the rail, 1 to 35 ASCII letters and digits (ISO 20022 EndToEndId).
    ``payout_id``: the payout's id as clients see it, for a provider that shows it to people.
    ``amount``: positive and exact, in the currency's major unit, never rounded by the connector.
    ``currency``: ISO 4217, upper case.
    ``recipient``: the details in clear, with ``kind`` inside. Absent from ``repr``, so that no log shows them.
    ``metadata``: the tenant's own pairs, for a provider that takes some. Absent from ``repr`` too.
    """

    reference: str
    payout_id: str
    amount: Decimal
    currency: str
    recipient: Mapping[str, str] = field(repr=False)
    metadata: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("reference must be 1 to 35 ASCII letters and digits")
        if not self.amount.is_finite() or self.amount <= 0:
            raise ValueError("amount must be a positive number")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("currency must be three capital letters (ISO 4217)")
        if "kind" not in self.recipient:
            raise ValueError("recipient must name its kind")


class OutcomeKind(StrEnum):
    """What is known after a call."""

    ACCEPTED = "accepted"
    """The provider has taken the payment and will end it later; ask again."""
    CONFIRMED = "confirmed"
    """The money has left. Final."""
    REJECTED = "rejected"
    """The provider refused before the money moved, and never will move it for this reference. Final."""
    UNKNOWN = "unknown"
    """Nobody can say whether the provider has the payment. Never a failure."""
    NOT_FOUND = "not_found"
    """An inquiry's answer only: the provider says that it has never heard of the reference."""


class Party(StrEnum):
    """Through whom a payment failed, and so who can mend it."""

    CLIENT = "client"
    PROVIDER = "provider"
    RECIPIENT = "recipient"
    US = "us"


class RejectionCode(StrEnum):
    """Why a provider refused, in our words: a closed list, because clients branch on it."""

    RECIPIENT_DETAILS_INVALID = "recipient_details_invalid"
    RECIPIENT_ACCOUNT_CLOSED = "recipient_account_closed"
    RECIPIENT_UNREACHABLE = "recipient_unreachable"
    UNSUPPORTED_RECIPIENT = "unsupported_recipient"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    INSUFFICIENT_PROVIDER_FUNDS = "insufficient_provider_funds"
    COMPLIANCE_REFUSED = "compliance_refused"
    REFUSED_BY_PROVIDER = "refused_by_provider"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refusal. ``retryable``: the same payment, made anew later, may succeed. ``message``: a sentence for people."""

    code: RejectionCode
    party: Party
    retryable: bool
    message: str


REJECTIONS: Final[Mapping[RejectionCode, Rejection]] = MappingProxyType(
    {
        rejection.code: rejection
        for rejection in (
            Rejection(
                RejectionCode.RECIPIENT_DETAILS_INVALID,
                Party.CLIENT,
                retryable=False,
                message="The provider found the recipient's details invalid. Correct them in a new payout.",
            ),
            Rejection(
                RejectionCode.RECIPIENT_ACCOUNT_CLOSED,
                Party.RECIPIENT,
                retryable=False,
                message="The recipient's account is closed or blocked. Ask the recipient for another one.",
            ),
            Rejection(
                RejectionCode.RECIPIENT_UNREACHABLE,
                Party.RECIPIENT,
                retryable=True,
                message="The recipient's bank could not be reached. Try again with a new payout later.",
            ),
            Rejection(
                RejectionCode.UNSUPPORTED_RECIPIENT,
                Party.CLIENT,
                retryable=False,
                message="The provider does not pay to this kind of recipient. Choose another connector.",
            ),
            Rejection(
                RejectionCode.AMOUNT_OUT_OF_RANGE,
                Party.CLIENT,
                retryable=False,
                message="The amount is outside the provider's limits. Choose another amount or another connector.",
            ),
            Rejection(
                RejectionCode.INSUFFICIENT_PROVIDER_FUNDS,
                Party.US,
                retryable=True,
                message="Our account at the provider does not cover the amount. Fund it, then make a new payout.",
            ),
            Rejection(
                RejectionCode.COMPLIANCE_REFUSED,
                Party.PROVIDER,
                retryable=False,
                message="The provider's compliance check refused the payment. Ask the provider before you try again.",
            ),
            Rejection(
                RejectionCode.REFUSED_BY_PROVIDER,
                Party.PROVIDER,
                retryable=False,
                message="The provider refused the payment. Its own code is in the attempt's evidence.",
            ),
        )
    }
)
"""What each code means by default: who can mend it, whether trying again may help, and the sentence for people."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A connector's answer, made with the functions below. Raises ValueError where its fields contradict each other.

    ``provider_reference``: their name for the payment, up to 100 visible ASCII characters; None where they gave none.
    ``rejection``: for ``rejected``, and only there. ``why``: for ``unknown``, and only there.
    ``fee``: what the provider charged for it, in the payment's currency; only with a final outcome. ``returned``: how
    much of it has come back since, in all; only with ``confirmed``. Both positive, below 10^15; None: none is told.
    ``evidence``: JSON-ready facts that show where the outcome comes from: ``http_status``, the provider's own code, and
    ``sent`` (False only where it is certain that nothing reached the provider). Nothing personal.
    """

    kind: OutcomeKind
    provider_reference: str | None = None
    rejection: Rejection | None = None
    why: str = ""
    evidence: Mapping[str, object] = field(default_factory=lambda: _NOTHING)  # Python 3.11 cannot hash it.
    fee: Decimal | None = None
    returned: Decimal | None = None

    def __post_init__(self) -> None:
        for name, value in (("fee", self.fee), ("returned", self.returned)):
            if value is not None and not (value.is_finite() and 0 < value <= _MOST):
                raise ValueError(f"{name} must be a positive number of at most 15 digits before the point, or None")
        if self.fee is not None and self.kind not in (OutcomeKind.CONFIRMED, OutcomeKind.REJECTED):
            raise ValueError("only a final outcome has a fee")
        if self.returned is not None and self.kind is not OutcomeKind.CONFIRMED:
            raise ValueError("only money that had left can have returned")
        if (self.kind is OutcomeKind.REJECTED) != (self.rejection is not None):
            raise ValueError("an outcome has a rejection exactly when it is rejected")
        if (self.kind is OutcomeKind.UNKNOWN) != bool(self.why):
            raise ValueError("an outcome says why exactly when it is unknown")
        if self.provider_reference is None:
            return
        if self.kind in (OutcomeKind.UNKNOWN, OutcomeKind.NOT_FOUND):
            raise ValueError(f"an outcome that is {self.kind} has no provider_reference; put what is known in evidence")
        if not _PROVIDER_REFERENCE.fullmatch(self.provider_reference):
            raise ValueError("provider_reference must be 1 to 100 visible ASCII characters")


def accepted(provider_reference: str | None = None, *, evidence: Mapping[str, object] = _NOTHING) -> Outcome:
    """The provider has the payment and will end it later."""
    return Outcome(OutcomeKind.ACCEPTED, provider_reference, evidence=evidence)


def confirmed(
    provider_reference: str | None = None,
    *,
    fee: Decimal | None = None,
    returned: Decimal | None = None,
    evidence: Mapping[str, object] = _NOTHING,
) -> Outcome:
    """The money has left."""
    return Outcome(OutcomeKind.CONFIRMED, provider_reference, evidence=evidence, fee=fee, returned=returned)


def rejected(
    code: RejectionCode,
    *,
    provider_reference: str | None = None,
    party: Party | None = None,
    retryable: bool | None = None,
    message: str | None = None,
    evidence: Mapping[str, object] = _NOTHING,
) -> Outcome:
    """The provider refused, finally. What is not said comes from ``REJECTIONS``; ``message`` is never theirs."""
    usual = REJECTIONS[code]
    rejection = Rejection(
        code,
        usual.party if party is None else party,
        usual.retryable if retryable is None else retryable,
        usual.message if message is None else message,
    )
    return Outcome(OutcomeKind.REJECTED, provider_reference, rejection, evidence=evidence)


def unknown(why: str, *, evidence: Mapping[str, object] = _NOTHING) -> Outcome:
    """Nobody can say whether the provider has the payment; ``why`` is one clause, such as "no answer within 5 s"."""
    return Outcome(OutcomeKind.UNKNOWN, why=why, evidence=evidence)


def not_found(*, evidence: Mapping[str, object] = _NOTHING) -> Outcome:
    """To an inquiry: the provider says that it has never heard of the reference."""
    return Outcome(OutcomeKind.NOT_FOUND, evidence=evidence)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the engine may rely on: fields that it reads, no others. Declare what the provider documents, no more.

    ``submits``: False where a person pays and reports the outcome; the engine then never calls the connector.
    ``idempotent_submit``: the provider pays at most once for one reference, however often it is submitted.
    ``reference_memory``: for how long it does so. None: for ever. Later than that, the engine does not submit it again.
    ``inquiry``: ``inquire`` really asks the provider.
    ``visible_after``: how long after a submit ``not_found`` means that nothing arrived; before that it means nothing.
    ``callbacks``: the provider calls us, and this connector can tell its calls from others'. Where False, nobody calls
    ``verify_callback`` or ``translate_callback``.
    ``max_in_flight``: most calls at one time, of all processes together.
    ``rate_limit``: most calls a second, of all processes together; bursts of one second's worth. None: no limit.
    ``call_timeout_seconds``: the longest that one call takes, whatever the provider does. Must be kept, not hoped for:
    the engine compares it with what is left of its lease.
    ``currencies``: what the provider pays in (ISO 4217). None: any.
    ``kinds``: the kinds of recipient details it can pay to.

    Raises ValueError for a limit that is not positive or an empty set.
    """

    submits: bool
    idempotent_submit: bool
    reference_memory: timedelta | None
    inquiry: bool
    visible_after: timedelta
    callbacks: bool
    max_in_flight: int
    rate_limit: float | None
    call_timeout_seconds: float
    currencies: frozenset[str] | None
    kinds: frozenset[str]

    def __post_init__(self) -> None:
        if self.max_in_flight < 1 or self.call_timeout_seconds <= 0:
            raise ValueError("max_in_flight and call_timeout_seconds must be positive")
        if self.rate_limit is not None and self.rate_limit <= 0:
            raise ValueError("rate_limit must be positive, or None")
        if self.visible_after < timedelta(0):
            raise ValueError("visible_after must not be negative")
        if self.reference_memory is not None and self.reference_memory <= timedelta(0):
            raise ValueError("reference_memory must be positive, or None")
        if not self.kinds or self.currencies == frozenset():
            raise ValueError("kinds must name at least one kind, and currencies at least one currency or be None")


@dataclass(frozen=True, slots=True)
class CallbackNews:
    """What a callback says about one payment. Raises ValueError where a field breaks the rule named here.

    ``event_id``: the provider's name for the event, up to 100 visible ASCII characters. The same event, sent again,
    has the same; the engine applies it once.
    ``reference``: ours, under which the payment was submitted.
    ``amount``, ``currency``: what the provider says that it paid, or that came back, in the major unit. The engine
    holds them against the payout's: news of another amount or currency is never applied.
    ``outcome``: accepted, confirmed or rejected.
    ``returned``: the money, which had left (so ``outcome`` is confirmed), has come back, all or some of it. How much,
    an inquiry must say.
    """

    event_id: str
    reference: str
    amount: Decimal
    currency: str
    outcome: Outcome
    returned: bool = False

    def __post_init__(self) -> None:
        if not _PROVIDER_REFERENCE.fullmatch(self.event_id):
            raise ValueError("event_id must be 1 to 100 visible ASCII characters")
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("reference must be 1 to 35 ASCII letters and digits")
        if not self.amount.is_finite() or self.amount <= 0:
            raise ValueError("amount must be a positive number")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("currency must be three capital letters (ISO 4217)")
        if self.outcome.kind not in (OutcomeKind.ACCEPTED, OutcomeKind.CONFIRMED, OutcomeKind.REJECTED):
            raise ValueError(f"a callback's outcome cannot be {self.outcome.kind}")
        if self.returned and self.outcome.kind is not OutcomeKind.CONFIRMED:
            raise ValueError("only money whose outcome is confirmed can have returned")


class CallbackRefused(Exception):
    """A callback that is not provably the provider's, or is too old. ``why`` is one clause that shows nothing of it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CallbackNotUnderstood(CallbackRefused):
    """A callback that is the provider's, and says nothing that it documents; ``why`` shows nothing of it."""


class Connector(Protocol):
    """What every connector is. All calls come from many threads at once.

    ``submit`` and ``inquire`` never raise for what others do.
    """

    @property
    def name(self) -> str:
        """The name in settings: the connector's folder."""

    @property
    def capabilities(self) -> Capabilities:
        """What the engine may rely on; the same for the whole life of the process."""

    def submit(self, instruction: PaymentInstruction) -> Outcome:
        """Send one payment. Any outcome but ``not_found``."""

    def inquire(self, instruction: PaymentInstruction) -> Outcome:
        """Ask what became of the payment with this instruction's reference. Sends no payment, whatever happens.

        An answer that names the reference with another amount or currency is ``unknown``, never a final outcome.
        """

    def verify_callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Let pass what the provider sent, and nothing else; raises CallbackRefused.

        ``headers``: with names in lower case. ``body``: the bytes as they came; a signature is over bytes, not over
        what a parser made of them. ``now``: the time of arrival, aware. A pure function of these: no network, no clock.
        Compare signatures in constant time (``hmac.compare_digest``), and where the provider signs the time of sending,
        refuse what is more than five minutes away from ``now``, so that nobody can play an old callback again later.
        """

    def translate_callback(self, body: bytes) -> CallbackNews:
        """What a verified callback says; raises CallbackNotUnderstood. A pure function of the body.

        It may be asked about the same body again, years later: callbacks are kept as they came and can be replayed.
        """
