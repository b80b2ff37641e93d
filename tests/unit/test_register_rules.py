"""Rules of the register: addresses, national ids, and the due date after a visit."""

from datetime import date

import pytest

from app.accounts.rules.masking import looks_like_national_id
from app.households.rules.addresses import ABSENT, PARTS, read_address
from app.households.rules.visits import after_visit, next_task

WHOLE = dict(
    zip(
        PARTS,
        ("浙江省", "杭州市", "西湖区", "古荡街道", "嘉绿社区", "第三网格", "嘉绿苑", "1幢", "2单元", "301"),
        strict=True,
    )
)


def faults(rule="xihu", **changes):
    sent = {key: value for key, value in (WHOLE | changes).items() if value is not ...}
    return [(fault.field, fault.code) for fault in read_address(rule, sent)[1]]


def test_address_is_composed_without_grid():
    address, wrong = read_address("xihu", WHOLE)
    assert wrong == []
    assert address.text == "浙江省杭州市西湖区古荡街道嘉绿社区嘉绿苑1幢2单元301"


@pytest.mark.parametrize("building", ["1幢", "12幢", "3-1幢", "7A幢", ABSENT])
def test_valid_building_form_is_accepted(building):
    assert faults(building=building) == []


@pytest.mark.parametrize(
    "building", ["1", "1栋", "1号", "1号楼", "一幢", "０１幢", "01幢", "幢", "1幢2单元", "1 幢"]
)
def test_invalid_building_form_is_reported(building):
    assert faults(building=building) == [("building", "building_form")]


@pytest.mark.parametrize("unit", ["2", "二单元", "2号", "2单元3"])
def test_invalid_staircase_form_is_reported(unit):
    assert faults(unit=unit) == [("unit", "unit_form")]


@pytest.mark.parametrize("part", PARTS)
def test_missing_or_empty_address_part_is_reported(part):
    assert faults(**{part: ...}) == [(part, "part_missing")]
    for nothing in (None, "", "  "):
        assert faults(**{part: nothing}) == [(part, "part_empty")]


@pytest.mark.parametrize("part", PARTS)
def test_absent_marker_is_accepted_only_for_optional_parts(part):
    always = part in ("province", "city", "county", "town", "community")
    assert faults(**{part: ABSENT}) == ([(part, "part_absent")] if always else [])


def test_free_address_accepts_any_text():
    address, wrong = read_address("free", {}, " 12 High Street ")
    assert (address.text, wrong, set(address.parts.values())) == ("12 High Street", [], {ABSENT})
    assert read_address("free", {"town": "T", "building": "B"})[0].text == "TB"
    assert [(f.field, f.code) for f in read_address("free", {}, "")[1]] == [("address", "required")]
    assert [(f.field, f.code) for f in read_address("free", {"town": "x" * 61}, "a")[1]] == [
        ("town", "wrong_length")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "身份证110105194912310 02X",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "a 11010519491231002X b",
        "440524188001010014",
    ],
)
def test_national_id_is_detected_in_text(text):
    assert looks_like_national_id(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "13812345678",
        "110105194912310021",  # its last digit is wrong
        "11010519491331002X",  # no such month
        "1101051949123100",
        "911101051949123100200",
        "幸福路12号3单元501",
        "abcdef44-0524-1880-0101-0014abcdefab",  # a UUID
    ],
)
def test_other_numbers_are_no_national_id(text):
    assert not looks_like_national_id(text)


DAY = date(2026, 11, 25)


def test_visit_outcome_determines_next_due_date():
    assert after_visit("done", on=DAY, cycle_days=90).due == date(2027, 2, 23)
    assert after_visit("nobody_home", on=DAY, cycle_days=90).due == date(2026, 12, 2)
    assert after_visit("nobody_home", on=DAY, cycle_days=3).due == date(2026, 11, 28)
    declined, gone = (
        after_visit("declined", on=DAY, cycle_days=9),
        after_visit("moved_away", on=DAY, cycle_days=9),
    )
    assert (declined.due, declined.final, gone.final) == (None, "declined_at", "moved_away_at")


def test_task_done_late_is_not_due_earlier():
    assert next_task(done_on=DAY, cycle_days=7, due=date(2026, 11, 20)) == date(2026, 12, 2)
    assert next_task(done_on=date(2026, 11, 1), cycle_days=7, due=date(2026, 12, 2)) == date(2026, 12, 2)
