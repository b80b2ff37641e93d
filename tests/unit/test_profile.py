"""Jurisdiction profiles: the packaged ones are valid; an invalid one gets all of its faults at once."""

import copy
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import app.profiles
from app.core.calendar import Limit, LimitUnit, due_at
from app.profiles.rules.household_notices import APPROVAL_FROM, APPROVAL_FROM_MAX
from app.profiles.rules.profile import CategoryUnknown, Handler, Kind, Profile, ProfileInvalid, parse_profile
from app.profiles.rules.publicity import Publicity
from app.profiles.rules.redispatch import BECAUSE

PROFILES = Path(app.profiles.__file__).parent / "packaged"
DATA: dict[str, Any] = {
    name: json.loads((PROFILES / f"{name}.json").read_text("utf-8")) for name in ("xihu", "generic")
}


def xihu() -> Profile:
    return parse_profile(DATA["xihu"])


def faults(data: object) -> list[tuple[str, str]]:
    with pytest.raises(ProfileInvalid) as raised:
        parse_profile(data)
    assert all(fault.message for fault in raised.value.findings)
    return [(fault.path, fault.code) for fault in raised.value.findings]


@pytest.mark.parametrize("name", ["xihu", "generic"])
def test_packaged_profile_is_valid_and_accepts_unclassified_reports(name: str) -> None:
    profile = parse_profile(DATA[name])
    assert profile.code == name
    unclassified = profile.category(None)
    assert unclassified.handled_by is Handler.WORKER
    assert unclassified.condition().limit == Limit(LimitUnit.WORK_HOUR, 4)
    for category in profile.taxonomy.categories.values():
        assert category.name.zh != category.name.en
        assert not (category.on_the_spot and (category.urgent or category.confidential))
        assert not category.urgent or category.priority == 1


def test_xihu_profile_has_59_categories() -> None:
    categories = xihu().taxonomy.categories
    components = [category for category in categories.values() if category.kind is Kind.COMPONENT]
    assert (len(components), len(categories)) == (25, 59)
    assert {component.code[:2] for component in components} == {"01", "02", "03", "04", "05", "06"}
    assert all(
        component.handled_by is Handler.UNIT for component in components if component.code[:2] in ("01", "02")
    )
    conduct = categories["E0690"]
    assert (conduct.conduct, conduct.confidential) == (True, True)


@pytest.mark.parametrize(
    ("code", "condition", "unit", "amount"),
    [
        ("E0102", "standard", "work_hour", 4),
        ("E0103", "heap", "work_day", 2),
        ("E0104", "unclean", "work_hour", 2),
        ("E0106", "standard", "work_day", 5),
        ("0102", "broken", "natural_day", 4),
    ],
)
def test_xihu_profile_has_published_limits(code: str, condition: str, unit: str, amount: float) -> None:
    assert xihu().category(code).condition(condition).limit == Limit(LimitUnit(unit), amount)


def test_xihu_illegal_building_has_three_consecutive_stages() -> None:
    condition = xihu().category("E0101").condition()
    assert condition.limit == Limit(LimitUnit.WORK_DAY, 28)
    assert [(stage.stage, stage.begins, stage.ends, stage.limit) for stage in condition.stages] == [
        ("stop", "accepted", "done", Limit(LimitUnit.WORK_HOUR, 4)),
        ("punish", "stop", "done", Limit(LimitUnit.WORK_DAY, 7)),
        ("demolish", "punish", "fed_back", Limit(LimitUnit.WORK_DAY, 20)),
    ]


def test_xihu_calendar_has_state_council_holidays() -> None:
    calendar = xihu().calendar
    for year in (2025, 2026):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        # Both years were announced with 248 days of work.
        assert sum(calendar.is_work_day(day) for day in days) == 248
    assert not calendar.is_work_day(date(2026, 2, 23))
    assert calendar.is_work_day(date(2026, 2, 28))
    # Friday 30 January 2026, 16:30 in Hangzhou: one hour on Friday, the rest on Monday from nine.
    friday = datetime(2026, 1, 30, 8, 30, tzinfo=UTC)
    assert due_at(friday, Limit(LimitUnit.WORK_HOUR, 4), calendar) == datetime(2026, 2, 2, 4, tzinfo=UTC)


