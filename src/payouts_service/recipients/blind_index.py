"""The blind index: a keyed hash of a recipient's account, by which payouts are found without any being opened.

Without the key nobody can try out accounts against it (a bare hash of a phone number is guessed in minutes). The key is
its own and never rotates: every stored hash would have to be made anew from the opened details.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.conf import settings

from payouts_service.kit.keyed_hash import keyed_hash

# What tells one account from another; names, banks' own accounts and the like do not.
_ACCOUNT: Final[Mapping[str, tuple[str, ...]]] = {
    "iban": ("iban",),
    "ru_account": ("bik", "account"),
    "phone": ("phone",),
    "card_token": ("token",),
    "text": ("text",),
}


def blind_index(details: Mapping[str, str], *, tenant_id: UUID) -> bytes:
    """The hash (HMAC-SHA-256, 32 bytes) of the account in plain details, or in a plain account alone.

    It differs between tenants, so that nobody with the database sees that two of them pay one person. Texts are
    compared without regard to case and to the number of spaces.
    """
    kind = details["kind"]
    account = [" ".join(details[field].casefold().split()) if kind == "text" else details[field]
               for field in _ACCOUNT[kind]]  # fmt: skip
    message = json.dumps([tenant_id.hex, kind, *account], ensure_ascii=False, separators=(",", ":"))
    return keyed_hash(settings.RECIPIENT_INDEX_KEY, message)
