"""What is shown of sealed details: enough to recognise a recipient, too little to pay another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field

_DOTS: Final = "••••"
_LEAST_HIDDEN: Final = 4


class _Masked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def plain(self) -> dict[str, str]:
        """The strings to show, ``kind`` included, without the fields that were not given."""
        return self.model_dump(exclude_none=True)


class MaskedIban(_Masked):
    """A bank account: initials, country and check digits, the last four characters, the bank."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "iban", "name": "A. L.", "iban": "DE89 •••• 3000", "bic": "COBADEFFXXX"}]
        }
    )

    kind: Literal["iban"]
    name: str = Field(description="The account holder's initials.")
    iban: str = Field(description="Country, check digits and the last four characters.")
    bic: str | None = Field(default=None, description="The bank; absent where the request gave none.")


class MaskedRuAccount(_Masked):
    """An account in a bank in Russia: initials, the bank, the last four digits. The bank's own account is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "ru_account", "name": "A. L.", "bik": "044525225", "account": "•••• 0473"}]
        }
    )

    kind: Literal["ru_account"]
    name: str = Field(description="The account holder's initials.")
    bik: str = Field(description="The bank.")
    account: str = Field(description="The last four digits.")
    inn: str | None = Field(default=None, description="Never shown; absent where the request gave none.")


class MaskedPhone(_Masked):
    """An account found by a phone number: initials, the country code and the last two digits, the bank."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "phone", "name": "A. L.", "phone": "+7 •••• 89", "bank_id": "100000000111"}]
        }
    )

    kind: Literal["phone"]
    name: str = Field(description="The account holder's initials.")
    phone: str = Field(description="The country code and the last two digits.")
    bank_id: str | None = Field(default=None, description="The bank; absent where the request gave none.")


class MaskedCardToken(_Masked):
    """A card known to the provider: the last four digits."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "card_token", "token": "••••", "last4": "4242"}]}
    )

    kind: Literal["card_token"]
    token: str = Field(description="Never shown.")
    last4: str = Field(description="The last four digits of the card.")


class MaskedText(_Masked):
    """Free text: its first and last four characters; of a text shorter than twelve fewer, so that four stay hidden."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "text", "text": "Card •••• lace"}]})

    kind: Literal["text"]
    text: str = Field(description="The first and the last four characters; at least four others stay hidden.")


class MaskedErased(_Masked):
    """Details that were erased, for good; nothing but their kind is known any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "erased", "was": "iban"}]})

    kind: Literal["erased"]
    was: Literal["iban", "ru_account", "phone", "card_token", "text"] = Field(description="The kind they had.")


AnyMasked: TypeAlias = MaskedIban | MaskedRuAccount | MaskedPhone | MaskedCardToken | MaskedText | MaskedErased
MaskedDetails: TypeAlias = Annotated[AnyMasked, Field(discriminator="kind")]
"""The type of a response's field ``recipient_details``."""


def mask(details: Mapping[str, str]) -> AnyMasked:
    """The masked form of plain details, as ``plain()`` of a request gives them and ``open_sealed`` gives them back.

    Reads the strings as they are, so that details stay readable when the rules of a kind change. Raises ValueError
    for a kind that is none of ours.
    """
    match details["kind"]:
        case "iban":
            iban = details["iban"]
            return MaskedIban(
                kind="iban",
                name=_initials(details["name"]),
                iban=f"{iban[:4]} {_DOTS} {iban[-4:]}",
                bic=details.get("bic"),
            )
        case "ru_account":
            return MaskedRuAccount(
                kind="ru_account",
                name=_initials(details["name"]),
                bik=details["bik"],
                account=f"{_DOTS} {details['account'][-4:]}",
                inn=_DOTS if "inn" in details else None,
            )
        case "phone":
            phone = details["phone"]
            return MaskedPhone(
                kind="phone",
                name=_initials(details["name"]),
                phone=f"+{phonenumbers.parse(phone, None).country_code} {_DOTS} {phone[-2:]}",
                bank_id=details.get("bank_id"),
            )
        case "card_token":
            return MaskedCardToken(kind="card_token", token=_DOTS, last4=details["last4"])
        case "text":
            return MaskedText(kind="text", text=_ends(details["text"]))
        case kind:
            raise ValueError(f"No mask is known for the recipient kind {kind}: add one beside the others.")


def erased(masked: Mapping[str, str]) -> dict[str, str]:
    """What is left of masked details when they are erased; the name's initials and the ends of a text go too."""
    return MaskedErased.model_validate({"kind": "erased", "was": masked["kind"]}).plain()


def _initials(name: str) -> str:
    """``Ada Lovelace`` gives ``A. L.``; a word begins at its first letter."""
    letters = (next(filter(str.isalpha, word), "") for word in name.split())
    return " ".join(f"{letter.upper()}." for letter in letters if letter)


def _ends(text: str) -> str:
    shown = max(0, min(4, (len(text) - _LEAST_HIDDEN) // 2))
    return f"{text[:shown]} {_DOTS} {text[len(text) - shown :]}"
