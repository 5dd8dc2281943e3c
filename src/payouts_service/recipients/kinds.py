"""The kinds of recipient details a request may carry, each validated by its own standard.

``RecipientDetails`` is the type of a request's field. It reads ``{"kind": …}`` or a bare string, which is short for
the kind ``text``. Locations of errors are the client's own paths: ``("recipient_details", "iban")``, without a tag of
the union between, and ``("recipient_details",)`` for a bare string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.ru import inn as taxpayer_number

from payouts_service.http.validation import StrictModel
from payouts_service.recipients.free_text import LINE, refuse_card_number
from payouts_service.recipients.russian_accounts import account_fits_bank, correspondent_account_fits_bank

_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")

_PHONE: Final = re.compile(r"\+[0-9](?:[ ()-]{0,2}[0-9]){6,14}\)?", re.ASCII)

# Territories whose banks have IBANs of another country (SWIFT IBAN Registry, "country code includes").
_IBAN_COUNTRY: Final = {
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"), "FR"),
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    "AX": "FI",
}


def _iban(text: str) -> str:
    """The electronic form of an IBAN: upper case, no spaces (ISO 13616).

    Check digits inside the national part are left to the bank: their rules differ by bank and change by the quarter,
    so that an old copy would refuse accounts that exist.
    """
    compact = text.replace(" ", "")
    if not (compact.isascii() and compact.isalnum()):
        raise PydanticCustomError("iban_characters", "Write the IBAN with the letters A-Z, digits and spaces only.")
    try:
        return str(IBAN(compact))
    except SchwiftyException as error:
        raise PydanticCustomError(
            "iban", "Correct the IBAN: its country, length, form or check digits are wrong."
        ) from error


def _bic(text: str) -> str:
    """A BIC in upper case (ISO 9362). That its country exists follows from the IBAN's, with which it must agree."""
    bic = text.upper() if text.isascii() else ""
    if not _BIC.fullmatch(bic):
        raise PydanticCustomError(
            "bic", "Correct the BIC: 8 or 11 letters and digits, with the country at the fifth place."
        )
    return bic


def _twenty_digits(text: str) -> str:
    compact = text.replace(" ", "")
    if not re.fullmatch("[0-9]{20}", compact):
        raise PydanticCustomError("ru_account_digits", "Write the account as 20 digits, with or without spaces.")
    return compact


def _inn(text: str) -> str:
    """A taxpayer's number: 10 digits of an organisation or 12 of a person, the last one or two of them check digits."""
    if not (text.isascii() and text.isdigit() and taxpayer_number.is_valid(text)):
        raise PydanticCustomError("inn", "Correct the INN: 10 or 12 digits, whose check digits are right.")
    return text


def _phone(text: str) -> str:
    """A number that the numbering plan of its country has, in E.164."""
    # A card number is none, so none need be sought: Luhn's check would refuse one in ten of the numbers of 13 digits.
    try:
        number = phonenumbers.parse(text if _PHONE.fullmatch(text) else "", None)
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    if not phonenumbers.is_valid_number(number):
        raise PydanticCustomError(
            "phone", "Correct the phone number: + and the country code first, then a number that its country has."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _name(text: str) -> str:
    if not any(character.isalpha() for character in text):
        raise PydanticCustomError("name_letters", "Give the recipient's name: it has at least one letter.")
    return text


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140), LINE, AfterValidator(_name)
]
Iban = Annotated[str, StringConstraints(strip_whitespace=True, min_length=15, max_length=42), AfterValidator(_iban)]
Bic = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=11), AfterValidator(_bic)]
Bik = Annotated[
    # Bank of Russia, Regulation 732-P of 24 September 2020: 04 is Russia. The treasury's codes, which begin otherwise,
    # need fields of the budget that no payout has.
    str, StringConstraints(pattern="^04[0-9]{7}$")
]
RuAccount = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=20, max_length=28), AfterValidator(_twenty_digits)
]
Inn = Annotated[str, StringConstraints(min_length=10, max_length=12), AfterValidator(_inn)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=30), AfterValidator(_phone)]
# As in the list of SBP's participants and in providers' interfaces, such as YooKassa's payout_destination_data.bank_id.
SbpBank = Annotated[str, StringConstraints(pattern="^[0-9]{12}$")]
Token = Annotated[
    str, StringConstraints(min_length=4, max_length=128, pattern="^[!-~]+$"), AfterValidator(refuse_card_number)
]
Last4 = Annotated[str, StringConstraints(pattern="^[0-9]{4}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=500), LINE]


class Details(StrictModel):
    """What all kinds share."""

    def plain(self) -> dict[str, str]:
        """The strings to seal, ``kind`` included, without the fields that were not given."""
        return self.model_dump(exclude_none=True)


class IbanDetails(Details):
    """A bank account named by its IBAN (ISO 13616)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}
            ]
        }
    )

    kind: Literal["iban"]
    name: Name = Field(repr=False, description="The account holder.")
    iban: Iban = Field(
        repr=False, description="With or without spaces; the country's form and check digits must be right."
    )
    bic: Bic | None = Field(
        default=None, description="The bank (ISO 9362), in the IBAN's country; null is the same as none."
    )

    @model_validator(mode="after")
    def _countries_agree(self) -> IbanDetails:
        if self.bic and self.iban[:2] not in (self.bic[4:6], _IBAN_COUNTRY.get(self.bic[4:6])):
            raise located("bic", "bic_country", "Give a BIC of the IBAN's country, or none.")
        return self


class RuAccountDetails(Details):
    """An account in a bank in Russia, named by the bank's BIK and the account's number."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "ru_account",
                    "name": "Ada Lovelace",
                    "bik": "044525225",
                    "correspondent_account": "30101810400000000225",
                    "account": "40702810438000060473",
                    "inn": "7707083893",
                }
            ]
        }
    )

    kind: Literal["ru_account"]
    name: Name = Field(repr=False, description="The account holder.")
    bik: Bik = Field(description="The bank, by the Bank of Russia's directory: 9 digits.")
    correspondent_account: RuAccount | None = Field(
        default=None, description="The bank's own account, where it has one; its control key must agree with the BIK."
    )
    account: RuAccount = Field(
        repr=False, description="20 digits, with or without spaces; the control key must agree with the BIK."
    )
    inn: Inn | None = Field(
        default=None, repr=False, description="The account holder's taxpayer number; null is the same as none."
    )

    @model_validator(mode="after")
    def _keys_agree(self) -> RuAccountDetails:
        if not account_fits_bank(self.account, self.bik):
            raise located("account", "ru_account_key", "Correct the account or the BIK: the control key is wrong.")
        if self.correspondent_account and not correspondent_account_fits_bank(self.correspondent_account, self.bik):
            message = "Correct the correspondent account or the BIK: the control key is wrong."
            raise located("correspondent_account", "ru_account_key", message)
        return self