def test_profile_parses_modes_weights_and_checks() -> None:
    profile = xihu()
    normal = profile.modes["normal"]
    assert normal.offer_times[1] == Limit(LimitUnit.URGENT_MINUTE, 2)
    assert normal.offer_times[3] == Limit(LimitUnit.WORK_MINUTE, 30)
    assert normal.rings == ("grid", "community", "street", "district")
    assert (normal.position_fresh_minutes, normal.capacity_default) == (10, 5)
    assert profile.sample_rate_on_the_spot == 0.1
    assert profile.dispatch_weights.load > 0


def test_profile_parses_redispatch_and_defaults_to_none() -> None:
    normal = xihu().modes["normal"]
    assert normal.redispatch.on == frozenset(BECAUSE)
    assert (normal.redispatch.moves_most, normal.redispatch.cool_down) == (2, timedelta(minutes=30))
    assert (normal.broadcast.after_rings, normal.broadcast.priorities) == (True, frozenset())
    older = copy.deepcopy(DATA["generic"])
    del older["modes"]["normal"]["redispatch"]
    settings = parse_profile(older).modes["normal"]
    assert (settings.redispatch.on, settings.broadcast.after_rings) == (frozenset(), False)


def test_profile_names_faults_of_redispatch_and_broadcast() -> None:
    data = copy.deepcopy(DATA["generic"])
    data["modes"]["normal"]["redispatch"] = {"on": ["upgraded", "rain", "upgraded"], "gain_seconds": -1}
    data["modes"]["normal"]["broadcast"] = {"priorities": [1, 1, 4], "most": 1}
    paths = {path.removeprefix("modes.normal.") for path, _ in faults(data)}
    assert paths == {
        "redispatch.on.1",
        "redispatch.on.2",
        "redispatch.gain_seconds",
        "broadcast.priorities.1",
        "broadcast.priorities.2",
        "broadcast.most",
    }


@pytest.mark.parametrize(
    ("level", "code", "parent", "fault"),
    [
        ("district", "330106", None, None),
        ("street", "330106007", "330106", None),
        ("grid", "330106007001001", "330106007001", None),
        ("grid", "33010600700100", "330106007001", "malformed"),
        ("grid", "33010600700100１", "330106007001", "malformed"),
        ("grid", "330106007002001", "330106007001", "not_under_parent"),
        ("grid", "330106007002001", None, "not_under_parent"),
    ],
)
def test_area_code_fault_depends_on_level_and_parent(
    level: str, code: str, parent: str | None, fault: str | None
) -> None:
    assert xihu().code_fault(level, code, parent) == fault


def test_generic_area_codes_are_free_up_to_64_characters() -> None:
    profile = parse_profile(DATA["generic"])
    assert profile.code_fault("grid", "Ward 5 / B", "Ward 7") is None
    assert profile.code_fault("grid", "x" * 65, None) == "malformed"
    assert profile.code_fault("grid", "", None) == "malformed"


def test_level_above_follows_hierarchy() -> None:
    above = xihu().level_above("grid")
    assert above is not None and above.level == "community"
    assert xihu().level_above("district") is None


def test_unknown_category_or_condition_raises_category_unknown() -> None:
    with pytest.raises(CategoryUnknown):
        xihu().category("E9999")
    with pytest.raises(CategoryUnknown):
        xihu().category("E0101").condition("explode")


REMOVED = object()
CATEGORIES = "taxonomy.categories"
GENERIC_CATEGORIES = DATA["generic"]["taxonomy"]["categories"]


def member(code: str, rest: str) -> str:
    """Give the path of a member of a category of the generic profile."""
    position = [category["code"] for category in GENERIC_CATEGORIES].index(code)
    return f"{CATEGORIES}.{position}{'.' if rest else ''}{rest}"


@dataclass(frozen=True)
class Planted:
    """A fault: what to set where, and where and as what it is to be found."""

    path: str
    value: object
    code: str
    found_at: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.code}"

    @property
    def finding(self) -> tuple[str, str]:
        return self.found_at or self.path, self.code

    def plant(self, data: object) -> None:
        place: Any = data
        *way, last = self.path.split(".")
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        if self.value is REMOVED:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = self.value


