"""Limits and notices of a profile: each fault at its path; and differences between two profiles."""

import ast
import copy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.profiles import rules
from app.profiles.rules.diff import Difference, differences
from app.profiles.rules.fault_sentences import sentence
from app.profiles.rules.faults import Fault
from app.profiles.rules.profile import ProfileInvalid, parse_profile
from app.profiles.service import packaged_profile

XIHU, GENERIC = packaged_profile("xihu"), packaged_profile("generic")


def stage(code: str, begins: str, ends: str, amount: float = 4, unit: str = "work_hour") -> dict[str, Any]:
    name = {"zh": code, "en": code}
    return {"stage": code, "name": name, "unit": unit, "amount": amount, "from": begins, "until": ends}


WHOLE = stage("handle", "filed", "fed_back", 7, "work_day")
HERE = "taxonomy.categories.0.conditions.0"


def with_condition(**members: Any) -> dict[str, Any]:
    data = copy.deepcopy(GENERIC)
    condition = data["taxonomy"]["categories"][0]["conditions"][0]
    del condition["limit"]
    condition |= members
    return data


def faults(data: object) -> list[tuple[str, str]]:
    try:
        parse_profile(data)
    except ProfileInvalid as invalid:
        return [(fault.path, fault.code) for fault in invalid.findings]
    return []


def test_profile_parses_every_form_of_limits() -> None:
    listed = [
        stage("take", "reported", "accepted"),
        stage("a", "accepted", "done"),
        stage("b", "a", "closed"),
        WHOLE,
    ]
    condition = next(
        iter(parse_profile(with_condition(limits=listed)).taxonomy.categories.values())
    ).condition()
    assert [stage.stage for stage in condition.stages] == ["take", "a", "b"]
    assert condition.limit.amount == 7
    assert faults(with_condition(limit={"unit": "work_hour", "amount": 4})) == []
    assert faults(with_condition(limits=[WHOLE])) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, [(f"{HERE}.limit", "missing")]),
        (
            {"limit": {"unit": "work_hour", "amount": 4}, "limits": [WHOLE]},
            [(f"{HERE}.limit", "limit_beside_limits")],
        ),
        ({"limits": [stage("a", "filed", "done")]}, [(f"{HERE}.limits", "handle_missing")]),
        ({"limits": [WHOLE | {"from": "accepted"}]}, [(f"{HERE}.limits.0", "handle_not_whole")]),
        ({"limits": [WHOLE | {"until": "done"}]}, [(f"{HERE}.limits.0", "handle_not_whole")]),
        ({"limits": [WHOLE, WHOLE]}, [(f"{HERE}.limits.1.stage", "duplicate")]),
        ({"limits": [WHOLE, stage("a", "b", "done")]}, [(f"{HERE}.limits.1.from", "stage_unknown")]),
        (
            {"limits": [WHOLE, stage("a", "b", "done"), stage("b", "filed", "done")]},
            [(f"{HERE}.limits.1.from", "stage_unknown")],
        ),
        ({"limits": [WHOLE, stage("a", "a", "done")]}, [(f"{HERE}.limits.1.from", "stage_unknown")]),
        (
            {"limits": [WHOLE, stage("a", "accepted", "dispatched")]},
            [(f"{HERE}.limits.1.until", "ends_before_it_begins")],
        ),
        (
            {"limits": [WHOLE, stage("closed", "filed", "done")]},
            [(f"{HERE}.limits.1.stage", "stage_is_a_step")],
        ),
        (
            {"limits": [WHOLE | {"unit": "week", "amount": 0}]},
            [
                (f"{HERE}.limits.0.amount", "out_of_range"),
                (f"{HERE}.limits.0.unit", "not_allowed"),
            ],
        ),
    ],
)
def test_profile_names_contradictory_limits(members: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(with_condition(**members)) == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"warn": {}}, [("deadlines.warn", "one_amount")]),
        ({"warn": {"share": 0.5, "hours": 1}}, [("deadlines.warn", "one_amount")]),
        ({"warn": {"share": 1.5}}, [("deadlines.warn.share", "out_of_range")]),
        ({"escalate": [{"level": "street"}]}, [("deadlines.escalate.0", "one_amount")]),
        ({"escalate": [{"level": "city", "hours": 1}]}, [("deadlines.escalate.0.level", "not_allowed")]),
        (
            {"escalate": [{"level": "district", "hours": 1}, {"level": "street", "hours": 2}]},
            [("deadlines.escalate", "out_of_order")],
        ),
        ({"escalate": [{"level": "street", "hours": 1}] * 2}, [("deadlines.escalate", "out_of_order")]),
        ({}, []),
    ],
)
def test_profile_names_contradictory_notices(
    section: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert faults(GENERIC | {"deadlines": section}) == expected


def test_every_profile_fault_has_chinese_sentence() -> None:
    """Codes as the rules' own source has them, so that none is left out."""
    codes = set()
    for source in Path(rules.__file__ or "").parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fault":
                codes.add(ast.literal_eval(node.args[1]))
    assert len(codes) > 20
    assert [code for code in codes if sentence(Fault("", code, "x"))["zh"] == code] == []


# --- what has changed -----------------------------------------------------------------------------


def kinds(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [difference.kind for difference in differences(old, new)]


def test_profile_diff_compares_stages_one_by_one() -> None:
    short = with_condition(limit={"unit": "work_day", "amount": 7})
    before = with_condition(limits=[WHOLE, stage("a", "accepted", "done")])
    other = with_condition(limits=[stage("a", "filed", "done", 6), WHOLE, stage("b", "a", "done")])
    # The short form is the same as a list with nothing but the whole.
    assert kinds(short, with_condition(limits=[WHOLE])) == []
    assert kinds(short, before) == ["limit_added"]
    changes = differences(before, other)
    assert [(change.kind, change.pointer.split("/conditions/0/")[1]) for change in changes] == [
        ("limit_changed", "limits/0"),
        ("limit_moved", "limits/0/from"),
        ("limit_added", "limits/2"),
    ]
    assert changes[0].sentence["en"].endswith("the limit changed from 4 work hours to 6 work hours.")
    assert changes[0].sentence["zh"].endswith("时限由4工作时改为6工作时。")
    assert kinds(other, before) == ["limit_changed", "limit_moved", "limit_removed"]


def test_profile_diff_has_a_kind_for_each_rule() -> None:
    new = copy.deepcopy(XIHU)
    new["timezone"] = "Asia/Urumqi"
    new["calendar"]["work_intervals"][0] = ["08:30", "12:00"]
    new["calendar"]["weekend"] = [7]
    new["calendar"]["workdays"].remove("2026-10-10")
    new["modes"]["storm"] = new["modes"]["normal"]
    new["modes"]["normal"]["max_rounds"] += 1
    new["levels"][0]["name"]["en"] = "City district"
    new["taxonomy"]["categories"].reverse()
    new["deadlines"]["escalate"][0]["hours"] = 12
    changes = differences(XIHU, new)
    assert sorted(change.kind for change in changes) == [
        *("escalation_changed", "level_renamed", "mode_added", "mode_changed", "timezone_changed"),
        *("weekend_changed", "work_days_removed", "work_hours_changed"),
    ]
    assert all(change.sentence["zh"] and change.sentence["en"] for change in changes)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for key, entry in value.items() if key != "note" for leaf in leaves(entry, (*path, key))]
    if isinstance(value, list):
        return [leaf for place, entry in enumerate(value) for leaf in leaves(entry, (*path, place))]
    return [path]


def at(document: Any, path: Any) -> Any:
    for step in path:
        document = document[int(step) if isinstance(document, list) else step]
    return document


def resolved(document: Any, pointer: str) -> Any:
    return at(document, [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]])


