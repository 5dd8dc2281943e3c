"""The words of the console's templates: texts in the reader's language, times, money, icons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payouts_service.console.texts import say, say_term

register: Final = template.Library()
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_GROUP_DIGITS: Final = {"en": (",", "."), "ru": (_NO_BREAK, ",")}
_COLORS: Final = {
    "created": "azure",
    "processing": "blue",
    "completed": "green",
    "failed": "red",
    "unknown": "orange",
    "parked": "red",
    "retrying": "yellow",
    "funds": "yellow",
    "limit": "yellow",
    "paused": "yellow",
    "provider": "orange",
    "possible_duplicate": "yellow",
    "has_returns": "orange",
    "accepted": "blue",
    "confirmed": "green",
    "rejected": "red",
}


@register.simple_tag(takes_context=True)
def t(context: Context, text: str, **values: Any) -> str:
    """The text in the reader's language."""
    return say(context["language"], text, **values)


@register.simple_tag(takes_context=True)
def term(context: Context, code: str) -> str:
    """What a code of the service's is called."""
    return say_term(context["language"], code)


@register.simple_tag(takes_context=True)
def state(context: Context, code: str) -> SafeString:
    """A status, or what stands beside it, as a coloured badge."""
    name = say_term(context["language"], code)
    return format_html('<span class="badge state state-{}">{}</span>', _COLORS.get(code, "grey"), name)


@register.simple_tag
def moment(value: str | datetime | None) -> str:
    """A time in UTC, to the second; a dash for none."""
    if not value:
        return "\N{EN DASH}"
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    at = at.astimezone(UTC)
    text = f"{at:%Y-%m-%d}{_NO_BREAK}{at:%H:%M:%S}"
    return format_html('<time datetime="{}" class="text-nowrap">{}</time>', at.isoformat(), text)


@register.simple_tag(takes_context=True)
def money(context: Context, amount: str, currency: str) -> SafeString:
    """A decimal text with its digits grouped as the language does, and its currency."""
    text = digits(context["language"], amount)
    return format_html('<span class="text-nowrap money">{}{}{}</span>', text, _NO_BREAK, currency)


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of ``icons.svg``, for the eye only: text beside it says the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("console/icons.svg"),
        name,
    )


def digits(language: str, amount: str) -> str:
    """``1234.50`` as ``1,234.50`` or, in Russian, ``1 234,50``."""
    group, point = _GROUP_DIGITS[language]
    whole, dot, fraction = amount.partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{sign}{grouped}{point if dot else ''}{fraction}"
