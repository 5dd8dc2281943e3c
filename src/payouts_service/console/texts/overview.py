"""The overview."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Needs a person": "Требует вмешательства",
        "Needs a person now": "Сейчас требует вмешательства",
        "Nothing needs a person now.": "Сейчас вмешательство не требуется.",
        "Payouts are paused": "Выплаты приостановлены",
        "Connector paused": "Коннектор приостановлен",
        "Provider ill": "Провайдер недоступен",
        "Low funds": "Мало средств",
        "Audit failed": "Проверка не пройдена",
        "By status and currency": "По статусам и валютам",
        "Not finished: all. Finished: made in the last 24 hours.": (
            "Незавершённые: все. Завершённые: созданные за последние 24 часа."
        ),
        "No payouts yet. Make one, or let the API make some.": "Выплат пока нет. Создайте первую здесь или через API.",
        "Throughput": "Поток выплат",
        "Time to completed": "Время до исполнения",
        "Accepted": "Принято",
        "Paid": "Исполнено",
        "Not paid": "Не исполнено",
        "p50, seconds": "p50, секунды",
        "p95, seconds": "p95, секунды",
        "The same as a table": "То же таблицей",
        "Of the newest {most} payouts.": "По последним {most} выплатам.",
        "Period": "Период",
        "Nothing was made in this time.": "За это время ничего не создано.",
    }
)
