"""The last audit, and the simulated provider's books."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Integrity": "Целостность",
        "The service has not judged its books yet; it does so within the hour.": (
            "Сервис ещё не проверял свои книги; он сделает это в течение часа."
        ),
        "Broken promises: {number}": "Нарушено обещаний: {number}",
        "Every promise holds": "Все обещания соблюдены",
        "Do not pay by hand what is in doubt; run the command payouts audit, which names the objects.": (
            "Не платите вручную то, что вызывает сомнение; выполните команду payouts audit, она назовёт объекты."
        ),
        "Payouts, attempts, events and the ledger agree with one another, for every tenant.": (
            "Выплаты, попытки, события и учёт согласуются друг с другом у всех арендаторов."
        ),
        "Changes judged": "Проверены изменения",
        "Everything judged": "Проверено всё",
        "Promises": "Обещания",
        "Promise": "Обещание",
        "Objects that break it": "Нарушений",
        "The simulated provider's books": "Книги симулятора",
        "The simulated provider at {url} does not show its books.": "Симулятор по адресу {url} не показывает свои книги.",
        "Paid twice: {number}": "Оплачено дважды: {number}",
        "Nothing was paid twice": "Ничего не оплачено дважды",
        "These are the provider's own books, kept apart from the service: the money that really left.": (
            "Это собственные книги провайдера, отдельные от сервиса: деньги, которые действительно ушли."
        ),
        "Payments made": "Платежей",
        "References paid": "Оплачено референсов",
        "Submissions received": "Получено отправок",
        "Inquiries received": "Получено запросов",
        "Payments returned": "Возвращено платежей",
        "Money out": "Ушло денег",
        "Money back": "Вернулось денег",
        "none": "нет",
        "Last payments": "Последние платежи",
        "Our reference": "Наш референс",
        "No money has left yet.": "Деньги ещё не уходили.",
    }
)
