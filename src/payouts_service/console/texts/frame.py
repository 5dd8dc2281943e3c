"""The frame around every page, signing in, and errors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Payouts": "Выплаты",
        "Overview": "Обзор",
        "Skip to the content": "К содержанию",
        "Main menu": "Главное меню",
        "Menu": "Меню",
        "Payouts Service": "Сервис выплат",
        "Sign in": "Войти",
        "Sign out": "Выйти",
        "E-mail": "Электронная почта",
        "Password": "Пароль",
        "Sign in to the console": "Вход в консоль",
        "Lost your password? An admin gives you another.": "Забыли пароль? Новый выдаст администратор.",
        "Too many attempts; try again in {minutes} min.": "Слишком много попыток; повторите через {minutes} мин.",
        "Language": "Язык",
        "Theme": "Тема",
        "As the system": "Как в системе",
        "Light": "Светлая",
        "Dark": "Тёмная",
        "Act for": "Действовать за",
        "Switch": "Перейти",
        "Change password": "Сменить пароль",
        "Current password": "Текущий пароль",
        "New password": "Новый пароль",
        "At least 12 characters, and not a common one.": "Не меньше 12 символов и не из распространённых.",
        "Your other sessions end.": "Другие ваши сеансы завершатся.",
        "Your password is changed; other sessions ended.": "Пароль изменён; другие сеансы завершены.",
        "Close": "Закрыть",
        "Go to the overview": "Перейти к обзору",
        "There is no such page; check the address.": "Такой страницы нет; проверьте адрес.",
        "The form was open for too long; go back, reload the page and send it again.": (
            "Форма была открыта слишком долго; вернитесь, обновите страницу и отправьте её снова."
        ),
        "The service failed; try again, and report {request_id} if it happens again.": (
            "Сбой сервиса; попробуйте ещё раз, а если повторится, сообщите {request_id}."
        ),
        "The service refused it ({code}).": "Сервис отказал ({code}).",
        "Correct this field.": "Исправьте это поле.",
        "Reason": "Причина",
        "Back to the newest": "К самым новым",
        "Older": "Более старые",
        "Pages": "Страницы",
        "Nothing here yet.": "Здесь пока ничего нет.",
        "Error {status}": "Ошибка {status}",
        "Times are in UTC.": "Время по UTC.",
    }
)
