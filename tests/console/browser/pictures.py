"""The pictures of the documents, taken anew by `make pictures`: the console after a day of payouts."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, Final

import psycopg

from payouts_service.kit.clock import utc_now
from payouts_service.payouts.models import Payout
from payouts_service.people.roles import Role
from tests.client import Client
from tests.console.browser.conftest import SignedIn
from tests.console.browser.pages import settled_payout
from tests.prose.markdown import ROOT

PAYOUTS: Final = 120
_CLOSED: Final = {
    "failure_code": "recipient_account_closed",
    "failure_message": "The recipient's account is closed or blocked.",
    "failure_party": "recipient",
    "failure_retryable": False,
}


def test_pictures_are_taken(acme: Client, signed_in: SignedIn, superuser: psycopg.Connection) -> None:
    _a_day(acme, superuser)
    settled = settled_payout(acme)
    shown = {"overview": "/", "payouts": "/payouts/", "payout": settled}
    for role, language, theme in ((Role.ADMIN, "en", "light"), (Role.APPROVER, "ru", "dark")):
        tab = signed_in(role, language=language, theme=theme)
        for name, address in shown.items():
            tab.goto(address)
            tab.wait_for_load_state("networkidle")
            tab.screenshot(path=ROOT / "docs/images" / f"{name}-{language}.png")


def _a_day(acme: Client, superuser: psycopg.Connection) -> None:
    """Payouts of the last day with every fate, dated back past the triggers, which would not have it."""
    chances = random.Random(7)  # noqa: S311  # Of pictures.
    superuser.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
    for number in range(PAYOUTS):
        amount = f"{chances.randint(10, 4000)}.{chances.choice(['00', '50', '90'])}"
        currency = chances.choice(["EUR", "EUR", "USD", "KZT"])
        acme.create(connector="manual", currency=currency, amount=amount, external_id=f"order-{number}")
        Payout.objects.filter(external_id=f"order-{number}").update(**_fate(chances))
    superuser.execute("ALTER TABLE payouts_payout ENABLE TRIGGER USER")


def _fate(chances: random.Random) -> dict[str, Any]:
    made = utc_now() - timedelta(hours=chances.random() ** 1.5 * 23)
    fate = {"created_at": made, "connector": "simulator"}
    match chances.random():
        case rolled if rolled < 0.84:  # Chances, as below.
            return fate | {"status": "completed", "finished_at": made + timedelta(seconds=chances.random() ** 3 * 40)}
        case rolled if rolled < 0.92:
            return fate | {"status": "failed", "finished_at": made + timedelta(seconds=2), **_CLOSED}
        case rolled if rolled < 0.95:
            return fate | {"status": "processing", "progress": "unknown"}
        case rolled if rolled < 0.97:
            return fate | {"blockers": ["funds"]}
        case _:
            return {"created_at": made}