HOLIDAYS = ["2026-05-01", "2026-05-1", "2026-05-01"]
# No two of these touch the same place, so that any number of them can be planted together.
FAULTS = [
    Planted("colour", "red", "unknown_key"),
    Planted("code", "xi hu", "malformed"),
    Planted("name.fr", "Xihu", "unknown_key"),
    Planted("name.zh", "  ", "malformed"),
    Planted("name.en", REMOVED, "missing"),
    Planted("note", 5, "wrong_type"),
    Planted("timezone", "Asia/Hangzhou", "unknown_timezone"),
    Planted("levels.0.code", "[0-9", "malformed"),
    Planted("levels.1.starts_with_parent", "yes", "wrong_type"),
    Planted("levels.3.level", "community", "duplicate"),
    Planted("calendar.holidays", HOLIDAYS, "malformed", "calendar.holidays.1"),
    Planted("calendar.holidays", HOLIDAYS, "duplicate", "calendar.holidays.2"),
    Planted("calendar.weekend", [6, 6], "duplicate", "calendar.weekend.1"),
    Planted("calendar.work_intervals", [["13:00", "17:00"], ["09:00", "12:00"]], "out_of_order"),
    Planted("taxonomy.version", "", "malformed"),
    Planted(member("C-pothole", "code"), "C-bin", "duplicate", member("C-bin", "code")),
    Planted(member("E-litter", "kind"), "incident", "not_allowed"),
    Planted(member("E-litter", "priority"), 4, "not_allowed"),
    Planted(
        member("E-litter", "handled_by"), "unit", "on_the_spot_by_unit", member("E-litter", "on_the_spot")
    ),
    Planted(member("E-litter", "conditions.0.limit.unit"), "week", "not_allowed"),
    Planted(member("E-litter", "conditions.0.limit.amount"), 0, "out_of_range"),
    Planted(member("E-conduct", "confidential"), False, "conduct_not_confidential"),
    Planted(member("E-conduct", "on_the_spot"), True, "on_the_spot_conduct"),
    Planted(member("E-conduct", "conditions"), [], "out_of_range"),
    Planted("checks.sample_rate_on_the_spot", 1.5, "out_of_range"),
    Planted("addresses.rule", "postal", "not_allowed"),
    Planted("modes.normal.rings", ["district", "grid"], "out_of_order"),
    Planted("modes.normal.offer_minutes.1.unit", "work_hour", "not_allowed"),
    Planted("modes.normal.offer_minutes.2", REMOVED, "missing"),
    Planted("modes.normal.max_rounds", 2.5, "wrong_type"),
    Planted("modes.normal.capacity_default", True, "wrong_type"),
    Planted("dispatch_weights.load", -1, "out_of_range"),
    Planted("dispatch_weights.charm", 1, "unknown_key"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_profile_fault_is_reported_at_its_path(fault: Planted) -> None:
    data = copy.deepcopy(DATA["generic"])
    fault.plant(data)
    assert fault.finding in faults(data)


@hypothesis_settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(FAULTS))), min_size=2, max_size=12))
def test_profile_faults_are_reported_together(chosen: set[int]) -> None:
    data = copy.deepcopy(DATA["generic"])
    for number in chosen:
        FAULTS[number].plant(data)
    assert {FAULTS[number].finding for number in chosen} <= set(faults(data))


def without(**like: object) -> list[dict[str, Any]]:
    """Give the generic categories but those like this."""
    return [
        category
        for category in GENERIC_CATEGORIES
        if any(category[key] != value for key, value in like.items())
    ]


@pytest.mark.parametrize(
    "fault",
    [
        Planted(CATEGORIES, without(code="unclassified"), "unclassified_missing"),
        Planted(CATEGORIES, without(conduct=True), "conduct_missing"),
        Planted("modes.normal", REMOVED, "missing"),
        Planted(
            member("unclassified", "handled_by"), "unit", "unclassified_special", member("unclassified", "")
        ),
        Planted(member("E-litter", "code"), "litter", "code_of_other_kind"),
        Planted(member("C-pothole", "kind"), "event", "code_of_other_kind", member("C-pothole", "code")),
        Planted("calendar.workdays", HOLIDAYS[:1], "holiday_and_workday", "calendar.workdays.0"),
        Planted("levels", DATA["generic"]["levels"][::-1], "out_of_order"),
        Planted(
            member("E-noise", "conditions"),
            GENERIC_CATEGORIES[0]["conditions"] * 2,
            "duplicate",
            member("E-noise", "conditions.1.code"),
        ),
        Planted("calendar.work_intervals", [["09:00", "25:00"]], "malformed", "calendar.work_intervals.0.1"),
    ],
    ids=str,
)
def test_single_profile_fault_is_reported_alone(fault: Planted) -> None:
    data = copy.deepcopy(DATA["generic"])
    data["calendar"]["holidays"] = HOLIDAYS[:1]
    fault.plant(data)
    assert faults(data) == [fault.finding]


