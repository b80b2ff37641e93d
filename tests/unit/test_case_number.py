"""Case numbers: format, and check digits that detect a wrong or swapped digit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.incidents.cases.rules.case_number import case_number, is_valid_case_number, normalise_case_number

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
sequences = st.integers(1, 99_999_999)


def luhn_sum(number: str) -> int:
    """Luhn as it is usually described: double every second digit from the right, cast out nines, add."""
    total = 0
    for place, digit in enumerate(reversed([int(sign) for sign in number if sign.isdigit()])):
        value = digit * 2 if place % 2 else digit
        total += value - 9 if value > 9 else value
    return total


def test_case_number_has_check_digit() -> None:
    # By hand: 2 6 1 1 2 4 0 0 0 0 4 2, every second one from the right doubled:
    # 2 3(12) 1 2 2 8 0 0 0 0 4 4 = 26, and 26 + 4 = 30.
    assert case_number(date(2026, 11, 24), 42) == "261124-000042-4"


def test_reference_luhn_sum_accepts_published_example() -> None:
    # The example commonly given for Luhn, 7992739871 with check digit 3, tests the test's own arithmetic.
    assert luhn_sum("79927398713") % 10 == 0


@given(days, sequences)
def test_generated_case_number_is_valid_and_normalised(day: date, sequence: int) -> None:
    number = case_number(day, sequence)
    assert is_valid_case_number(number)
    assert normalise_case_number(number) == number
    assert luhn_sum(number) % 10 == 0
    assert len(number.split("-")[1]) >= 6


@given(st.lists(st.tuples(days, sequences), min_size=2, max_size=2, unique=True))
def test_case_numbers_are_unique(cases: list[tuple[date, int]]) -> None:
    assert case_number(*cases[0]) != case_number(*cases[1])


@given(days, sequences, st.data())
def test_case_number_with_wrong_digit_is_invalid(day: date, sequence: int, data: st.DataObject) -> None:
    number = case_number(day, sequence)
    place = data.draw(st.sampled_from([i for i, sign in enumerate(number) if sign.isdigit()]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not is_valid_case_number(number[:place] + wrong + number[place + 1 :])


@given(days, sequences, st.data())
def test_case_number_with_swapped_digits_is_invalid(day: date, sequence: int, data: st.DataObject) -> None:
    digits = case_number(day, sequence).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 2))
    first, other = digits[place], digits[place + 1]
    swapped = digits[:place] + other + first + digits[place + 2 :]
    if first != other and {first, other} != {"0", "9"}:
        assert not is_valid_case_number(swapped)


@pytest.mark.parametrize(
    "typed",
    [
        "261124-000042-4",
        "2611240000424",
        "  261124 000042 4 ",
        "261124 - 000042 - 4",
        "２６１１２４－００００４２－４",
        "２６１１２４　０００042４",
        "261124–000042—4",
        "26 11 24 00 00 42 4",
        "261124.000042.4",
    ],
)
def test_typed_variants_of_case_number_are_normalised(typed: str) -> None:
    assert normalise_case_number(typed) == "261124-000042-4"
    assert is_valid_case_number(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "261124",
        "261124-42-4",
        "261124-000042-x",
        "26112400004",
        "261124-0000042-4",
        "六-000042-4",
        "٢61124-000042-4",
    ],
)
def test_malformed_case_number_is_invalid(typed: str) -> None:
    assert not is_valid_case_number(typed)


def test_case_number_with_wrong_check_digit_is_normalised_but_invalid() -> None:
    assert normalise_case_number("2611240000425") == "261124-000042-5"
    assert not is_valid_case_number("2611240000425")


def test_case_number_with_impossible_date_is_invalid() -> None:
    body = "260230000042"
    check = next(digit for digit in "0123456789" if luhn_sum(body + digit) % 10 == 0)
    assert not is_valid_case_number(body + check)


def test_case_number_with_extra_leading_zero_is_invalid() -> None:
    assert luhn_sum("261124-0000042-1") % 10 == 0
    assert not is_valid_case_number("261124-0000042-1")


def test_case_number_with_sequence_zero_is_invalid() -> None:
    assert luhn_sum("000101-000000-6") % 10 == 0
    assert not is_valid_case_number("000101-000000-6")
    with pytest.raises(ValueError, match="counted from 1"):
        case_number(date(2026, 1, 1), 0)


def test_case_number_rejects_year_2100() -> None:
    with pytest.raises(ValueError, match="2100"):
        case_number(date(2100, 1, 1), 1)
