from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import override_settings
from hypothesis import given, strategies as st

from payouts_service.recipients.sealing import CannotOpen, UnknownSealingKey, open_sealed, seal, sealing_key_id

COLUMN = "payout.recipient_details"
ROW = UUID("019aaf2e-0000-7000-8000-000000000001")
DETAILS = {"kind": "text", "text": "Card ****1234"}
OLD = {"old": b"o" * 32}
BOTH = {"new1": b"n" * 32, **OLD}


@given(details=st.dictionaries(st.text(), st.text()), row_id=st.uuids(), column=st.text(min_size=1))
@override_settings(SEALING_KEYS=BOTH)
def test_what_was_sealed_opens_to_the_same(details: dict[str, str], row_id: UUID, column: str) -> None:
    sealed = seal(details, row_id=row_id, column=column)
    assert open_sealed(sealed, row_id=row_id, column=column) == details
    assert open_sealed(memoryview(sealed), row_id=row_id, column=column) == details


@override_settings(SEALING_KEYS=BOTH)
def test_no_value_can_be_read_in_a_sealed_one_and_no_two_are_alike() -> None:
    first, second = (seal(DETAILS, row_id=ROW, column=COLUMN) for _ in range(2))
    assert first != second
    assert b"1234" not in first
    assert b"text" not in first


def test_a_value_sealed_by_an_old_key_opens_after_a_rotation() -> None:
    with override_settings(SEALING_KEYS=OLD):
        sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    with override_settings(SEALING_KEYS=BOTH):
        assert open_sealed(sealed, row_id=ROW, column=COLUMN) == DETAILS
        assert sealing_key_id(sealed) == "old"
        assert sealing_key_id(seal(DETAILS, row_id=ROW, column=COLUMN)) == "new1"


def test_a_key_that_is_gone_is_named() -> None:
    with override_settings(SEALING_KEYS=BOTH):
        sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    with (
        override_settings(SEALING_KEYS=OLD),
        pytest.raises(UnknownSealingKey, match=r"new1 of payout\.recipient_details"),
    ):
        open_sealed(sealed, row_id=ROW, column=COLUMN)


def test_another_key_under_the_same_id_does_not_open() -> None:
    with override_settings(SEALING_KEYS=OLD):
        sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    with override_settings(SEALING_KEYS={"old": b"x" * 32}), pytest.raises(CannotOpen, match="was changed"):
        open_sealed(sealed, row_id=ROW, column=COLUMN)


@pytest.mark.parametrize(
    ("row_id", "column"), [(uuid4(), COLUMN), (ROW, "payout.comment"), (ROW, "payouts.recipient_details"), (ROW, "")]
)
@override_settings(SEALING_KEYS=BOTH)
def test_a_value_moved_to_another_row_or_column_does_not_open(row_id: UUID, column: str) -> None:
    sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    with pytest.raises(CannotOpen, match="belongs elsewhere"):
        open_sealed(sealed, row_id=row_id, column=column)


@override_settings(SEALING_KEYS={"k1": b"a" * 32, "k2": b"a" * 32})
def test_every_byte_is_authenticated_the_key_id_too() -> None:
    sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    for place in range(len(sealed)):
        for flip in (1, 3, 128):
            changed = sealed[:place] + bytes([sealed[place] ^ flip]) + sealed[place + 1 :]
            with pytest.raises(CannotOpen):
                open_sealed(changed, row_id=ROW, column=COLUMN)


@override_settings(SEALING_KEYS=BOTH)
def test_a_value_cut_short_or_never_sealed_is_refused() -> None:
    sealed = seal(DETAILS, row_id=ROW, column=COLUMN)
    for value in (*(sealed[:length] for length in range(len(sealed))), b'{"kind": "text"}', sealed + b"\0"):
        with pytest.raises(CannotOpen):
            open_sealed(value, row_id=ROW, column=COLUMN)
