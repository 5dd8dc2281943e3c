"""The pages of payouts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CSV": "CSV",
        "New payout": "Новая выплата",
        "Filters": "Отбор",
        "Status": "Статус",
        "Made from": "Созданы с",
        "Made before": "Созданы до",
        "Currency": "Валюта",
        "Connector": "Коннектор",
        "Any": "Все",
        "Filter": "Отобрать",
        "Clear": "Сбросить",
        "Find a payout": "Найти выплату",
        "Id, external id, reference, provider's reference, or a whole account number": (
            "Id, внешний id, референс, референс провайдера или номер счёта целиком"
        ),
        "Find": "Найти",
        "Payout": "Выплата",
        "Amount": "Сумма",
        "Recipient": "Получатель",
        "Made": "Создана",
        "No payout matches.": "Подходящих выплат нет.",
        "None of the {number} payouts looked at; go on to older ones.": (
            "Среди просмотренных выплат ({number}) таких нет; продолжите с более старыми."
        ),
        "An account in Russia is found by its BIK and its number together, for example 044525225 40702810438000060473.": (
            "Счёт в России находят по БИК и номеру вместе, например 044525225 40702810438000060473."
        ),
        "Found payouts": "Найденные выплаты",
        "All payouts": "Все выплаты",
        "Copy the id": "Скопировать id",
        "Why it is where it is": "Почему выплата в этом состоянии",
        "Details": "Подробности",
        "Shown in clear this once; the audit trail says that you saw them.": (
            "Показано открыто один раз; в журнале действий записано, что вы их видели."
        ),
        "Show in clear": "Показать открыто",
        "External id": "Внешний id",
        "Comment": "Комментарий",
        "Scheduled for": "Назначена на",
        "Failure": "Отказ",
        "Possible duplicate of": "Возможно, повтор выплаты",
        "Last change": "Последнее изменение",
        "What happened": "Что происходило",
        "The last events; the first {number} are in the audit trail.": (
            "Последние события; первые {number} — в журнале действий."
        ),
        "Attempts": "Попытки",
        "Attempt {number}": "Попытка {number}",
        "Reference": "Референс",
        "Provider's reference": "Референс провайдера",
        "Opened": "Начата",
        "Closed": "Завершена",
        "Next inquiry": "Следующий запрос",
        "came late": "пришло поздно",
        "The provider said nothing more.": "Больше провайдер ничего не сообщил.",
        "Settled by hand": "Завершена вручную",
        "Returns": "Возвраты",
        "Ledger entries": "Проводки",
        "Time": "Время",
        "Move": "Движение",
        "From": "Откуда",
        "To": "Куда",
        "Actions": "Действия",
        "No worker pays it from then on; you pay it in the bank's own way.": (
            "С этого момента обработчики её не исполняют; вы платите сами, через банк."
        ),
        "The payout goes for good; its history stays.": "Выплата исчезнет навсегда; её история останется.",
        "Your role lacks the scope {scope}.": "В вашей роли нет права {scope}.",
        "What you saw": "Что вы видели",
        "Evidence, such as the bank's number of the payment": "Подтверждение, например номер платежа в банке",
        "Why it failed": "Почему не исполнена",
        "As you report it": "По вашему сообщению",
        "How much came back; empty for all of it": "Сколько вернулось; пусто, если всё",
        "The bank's or the provider's name for the return": "Номер возврата у банка или провайдера",
        "It is not the return of this amount that the provider told of": (
            "Это не тот возврат на эту сумму, о котором сообщил провайдер"
        ),
        "Not before (UTC)": "Не раньше (UTC)",
        "Make the payout": "Создать выплату",
        "The payout is accepted.": "Выплата принята.",
        "The payout is canceled.": "Выплата отменена.",
        "The payout is deleted; its history stays.": "Выплата удалена; её история осталась.",
        "The payout is yours: pay it, then report the outcome here.": (
            "Выплата за вами: исполните её и сообщите исход здесь."
        ),
        "The payout is settled as completed.": "Выплата завершена как исполненная.",
        "The payout is settled as failed.": "Выплата завершена как неисполненная.",
        "The return is booked.": "Возврат учтён.",
    }
)
