"""What ``explain`` says on a page with buttons, in English and in Russian, where it would speak of the API."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from payouts_service.payouts.sentences import SENTENCES

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        **SENTENCES,
        "may_take": (
            "A person may take it to pay it, and then tell here how it ended.",
            "Человек может взять её, заплатить и сообщить здесь об исходе.",
        ),
        "may_report": (
            "Whoever pays it settles it here as completed or failed.",
            "Тот, кто платит, завершает её здесь как исполненную или неисполненную.",
        ),
        "may_settle": (
            "With proof from the provider or the bank, a person may settle it here.",
            "Имея подтверждение провайдера или банка, человек может завершить её здесь.",
        ),
        "may_fail": (
            "A person may settle it here as failed: the last attempt was refused, and no other is open.",
            "Человек может завершить её здесь как неисполненную: в последней попытке отказано, другой ещё нет.",
        ),
    }
)
