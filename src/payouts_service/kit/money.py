"""Money: an exact ``Decimal`` in the major unit of its ISO 4217 currency; never a float."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

# ISO 4217, list one of 2026-01-01: every currency and fund with a minor unit. Left out are the codes that have none,
# in which no amount can be written: metals, bond units, XDR, XSU, XUA, XTS and XXX.
_CODES: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_MINOR_UNITS: Final = {code: units for units, codes in _CODES.items() for code in codes.split()}

_INTEGER_DIGITS: Final = 15
_AMOUNT: Final = re.compile(rf"[0-9]{{1,{_INTEGER_DIGITS}}}(?:\.(?P<decimals>[0-9]+))?")


def is_iso_4217(code: str) -> bool:
    """Whether ISO 4217 lists the code, in upper case, as one in which amounts are written."""
    return code in _MINOR_UNITS


def minor_units(currency: str) -> int:
    """How many digits ISO 4217 gives the currency after the point. Raises ValueError for a code it does not list."""
    try:
        return _MINOR_UNITS[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency: use its three upper-case letters.") from None


def parse_amount(value: object, currency: str) -> Decimal:
    """An exact, positive amount in the currency's major unit, with as many digits after the point as ISO 4217 gives.

    Takes a string of ASCII digits such as ``"150.00"``, with at most 15 digits before the point and no more after it
    than the currency has, or a whole number. Everything else, a float first of all, raises ValueError with a sentence
    for the client, in time linear in the length of the value; so does a currency that ISO 4217 does not list.
    """
    units = minor_units(currency)
    if isinstance(value, int) and not isinstance(value, bool):
        # Compared before it is written out: Python refuses to write integers of more than 4,300 digits.
        if not 0 < value < 10**_INTEGER_DIGITS:
            raise ValueError(f"Give an amount above zero with at most {_INTEGER_DIGITS} digits before the point.")
        value = str(value)
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f'Give the amount as a string of digits such as "{1:.{units}f}", '
            f"with at most {_INTEGER_DIGITS} digits before the point."
        )
    if len(match["decimals"] or "") > units:
        raise ValueError(f"Give the amount with at most {units} digits after the point: {currency} has no more.")
    amount = Decimal(match[0]).quantize(Decimal(1).scaleb(-units))
    if not amount:
        raise ValueError("Give an amount above zero.")
    return amount


def in_units(amount: Decimal, currency: str, *, rounding: str) -> Decimal:
    """The amount in whole minor units of the currency; ``rounding``: one of the ``decimal`` module's."""
    return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), rounding=rounding)


def amount_text(amount: Decimal, currency: str) -> str:
    """The amount as the wire tells it: plain digits, exactly as many after the point as the currency has."""
    return f"{amount:.{minor_units(currency)}f}"
