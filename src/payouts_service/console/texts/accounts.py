"""The pages of accounts, their entries and top-ups."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Accounts": "Счета",
        "Top up": "Пополнить",
        "No money has moved yet. A currency's accounts are made with its first top-up or payout.": (
            "Движения денег ещё не было. Счета в валюте появятся с первым пополнением или выплатой."
        ),
        "It may fall below zero by": "Может уйти ниже нуля на",
        "It may not fall below zero.": "Не может быть ниже нуля.",
        "It may fall as low as it will.": "Может опускаться без ограничения.",
        "Payouts without funds fail.": "Выплаты без средств не исполняются.",
        "Payouts without funds wait.": "Выплаты без средств ждут.",
        "Balance now": "Остаток сейчас",
        "From day": "С дня",
        "Before day": "До дня",
        "Entries": "Проводки",
        "What for": "За что",
        "Other account": "Другой счёт",
        "Balance after it": "Остаток после",
        "No entries in this period.": "За этот период проводок нет.",
        "Say that money has arrived. Payouts that wait for funds go on, the oldest first.": (
            "Сообщите о поступлении денег. Ожидающие средств выплаты продолжатся, начиная с самых старых."
        ),
        "Your own id of it": "Ваш идентификатор",
        "For example the bank statement's line; the same is booked once.": (
            "Например, строка банковской выписки; один и тот же учитывается один раз."
        ),
        "{money} are added to the balance.": "Остаток пополнен на {money}.",
        "This top-up of {money} is booked already.": "Это пополнение на {money} уже учтено.",
        # What each account holds
        "What may still be paid out.": "Что ещё можно выплатить.",
        "Reserved for payouts under way.": "Зарезервировано для начатых выплат.",
        "Money received, less fees and adjustments; an asset, so below zero.": (
            "Полученные деньги без комиссий и исправлений; актив, поэтому ниже нуля."
        ),
        "What left with completed payouts.": "Что ушло с исполненными выплатами.",
        "What came back of it, set against it.": "Что из этого вернулось; вычитается.",
        "What providers charged.": "Что взяли провайдеры.",
    }
)
