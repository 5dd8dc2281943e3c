"""How a limit on payouts is written: ``EUR.payout=10000``, ``EUR.recipient.day.count=5``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from payouts_service.kit.money import is_iso_4217

_NAME: Final = re.compile(
    r"(?P<currency>[A-Z]{3})\.(?:payout|(?P<of>recipient|tenant)\.(?P<window>day|month)\.(?P<measure>amount|count))",
    re.ASCII,
)
_VALUE: Final = {"amount": r"[0-9]{1,15}(?:\.[0-9]{1,4})?", "count": r"[0-9]{1,9}"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What is limited: the amount of one payout, or what goes to a recipient or from a tenant in a window of time.

    ``window``: ``day``, ``month`` (of UTC), or None for one payout. ``measure``: ``amount`` or ``count``.
    """

    name: str
    currency: str
    of: str
    window: str | None
    measure: str


def parse_rule(name: str) -> Rule:
    """The rule of this name. Raises ValueError with a sentence."""
    match = _NAME.fullmatch(name)
    if match is None or not is_iso_4217(match["currency"]):
        raise ValueError(
            f"{name[:60]!r} is no limit: write EUR.payout, or EUR, then recipient or tenant, day or month, amount or"
            " count, as in EUR.tenant.day.amount"
        )
    return Rule(name, match["currency"], match["of"] or "payout", match["window"], match["measure"] or "amount")


def parse_limit(text: str) -> tuple[Rule, Decimal]:
    """The rule and its value in ``EUR.payout=10000``. Raises ValueError with a sentence."""
    name, _, value = text.partition("=")
    rule = parse_rule(name.strip())
    if not re.fullmatch(_VALUE[rule.measure], value.strip(), re.ASCII):
        raise ValueError(f"{rule.name} needs a number after =, a whole one for a count")
    most = Decimal(value.strip())
    if not most:  # Nothing fits into it, ever, so every payout would fail for good.
        raise ValueError(f"{rule.name} needs more than 0; to pay nothing out, pause the tenant")
    return rule, most


def parse_limits(text: str) -> dict[Rule, Decimal]:
    """Limits separated by commas. Raises ValueError with a sentence, also where one is named twice."""
    limits: dict[Rule, Decimal] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        rule, value = parse_limit(part)
        if rule in limits:
            raise ValueError(f"names {rule.name} twice")
        limits[rule] = value
    return limits
