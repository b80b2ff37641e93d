"""Case numbers: readable over the phone, and slips of the tongue are noticed."""

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


def test_known_number() -> None:
    # By hand: 2 6 1 1 2 4 0 0 0 0 4 2, every second one from the right doubled:
    # 2 3(12) 1 2 2 8 0 0 0 0 4 4 = 26, and 26 + 4 = 30.
    assert case_number(date(2026, 11, 24), 42) == "261124-000042-4"


def test_reference_arithmetic_knows_the_usual_luhn_example() -> None:
    # The example commonly given for Luhn, 7992739871 with check digit 3, tests the test's own arithmetic.
    assert luhn_sum("79927398713") % 10 == 0


@given(days, sequences)
def test_every_number_made_is_valid_and_normal(day: date, sequence: int) -> None:
    number = case_number(day, sequence)
    assert is_valid_case_number(number)
    assert normalise_case_number(number) == number
    assert luhn_sum(number) % 10 == 0
    assert len(number.split("-")[1]) >= 6


@given(st.lists(st.tuples(days, sequences), min_size=2, max_size=2, unique=True))
def test_two_cases_never_share_a_number(cases: list[tuple[date, int]]) -> None:
    assert case_number(*cases[0]) != case_number(*cases[1])


@given(days, sequences, st.data())
def test_one_wrong_digit_is_noticed(day: date, sequence: int, data: st.DataObject) -> None:
    number = case_number(day, sequence)
    place = data.draw(st.sampled_from([i for i, sign in enumerate(number) if sign.isdigit()]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not is_valid_case_number(number[:place] + wrong + number[place + 1 :])


@given(days, sequences, st.data())
def test_swapped_neighbours_are_noticed_but_for_zero_and_nine(
    day: date, sequence: int, data: st.DataObject
) -> None:
    digits = case_number(day, sequence).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 2))
    one, other = digits[place], digits[place + 1]
    swapped = digits[:place] + other + one + digits[place + 2 :]
    if one != other and {one, other} != {"0", "9"}:
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
def test_ways_of_typing_one_number(typed: str) -> None:
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
def test_what_is_no_case_number(typed: str) -> None:
    assert not is_valid_case_number(typed)


def test_shape_without_the_right_check_digit_is_normalised_but_not_valid() -> None:
    assert normalise_case_number("2611240000425") == "261124-000042-5"
    assert not is_valid_case_number("2611240000425")


def test_day_that_never_was_is_not_valid() -> None:
    body = "260230000042"
    check = next(digit for digit in "0123456789" if luhn_sum(body + digit) % 10 == 0)
    assert not is_valid_case_number(body + check)


def test_sequence_has_no_more_leading_zeros_than_it_needs() -> None:
    assert luhn_sum("261124-0000042-1") % 10 == 0
    assert not is_valid_case_number("261124-0000042-1")


def test_sequence_zero_is_no_case() -> None:
    assert luhn_sum("000101-000000-6") % 10 == 0
    assert not is_valid_case_number("000101-000000-6")
    with pytest.raises(ValueError, match="counted from 1"):
        case_number(date(2026, 1, 1), 0)


def test_years_outside_the_century_are_refused() -> None:
    with pytest.raises(ValueError, match="2100"):
        case_number(date(2100, 1, 1), 1)
