"""The words of the console's templates: texts in the reader's language, times, money, icons."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django import template
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from payouts_service.console.texts import say, say_term
from payouts_service.people.roles import PEOPLE_READ
from payouts_service.tenants.scopes import Scope

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
_ABOUT: Final = {
    "available": "What may still be paid out.",
    "held": "Reserved for payouts under way.",
    "funding": "Money received, less fees and adjustments; an asset, so below zero.",
    "paid_out": "What left with completed payouts.",
    "returned": "What came back of it, set against it.",
    "fees": "What providers charged.",
    "operator": "Makes and cancels payouts, and pauses.",
    "approver": "Vouches for what became of money: settles by hand, tells of top-ups and returns, sees details.",
    "auditor": "Sees everything, users too, and changes nothing.",
    "admin": "May do everything, and says who else may.",
}
_PAGES: Final[dict[str, tuple[str, str]]] = {
    "po": ("payouts", Scope.PAYOUTS_READ),
    "ac": ("accounts", Scope.LEDGER_READ),
    "key": ("keys", Scope.KEYS_READ),
    "me": ("people", PEOPLE_READ),
}
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


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
    return format_html(
        '<time datetime="{}" class="text-nowrap">{}</time>', at.astimezone(UTC).isoformat(), time_text(at)
    )


@register.simple_tag(takes_context=True)
def money(context: Context, amount: str, currency: str) -> SafeString:
    """A decimal text with its digits grouped as the language does, and its currency."""
    text = digits(context["language"], amount)
    return format_html('<span class="text-nowrap money">{}{}{}</span>', text, _NO_BREAK, currency)


@register.simple_tag(takes_context=True)
def signed_money(context: Context, amount: str, currency: str) -> SafeString:
    """The same of what came in or went out: green with a plus, or with a minus."""
    text = digits(context["language"], amount)
    color, sign = ("", "") if amount.startswith("-") else ("well", "+")
    return format_html('<span class="text-nowrap money {}">{}{}{}{}</span>', color, sign, text, _NO_BREAK, currency)


@register.simple_tag
def field(name: str, error: str = "", classes: str = "form-control", *, hint: bool = False) -> SafeString:
    """A field's class and id, and what is wrong with it for those who hear the page: what ``wrong`` and a hint say.

    ``hint``: whether an element with the id ``{name}-hint`` says how it is filled in.
    """
    attributes = {"class": f"{classes} is-invalid" if error else classes, "id": name}
    if error:
        attributes["aria-invalid"] = "true"
    if told_by := [f"{name}-error"] * bool(error) + [f"{name}-hint"] * hint:
        attributes["aria-describedby"] = " ".join(told_by)
    return format_html_join(" ", '{}="{}"', attributes.items())


@register.simple_tag
def wrong(name: str, error: str = "") -> SafeString | str:
    """The sentence that says what is wrong with a field; nothing where nothing is."""
    if not error:
        return ""
    return format_html('<div class="invalid-feedback d-block" id="{}-error" role="alert">{}</div>', name, error)


@register.simple_tag(takes_context=True)
def about(context: Context, code: str) -> str:
    """What an account of this kind holds; what a role is for."""
    return say(context["language"], _ABOUT[code])


@register.simple_tag(takes_context=True)
def actor_kind(context: Context, kind: str) -> str:
    """What kind of actor it is; a payout that waits for its provider has the same code."""
    return say(context["language"], "Provider") if kind == "provider" else say_term(context["language"], kind)


@register.simple_tag(takes_context=True)
def span(context: Context, seconds: int) -> str:
    """A length of time, in whole days or hours."""
    if seconds >= _DAY:
        return say(context["language"], "{number} d", number=seconds // _DAY)
    return (
        say(context["language"], "{number} h", number=seconds // _HOUR)
        if seconds
        else say(context["language"], "not at all")
    )


@register.simple_tag(takes_context=True)
def object(context: Context, object_id: str) -> SafeString:  # noqa: A001 - the tag's name in templates.
    """An object by its id, with a link where it has a page that the reader may see."""
    path, scope = _PAGES.get(object_id.partition("_")[0], ("", ""))
    if scope not in context["caller"].scopes:
        return format_html('<span class="object">{}</span>', object_id)
    return format_html('<a class="object" href="/{}/{}/">{}</a>', path, object_id, object_id)


@register.filter
def pairs(mapping: Mapping[str, Any]) -> ItemsView[str, Any]:
    """The mapping's names with their values; a template's ``mapping.items`` is what the name ``items`` stands for."""
    return mapping.items()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of ``icons.svg``, for the eye only: text beside it says the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("console/icons.svg"),
        name,
    )


def time_text(at: datetime) -> str:
    """The same within a sentence: ``2026-11-23 10:00:00``, whose space does not break."""
    return f"{at.astimezone(UTC):%Y-%m-%d}{_NO_BREAK}{at.astimezone(UTC):%H:%M:%S}"


def digits(language: str, amount: str) -> str:
    """``1234.50`` as ``1,234.50`` or, in Russian, ``1 234,50``; below zero with a minus, which is no hyphen."""
    group, point = _GROUP_DIGITS[language]
    whole, dot, fraction = amount.partition(".")
    sign, whole = ("\N{MINUS SIGN}", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{sign}{grouped}{point if dot else ''}{fraction}"
