"""What the service's own codes are called, in English and in Russian: statuses, roles, kinds of actors and the like."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TERMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        # Roles
        "operator": ("Operator", "Оператор"),
        "approver": ("Approver", "Утверждающий"),
        "auditor": ("Auditor", "Аудитор"),
        "admin": ("Admin", "Администратор"),
        # Actors
        "api_key": ("API key", "API-ключ"),
        "person": ("Person", "Человек"),
        "worker": ("Worker", "Обработчик"),
        "system": ("System", "Система"),
        "command": ("Command line", "Командная строка"),
        # Statuses, and what stands beside them
        "created": ("Created", "Создана"),
        "processing": ("Processing", "В обработке"),
        "completed": ("Completed", "Исполнена"),
        "failed": ("Failed", "Не исполнена"),
        "in_flight": ("In flight", "Отправлена"),
        "accepted": ("Accepted", "Принята провайдером"),
        "unknown": ("Unknown outcome", "Исход неизвестен"),
        "retrying": ("To be retried", "Ждёт повтора"),
        "funds": ("Waits for funds", "Ждёт средств"),
        "limit": ("Limit reached", "Достигнут лимит"),
        "paused": ("Paused", "Приостановлена"),
        "schedule": ("Scheduled", "Запланирована"),
        "provider": ("Provider ill", "Провайдер недоступен"),
        # Events
        "payout.created": ("Accepted", "Принята"),
        "payout.updated": ("Comment or metadata changed", "Изменены комментарий или метаданные"),
        "payout.blocked": ("Held back", "Задержана"),
        "payout.released": ("Held back no longer", "Больше не задержана"),
        "payout.claimed": ("Being paid", "Исполняется"),
        "payout.progressed": ("More is known", "Известно больше"),
        "payout.retried": ("Sent again in a new attempt", "Отправлена снова новой попыткой"),
        "payout.parked": ("Left to a person", "Передана человеку"),
        "payout.discrepancy_found": ("The provider contradicts itself", "Провайдер противоречит сказанному раньше"),
        "payout.completed": ("Paid", "Исполнена"),
        "payout.failed": ("Not paid", "Не исполнена"),
        "payout.returned": ("Money came back", "Деньги вернулись"),
        "payout.deleted": ("Removed", "Удалена"),
        "payout.erased": ("Recipient erased", "Данные получателя стёрты"),
        "payout.details_revealed": ("Details shown in clear", "Реквизиты показаны открыто"),
        "top_up.created": ("Topped up", "Пополнение"),
        "account.policy_changed": ("Policy changed", "Изменены условия счёта"),
        "account.adjusted": ("Adjusted", "Исправлен остаток"),
        "tenant.paused": ("Payouts paused", "Выплаты приостановлены"),
        "tenant.resumed": ("Payouts resumed", "Выплаты возобновлены"),
        "tenant.limits_changed": ("Limits changed", "Изменены лимиты"),
        "key.created": ("API key made", "Создан API-ключ"),
        "key.rotated": ("API key rotated", "Сменён секрет API-ключа"),
        "key.revoked": ("API key revoked", "API-ключ отозван"),
        "member.added": ("User added", "Добавлен пользователь"),
        "member.role_changed": ("Role changed", "Изменена роль"),
        "member.deactivated": ("Access ended", "Доступ закрыт"),
        "member.reactivated": ("Access given back", "Доступ возвращён"),
        "member.password_changed": ("Password changed", "Сменён пароль"),
    }
)