class PhoneDetails(Details):
    """An account that a rail finds by a phone number, as SBP (Russia's Faster Payments System) does."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "phone", "name": "Ada Lovelace", "phone": "+7 912 345-67-89", "bank_id": "100000000111"}
            ]
        }
    )

    kind: Literal["phone"]
    name: Name = Field(repr=False, description="The account holder.")
    phone: Phone = Field(repr=False, description="+, the country code and the number (ITU-T E.164).")
    bank_id: SbpBank | None = Field(
        default=None,
        description="The recipient's bank as SBP numbers its participants, which a payout through SBP needs; null is "
        "the same as none.",
    )


class CardTokenDetails(Details):
    """A card that the provider knows by a token; a full card number is never accepted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"}]}
    )

    kind: Literal["card_token"]
    token: Token = Field(repr=False, description="The provider's token: visible ASCII.")
    last4: Last4 = Field(description="The last four digits of the card.")


class TextDetails(Details):
    """Free text for a person to act on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "text", "text": "Card ****1234, Ada Lovelace"}]})

    kind: Literal["text"]
    text: Text = Field(repr=False, description="One line, 8 to 500 characters, without a full card number.")


AnyDetails: TypeAlias = IbanDetails | RuAccountDetails | PhoneDetails | CardTokenDetails | TextDetails

_KINDS: Final[dict[str, type[AnyDetails]]] = {
    "iban": IbanDetails,
    "ru_account": RuAccountDetails,
    "phone": PhoneDetails,
    "card_token": CardTokenDetails,
    "text": TextDetails,
}
_BARE_TEXT: Final[TypeAdapter[str]] = TypeAdapter(Text, config=ConfigDict(strict=True, hide_input_in_errors=True))


def located(field: str, code: str, message: str) -> ValidationError:
    """An error at one field, for checks that pydantic would locate at the whole object."""
    return ValidationError.from_exception_data(
        "recipient_details",
        [InitErrorDetails(type=PydanticCustomError(code, message), loc=(field,), input=None)],
        hide_input=True,
    )


Model = TypeVar("Model", bound=type[BaseModel])


def parse_details(value: object) -> AnyDetails:
    """Details from what a request carries: an object with a ``kind``, or a bare string for the kind ``text``.

    Raises pydantic's ValidationError, located within the value, or PydanticCustomError for the value as a whole.
    """
    if isinstance(value, AnyDetails):
        return value
    if isinstance(value, str):
        return TextDetails(kind="text", text=_BARE_TEXT.validate_python(value))
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "recipient_details_type", "Give an object with a kind, or a text of 8 to 500 characters."
        )
    return model_of(value, _KINDS).model_validate(value)


def model_of(value: dict[Any, Any], kinds: Mapping[str, Model]) -> Model:
    """The model that reads this object, by its ``kind``; raises a ValidationError located at ``kind``."""
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise located("kind", "recipient_kind", f"Give one of these kinds: {', '.join(kinds)}.")
    return kinds[kind]


class _ByKind:
    """Validates by ``parse_details``; documents itself, and is written, as the tagged union or a bare string."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        documented = handler.generate_schema(
            Annotated[AnyDetails, Field(discriminator="kind")]
            | Annotated[Text, Field(description="Short for the kind `text`.")]
        )
        return core_schema.no_info_wrap_validator_function(lambda value, _documented: parse_details(value), documented)


RecipientDetails: TypeAlias = Annotated[AnyDetails, _ByKind()]
"""The type of a request's field ``recipient_details``."""
