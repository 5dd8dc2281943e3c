"""The audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Audit trail": "Журнал действий",
        "Object's id": "Идентификатор объекта",
        "for example po_01j…": "например po_01j…",
        "Event": "Событие",
        "Anything": "Любое",
        "Who": "Кто",
        "Anybody": "Любой",
        "The service": "Сервис",
        "Search": "Найти",
        "Object": "Объект",
        "More": "Подробнее",
        "version {number}": "версия {number}",
        "Request {id}": "Запрос {id}",
        "None of the {number} events looked at; go on to older ones.": (
            "Среди просмотренных событий ({number}) таких нет; продолжите с более старыми."
        ),
        "Provider": "Провайдер",
        "No such events.": "Таких событий нет.",
    }
)
