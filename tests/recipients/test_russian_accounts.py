"""An account in a bank in Russia is taken where its digits agree, and refused by the field that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from payouts_service.recipients.kinds import parse_details
from payouts_service.recipients.russian_accounts import account_fits_bank, correspondent_account_fits_bank

ACCOUNT = {"kind": "ru_account", "name": "ООО «Ромашка»", "bik": "044525225", "account": "40702810438000060473"}


def refusals(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        parse_details(ACCOUNT | changes)
    return {(".".join(map(str, error["loc"])), error["type"]) for error in refused.value.errors()}


def with_key(bank: str, account: str) -> str:
    """The account, K in it replaced by the key that the Bank of Russia's procedure gives, step by step."""
    products = [
        int(digit) * weight for digit, weight in zip(bank + account.replace("K", "0"), (7, 1, 3) * 8, strict=False)
    ]
    return account.replace("K", str(sum(product % 10 for product in products) % 10 * 3 % 10))


def test_the_procedures_own_example_is_right() -> None:
    assert with_key("005", "30101810K00000000746") == "30101810800000000746"
    assert correspondent_account_fits_bank("30101810800000000746", "049805000")


@pytest.mark.parametrize(
    ("bik", "account"),
    [
        ("044525225", "40702810438000060473"),
        ("044525593", "40702810038000060473"),
        ("049205603", "40817810000000001234"),
        ("044030653", "40817810500000001234"),
        ("044525974", "40817810300000001234"),
        ("044501002", "40501810400002000079"),  # Kept by the Bank of Russia: the settlement centre's number counts.
        ("044525000", "40501810600002000079"),
    ],
)
def test_an_account_whose_key_is_right_is_accepted(bik: str, account: str) -> None:
    assert parse_details(ACCOUNT | {"bik": bik, "account": account}).plain()["account"] == account


@pytest.mark.parametrize(
    ("bik", "correspondent"),
    [
        ("044525225", "30101810400000000225"),
        ("044525593", "30101810200000000593"),
        ("049205603", "30101810600000000603"),
        ("044030653", "30101810500000000653"),
        ("044525974", "30101810900000000974"),
    ],
)
def test_a_correspondent_account_whose_key_is_right_is_accepted(bik: str, correspondent: str) -> None:
    account = with_key(bik[6:], "40702810K38000060473")
    details = ACCOUNT | {"bik": bik, "account": account, "correspondent_account": correspondent}
    assert parse_details(details).plain() == details


@given(
    st.from_regex("04[0-9]{4}(?:0[5-9]|[1-9][0-9])[0-9]", fullmatch=True), st.from_regex("[0-9]{19}", fullmatch=True)
)
def test_exactly_one_key_of_ten_fits(bik: str, digits: str) -> None:
    account = f"{digits[:8]}K{digits[8:]}"
    fitting = [key for key in "0123456789" if account_fits_bank(account.replace("K", key), bik)]
    assert [account.replace("K", key) for key in fitting] == [with_key(bik[6:], account)]


@given(st.integers(0, 19), st.integers(1, 9))
def test_a_slip_in_one_digit_is_found(place: int, slip: int) -> None:
    account = ACCOUNT["account"]
    wrong = f"{account[:place]}{(int(account[place]) + slip) % 10}{account[place + 1 :]}"
    assert refusals(account=wrong) == {("account", "ru_account_key")}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"bik": "044525226"}, ("account", "ru_account_key")),
        ({"bik": "144525225"}, ("bik", "string_pattern_mismatch")),
        ({"bik": "04452522"}, ("bik", "string_pattern_mismatch")),
        ({"bik": "044525225\n"}, ("bik", "string_pattern_mismatch")),
        ({"bik": "٠٤٤٥٢٥٢٢٥"}, ("bik", "string_pattern_mismatch")),
        ({"bik": 44525225}, ("bik", "string_type")),
        ({"account": "4070281043800006047"}, ("account", "string_too_short")),
        ({"account": "4070281043800006047A"}, ("account", "ru_account_digits")),
        ({"account": "4070281043800006047٣"}, ("account", "ru_account_digits")),
        ({"account": "4111 1111 1111 1111 "}, ("account", "string_too_short")),
        ({"account": "4111-1111-1111-1111-"}, ("account", "ru_account_digits")),
        ({"correspondent_account": "30101810500000000225"}, ("correspondent_account", "ru_account_key")),
        ({"inn": "7707083894"}, ("inn", "inn")),
        ({"inn": "77070838930"}, ("inn", "inn")),
        ({"inn": "7707 083893"}, ("inn", "inn")),
        ({"inn": "٧٧٠٧٠٨٣٨٩٣"}, ("inn", "inn")),
        ({"name": "12345"}, ("name", "name_letters")),
        ({"kpp": "773601001"}, ("kpp", "extra_forbidden")),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(changes: dict[str, Any], error: tuple[str, str]) -> None:
    assert refusals(**changes) == {error}


@pytest.mark.parametrize("inn", ["7707083893", "7736050003", "500100732259"])
def test_the_taxpayers_number_of_an_organisation_or_a_person_is_accepted(inn: str) -> None:
    assert parse_details(ACCOUNT | {"inn": inn}).plain()["inn"] == inn


def test_spaces_are_left_out() -> None:
    assert parse_details(ACCOUNT | {"account": "40702 810 4 3800 0060473"}).plain() == ACCOUNT
