"""The page of connectors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Connectors": "Коннекторы",
        "All payouts of {tenant}": "Все выплаты «{tenant}»",
        "They are sent, through whichever connector.": "Отправляются через любой коннектор.",
        "Pause payouts": "Приостановить выплаты",
        "Resume payouts": "Возобновить выплаты",
        "Pause {connector}": "Приостановить {connector}",
        "Resume {connector}": "Возобновить {connector}",
        "Payouts that waited go out again, the oldest first.": "Ожидавшие выплаты снова отправятся, начиная с самых старых.",
        "Nothing more is sent. What is under way is still asked after.": (
            "Больше ничего не отправляется. О начатом сервис продолжит спрашивать."
        ),
        "It is paused for every tenant. What is under way is still asked after.": (
            "Приостанавливается для всех арендаторов. О начатом сервис продолжит спрашивать."
        ),
        "Nothing more is sent through {connector}.": "Через {connector} больше ничего не отправляется.",
        "Payouts are sent through {connector} again.": "Выплаты снова отправляются через {connector}.",
        "No more payouts of {tenant} are sent.": "Выплаты «{tenant}» больше не отправляются.",
        "Payouts of {tenant} are sent again.": "Выплаты «{tenant}» снова отправляются.",
        "Paused": "Приостановлено",
        "since": "с",
        "Paid by people": "Платят люди",
        "Healthy": "Исправен",
        "Does not answer": "Не отвечает",
        "The service sends nothing by it: a person takes a payout, pays it in the bank's own way, and says how it ended.": (
            "Сервис через него ничего не отправляет: человек берёт выплату, проводит её в банке и сообщает исход."
        ),
        "Calls under way": "Вызовов сейчас",
        "of {most}": "из {most}",
        "Sending, asking": "Отправка, запросы",
        "Breaker": "Предохранитель",
        "Stops calls": "Останавливает вызовы",
        "left alone until": "пауза до",
        "Lets calls through": "Пропускает вызовы",
        "Unanswered in a row": "Без ответа подряд",
        "Calls a second": "Вызовов в секунду",
        "no limit": "без ограничения",
        "Longest call": "Вызов не дольше",
        "{seconds} s": "{seconds} с",
        "Tells the outcome": "Сообщает исход",
        "when asked, and by calling": "по запросу и сам",
        "when asked": "по запросу",
        "in its answer only": "только в ответе",
        "Currencies": "Валюты",
        "any": "любые",
    }
)