@pytest.mark.parametrize("data", [None, [], "profile", 7, {}])
def test_malformed_profile_has_faults(data: object) -> None:
    assert faults(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    *("code", "name", "timezone", "levels", "levels.0", "levels.2.level", "levels.1.code"),
    *(
        "calendar",
        "calendar.work_intervals",
        "calendar.work_intervals.0",
        "calendar.holidays",
        "calendar.weekend",
    ),
    *("taxonomy", CATEGORIES, member("E-noise", ""), member("E-noise", "code"), member("E-noise", "skills")),
    *(member("E-noise", "conditions"), member("E-noise", "conditions.0"), "checks", "modes", "modes.normal"),
    *("modes.normal.rings", "modes.normal.offer_minutes", "dispatch_weights", "dispatch_weights.load"),
    *("deadlines", member("E-noise", "conditions.0.limits")),
]


@hypothesis_settings(deadline=None)
@given(st.sampled_from(PLACES), anything)
def test_profile_with_random_values_raises_only_profile_invalid(place: str, value: object) -> None:
    data = copy.deepcopy(DATA["generic"])
    Planted(place, value, "").plant(data)
    try:
        parse_profile(data)
    except ProfileInvalid as invalid:
        assert invalid.findings


def _category(data: dict[str, Any], code: str) -> dict[str, Any]:
    return next(category for category in data["taxonomy"]["categories"] if category["code"] == code)


def test_category_is_not_public_when_profile_does_not_say() -> None:
    data = copy.deepcopy(DATA["xihu"])
    del _category(data, "E0102")["publicity"]
    assert parse_profile(data).category("E0102").publicity is Publicity.NOT_PUBLIC
    assert xihu().category("E0102").publicity is Publicity.PUBLIC
    assert xihu().category("E0503").publicity is Publicity.WITHOUT_PHOTO


@pytest.mark.parametrize("publicity", ["public", "public_without_photo"])
@pytest.mark.parametrize(
    ("code", "changes", "fault"),
    [
        ("E0690", {}, "public_conduct"),
        ("E0605", {}, "public_confidential"),
        ("E0603", {"confidential": False}, "public_personal"),
        ("E0604", {"confidential": False}, "public_personal"),
        ("E0102", {"class": {"zh": "居民健康", "en": "City"}}, "public_personal"),
        ("E0102", {"name": {"zh": "其他", "en": "Mental health"}}, "public_personal"),
        ("unclassified", {}, "public_unclassified"),
    ],
)
def test_public_category_is_fault_when_about_persons(
    code: str, changes: dict[str, Any], fault: str, publicity: str
) -> None:
    data = copy.deepcopy(DATA["xihu"])
    category = _category(data, code)
    category.update(changes | {"publicity": publicity})
    place = data["taxonomy"]["categories"].index(category)
    assert faults(data) == [(f"taxonomy.categories.{place}.publicity", fault)]
    category["publicity"] = "not_public"
    parse_profile(data)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (None, APPROVAL_FROM),
        ({}, APPROVAL_FROM),
        ({"note": "as in the neighbouring city"}, APPROVAL_FROM),
        ({"approval_from": 1}, 1),
        ({"approval_from": APPROVAL_FROM_MAX}, APPROVAL_FROM_MAX),
    ],
)
def test_profile_has_households_from_which_a_notice_is_approved(section: Any, expected: int) -> None:
    data = DATA["xihu"] | ({} if section is None else {"notices": section})
    assert parse_profile(data).household_notices.approval_from == expected


@pytest.mark.parametrize("number", [0, -1, APPROVAL_FROM_MAX + 1, 2.0, "200", None, True])
def test_profile_cannot_switch_the_approval_of_notices_off(number: Any) -> None:
    assert [path for path, _ in faults(DATA["xihu"] | {"notices": {"approval_from": number}})] == [
        "notices.approval_from"
    ]


def test_public_door_is_closed_when_profile_does_not_open_it() -> None:
    assert not xihu().public_door.is_open
    door = parse_profile(DATA["xihu"] | {"public": {"is_open": True, "contact": "0571-0000"}}).public_door
    assert (door.is_open, door.contact, door.child_age) == (True, "0571-0000", 14)
