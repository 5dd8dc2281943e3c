"""The account alone, as a request names it to find its payouts: what ``blind_index`` hashes of each kind of details.

``RecipientAccount`` is the type of a request's field. Errors are located as those of ``kinds.RecipientDetails`` are.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from payouts_service.recipients.kinds import Bik, Details, Iban, Phone, RuAccount, Text, Token, model_of


class IbanAccount(Details):
    """A bank account by its IBAN."""

    kind: Literal["iban"]
    iban: Iban = Field(repr=False, description="With or without spaces.")


class RussianAccount(Details):
    """An account in a bank in Russia."""

    kind: Literal["ru_account"]
    bik: Bik = Field(description="The bank.")
    account: RuAccount = Field(repr=False, description="20 digits, with or without spaces.")


class PhoneAccount(Details):
    """An account found by a phone number."""

    kind: Literal["phone"]
    phone: Phone = Field(repr=False, description="+, the country code and the number.")


class CardTokenAccount(Details):
    """A card that the provider knows by a token."""

    kind: Literal["card_token"]
    token: Token = Field(repr=False, description="The provider's token.")


class TextAccount(Details):
    """Free text; capitals and the number of spaces make no difference."""

    kind: Literal["text"]
    text: Text = Field(repr=False, description="The whole text.")


AnyAccount: TypeAlias = IbanAccount | RussianAccount | PhoneAccount | CardTokenAccount | TextAccount

_KINDS: Final[dict[str, type[AnyAccount]]] = {
    "iban": IbanAccount,
    "ru_account": RussianAccount,
    "phone": PhoneAccount,
    "card_token": CardTokenAccount,
    "text": TextAccount,
}


def _parse(value: object) -> AnyAccount:
    if not isinstance(value, dict):
        raise PydanticCustomError("recipient_account_type", "Give an object with a kind and the account of that kind.")
    return model_of(value, _KINDS).model_validate(value)


class _ByKind:
    """Validates by ``_parse``, whose errors name the client's own paths; documents itself as the tagged union."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        documented = handler.generate_schema(Annotated[AnyAccount, Field(discriminator="kind")])
        return core_schema.no_info_wrap_validator_function(lambda value, _documented: _parse(value), documented)


RecipientAccount: TypeAlias = Annotated[AnyAccount, _ByKind()]
"""The type of a request's field ``recipient_account``."""