LEAVES = leaves(XIHU)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(LEAVES))
def test_profile_diff_reports_every_change_at_its_pointer(path: tuple[str | int, ...]) -> None:
    new = copy.deepcopy(XIHU)
    value, holder = at(XIHU, path), at(new, path[:-1])
    if "holidays" in path or "workdays" in path:
        changed: Any = (date.fromisoformat(value) + timedelta(days=3000)).isoformat()
    elif path[-1] == "unit":
        changed = {"work_hour": "work_day", "work_minute": "urgent_minute"}.get(value, "work_hour")
    elif isinstance(value, bool):
        changed = not value
    else:
        changed = f"{value}x" if isinstance(value, str) else value + 1
    holder[path[-1]] = changed
    assert differences(XIHU, XIHU) == []
    there, back = differences(XIHU, new), differences(new, XIHU)
    assert there
    assert back
    for changes, old_document, new_document in ((there, XIHU, new), (back, new, XIHU)):
        for change in changes:
            _stands(change, old_document, new_document)


def _stands(change: Difference, old: Any, new: Any) -> None:
    document, value = (old, change.old) if change.kind.endswith("_removed") else (new, change.new)
    standing = resolved(document, change.pointer)
    if change.kind == "limit_changed":
        assert {name: standing[name] for name in value} == value
    elif not change.kind.endswith("days_added") and not change.kind.endswith("days_removed"):
        assert standing == value
