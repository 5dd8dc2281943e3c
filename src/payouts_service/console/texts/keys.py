"""The pages of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "API keys": "API-ключи",
        "New key": "Новый ключ",
        "Name": "Имя",
        "State": "Состояние",
        "May do": "Права",
        "Last used": "Использован",
        "Expires": "Истекает",
        "an earlier secret still holds": "прежний секрет ещё действует",
        "History": "История",
        "What it did": "Что сделано этим ключом",
        "The key": "Ключ",
        "Begins with": "Начинается с",
        "Id": "Идентификатор",
        "Made on": "Создан",
        "never": "никогда",
        "Revoked": "Отозван",
        "Earlier secret holds until": "Прежний секрет действует до",
        "Rotate": "Сменить секрет",
        "Revoke": "Отозвать",
        "The key has ended; make a new one.": "Ключ больше не действует; создайте новый.",
        "The key may do what your role may not: {scopes}.": "Ключ может то, чего не может ваша роль: {scopes}.",
        "The key may do more than your role; ask somebody whose role may do as much.": (
            "Ключ может больше, чем ваша роль; попросите того, чья роль может столько же."
        ),
        "The key gets a new secret, which is shown once.": "Ключ получит новый секрет; он показывается один раз.",
        "The secret until now stays valid for": "Прежний секрет действует ещё",
        "It is revoked already.": "Он уже отозван.",
        "It is refused at once and for good, with each of its secrets.": (
            "Он и все его секреты перестанут действовать сразу и навсегда."
        ),
        "The key {name} is refused from now on.": "Ключ «{name}» больше не действует.",
        "Who uses it, and where.": "Кто им пользуется и где.",
        "Expires on": "Истекает",
        "At the beginning of that day; empty: never.": "В начале этого дня; пусто: никогда.",
        "your role lacks it": "нет у вашей роли",
        "Make the key": "Создать ключ",
        "The secret is shown this once": "Секрет показан один раз",
        "Copy it now and keep it where secrets are kept; nobody can read it again. If it is lost, rotate the key.": (
            "Скопируйте его сейчас и храните там, где хранят секреты; прочесть его снова нельзя. Если потеряете, смените секрет."
        ),
        "Send it in each request:": "Передавайте в каждом запросе:",
        "This key is made already": "Этот ключ уже создан",
        "Its secret was shown when the form was first sent. If it is lost, rotate the key.": (
            "Секрет был показан при первой отправке формы. Если он потерян, смените его."
        ),
        "Go on to the key": "Перейти к ключу",
        "Copy": "Скопировать",
        # How long
        "not at all": "нисколько",
        "{number} h": "{number} ч",
        "{number} d": "{number} д",
    }
)
