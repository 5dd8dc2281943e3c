"""Which language to answer in (RFC 9110, section 12.5.4)."""

from __future__ import annotations

from typing import Final

from django.utils.translation.trans_real import parse_accept_lang_header

SPOKEN: Final = ("en", "ru")


def accepted_language(header: str) -> str:
    """The first language of an Accept-Language header that is spoken here, else English."""
    for tag, _ in parse_accept_lang_header(header):
        language = tag.partition("-")[0]
        if language in SPOKEN:
            return language
    return SPOKEN[0]
