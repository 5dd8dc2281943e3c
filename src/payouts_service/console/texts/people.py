"""The pages of users and their roles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Users": "Пользователи",
        "New user": "Новый пользователь",
        "Role": "Роль",
        "Access": "Доступ",
        "Signed in": "Последний вход",
        "(you)": "(вы)",
        "runs the service": "управляет сервисом",
        "Has access": "Есть доступ",
        "Ended": "Закрыт",
        "What they did": "Действия пользователя",
        "The user": "Пользователь",
        "Since": "Доступ с",
        "Access ended": "Доступ закрыт",
        "Change role": "Изменить роль",
        "Nobody changes their own access: ask another admin.": "Свой доступ не меняют: попросите другого администратора.",
        "They may do more than you; only whoever may as much changes it.": (
            "Этому пользователю разрешено больше, чем вам; изменить может тот, кому разрешено столько же."
        ),
        "They have no access; give it back first.": "Доступа нет; сначала верните его.",
        "Give another password": "Выдать новый пароль",
        "Their sessions end, and the new password is shown once.": (
            "Сеансы завершатся, а новый пароль будет показан один раз."
        ),
        "End access": "Закрыть доступ",
        "Give access back": "Вернуть доступ",
        "At once, in open sessions too. What they did stays in the history.": (
            "Сразу, и в открытых сеансах. Всё сделанное останется в истории."
        ),
        "With the role that they had.": "С прежней ролью.",
        "The role is changed, in open sessions too.": "Роль изменена, и в открытых сеансах.",
        "The access is ended, in open sessions too.": "Доступ закрыт, и в открытых сеансах.",
        "The access is given back.": "Доступ возвращён.",
        "It may do more than your own role.": "Ей разрешено больше, чем вашей.",
        "Runs the service": "Управляет сервисом",
        "As far as the role goes, may pause connectors for every tenant, and say that money arrived or came back.": (
            "В пределах роли может приостанавливать коннекторы для всех арендаторов и сообщать о поступлениях и возвратах."
        ),
        "Make the user": "Создать пользователя",
        "The password is shown this once": "Пароль показан один раз",
        "Give it to {name} in a way that nobody else reads; they sign in as {email}, and change it then.": (
            "Передайте его так, чтобы не прочёл никто другой. {name} входит как {email} и затем меняет пароль."
        ),
        "Go on to the user": "Перейти к пользователю",
        # What each role is for
        "Makes and cancels payouts, and pauses.": "Создаёт, отменяет и приостанавливает выплаты.",
        "Vouches for what became of money: settles by hand, tells of top-ups and returns, sees details.": (
            "Отвечает за судьбу денег: завершает вручную, сообщает о пополнениях и возвратах, видит реквизиты."
        ),
        "Sees everything, users too, and changes nothing.": "Видит всё, и пользователей тоже, и ничего не меняет.",
        "May do everything, and says who else may.": "Может всё и решает, кому ещё можно.",
    }
)
