"""Account numbers of banks in Russia, and the digit that guards them against slips.

The rule is the Bank of Russia's "Procedure for calculating the control key in the number of a personal account"
(Порядок расчета контрольного ключа в номере лицевого счета) of 8 September 1997, No. 515.
"""

from __future__ import annotations

from itertools import cycle
from typing import Final

_WEIGHTS: Final = (7, 1, 3)
# The last three digits of the BIK of a settlement centre of the Bank of Russia itself; those of banks begin at 050.
_OF_THE_BANK_OF_RUSSIA: Final = ("000", "001", "002")


def account_fits_bank(account: str, bik: str) -> bool:
    """Whether the control key of a client's account (20 digits) agrees with the BIK (9 digits) of its bank.

    The key is calculated over the bank's own number, which is the end of the BIK, and the account. Where the account
    is kept by the Bank of Russia, its settlement centre's number takes the place, as in a correspondent account.
    """
    bank = bik[6:]
    return _adds_up((_settlement_centre(bik) if bank in _OF_THE_BANK_OF_RUSSIA else bank) + account)


def correspondent_account_fits_bank(account: str, bik: str) -> bool:
    """Whether the control key of a bank's correspondent account (20 digits) agrees with its BIK (9 digits)."""
    return _adds_up(_settlement_centre(bik) + account)


def _settlement_centre(bik: str) -> str:
    return f"0{bik[4:6]}"


def _adds_up(digits: str) -> bool:
    # The procedure gives the key itself: three times the last digit of the sum made with 0 in its place. As its own
    # weight is 3, and 3 x 3 is 9, the sum made with the right key ends in 0.
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle(_WEIGHTS), strict=False)) % 10 == 0
