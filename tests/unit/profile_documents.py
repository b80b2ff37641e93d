"""Profile documents for tests: one with every section, and changed copies of it. All settings of the schema."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

from app.profiles.rules.schema_fields import Setting
from app.profiles.rules.schema_sections import Items, Keyed, Part, Section
from app.profiles.service import packaged_profile

Document = dict[str, Any]
# Values of all types, valid in one setting or another.
_VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        3,
        -1,
        2.5,
        10**13,
        "",
        " ",
        "x",
        "E0102",
        "grid",
        "street",
        "work_day",
        "filed",
    ),
    *("2026-02-30", "2026-02-03", "24:00", "24:01", "9:00", "09:00", "[0-9", "Asia/Tokyo", "Mars/Olympus"),
    *("a" * 41, "a" * 201, "a" * 4001, [], {}, [1, 1], ["x"], ["x", "x"], [None], {"note": "n"}, {"note": 5}),
    *({"zh": "中", "en": "en"}, {"unit": "work_day", "amount": 3}, [["09:00", "12:00"]], [["09:00"]], [[]]),
]
_NAMES = (
    "colour",
    "_schema",
    "a/b",
    "note",
    "$schema",
    "normal",
    "Normal",
    "limit",
    "limits",
    "presence",
    "hours",
)


def settings_of(section: Section, path: str = "") -> Iterator[tuple[str, Setting]]:
    """Yield all settings of a section and of the sections in it, each as (path, field)."""
    for name, setting in section.settings.items():
        place = f"{path}/{name}"
        yield place, setting
        inner: Any = setting
        while isinstance(inner, Items):
            inner = inner.inner
        inner = inner.value_field if isinstance(inner, Keyed) else inner
        if isinstance(inner, Part):
            yield from settings_of(inner.section, place)


def full_profile() -> Document:
    """Return a valid profile with every section and almost every setting."""
    data = packaged_profile("generic")
    few = ("C-pothole", "E-litter", "E-conduct", "unclassified")
    data["taxonomy"]["categories"] = [
        category for category in data["taxonomy"]["categories"] if category["code"] in few
    ]
    presence = {"policy": "warn", "radius_m": 100, "fresh_minutes": 10}
    pothole = data["taxonomy"]["categories"][0]
    pothole |= {"presence": presence, "people": 2, "skills": ["roads", "night"]}
    name = {"zh": "受理", "en": "Take it on"}
    stage = {
        "stage": "take",
        "name": name,
        "unit": "urgent_hour",
        "amount": 2,
        "from": "dispatched",
        "until": "accepted",
    }
    handle = {**stage, "stage": "handle", "unit": "work_day", "from": "filed", "until": "fed_back"}
    pothole["conditions"].append({"code": "deep", "name": name, "limits": [handle, stage]})
    data["calendar"] |= {"holidays": ["2026-10-01", "2026-10-02"], "workdays": ["2026-10-10"]}
    mode = data["modes"]["normal"]
    mode |= {
        "batch_seconds": {"1": 0, "2": 10, "3": 60},
        "redispatch": {"on": ["upgraded", "eta_slipped"], "moved_away_m": 500, "moves_most": 2},
        "broadcast": {"priorities": [1, 2], "after_rings": True, "most": 3},
        "propose": {"priorities": [1], "categories": ["E-litter", "E"], "minutes": 5},
    }
    reasons = [{"code": "private_land", "name": {"zh": "私人用地", "en": "Private land"}}]
    return data | {
        "modes": {"normal": mode, "storm": copy.deepcopy(mode)},
        "presence": copy.deepcopy(presence),
        "grids": {
            "households_most": 500,
            "large_community_households": 3000,
            "households_most_in_large_community": 300,
            "area_m2_most": 1e6,
        },
        "dispatch": {"neighbours": ["331001", "331002"]},
        "planning": {
            "minutes": {"visit": 20, "task": 10},
            "visit_hours": {"from": "09:00", "to": "17:00"},
            "breaks": [{"from": "12:00", "to": "13:30", "minutes": 60}],
            "mode": "walk",
            "factors": {"walk": {"seconds_per_m": 0.8, "hours": {"8": 1.2}}},
        },
        "figures": {
            "denominators": {"closure_rate": {"of": "due", "less": ["on_books", "deferred"]}},
            "weights": {"closure_rate": 20, "rework_rate": 5},
            "register_minutes": 60,
            "respond_minutes": 1440,
        },
        "duty": {"span_hours_most": 12, "rest_hours_least": 8, "break_hours_most": 2},
        "lifecycle": {
            "verify": {
                "sources": ["public", "video"],
                "categories": ["E-litter"],
                "limit": {"unit": "work_hour", "amount": 2},
                "verifier_may_handle": True,
            },
            "not_filed_reasons": reasons,
            "force_closed_reasons": copy.deepcopy(reasons),
            "admission": {"grid": ["E", "unclassified"]},
            "extension": {"times_most": 1, "most": {"work_day": 5, "work_hour": 8}},
            "contest": {"days": 7, "goes_to": "rework"},
            "books": {"needs_extension": True, "days_most": 180},
            "deferral": {"days_most": 90},
            "returns_most": 2,
        },
        "duplicates": {"radius_m": 50, "most": 5, "weights": {"distance": 3, "text": 3}},
        "deadlines": {
            "warn": {"share": 0.8},
            "escalate": [{"level": "street", "hours": 8}, {"level": "district", "hours": 24}],
        },
        "signals": {"cluster_radii_m": [200, 500], "cluster_shuffles": 99, "unheard_households": 20},
        "public": {
            "is_open": True,
            "contact": "privacy@city.example",
            "privacy_notice": {"zh": "详见政务大厅。", "en": "More at the town hall."},
            "child_age": 14,
        },
        "notices": {"approval_from": 150},
    }


def changed_profile(document: Document, random: Random) -> Document:
    """Return a copy of a document with one to three random changes, valid or not."""
    changed = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _change(changed, random)
    return changed


def _change(document: Document, random: Random) -> None:
    # A section first, so that small ones are changed as often as large ones.
    section = random.choice([*document])
    holder, key = random.choice([(document, section), *_places(document[section])])
    value, way = holder[key], random.random()
    if way < 0.25:
        holder[key] = copy.deepcopy(random.choice(_VALUES))
    elif way < 0.4:
        del holder[key]
    elif way < 0.55 and isinstance(holder, list):
        holder.append(copy.deepcopy(value))
    elif way < 0.65 and isinstance(holder, list):
        holder.reverse()
    elif way < 0.75 and isinstance(holder, dict):
        holder[random.choice(_NAMES)] = copy.deepcopy(random.choice(_VALUES))
    else:
        holder[key] = _neighbour(value, random)


def _neighbour(value: Any, random: Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        # Three quarters at most: 2.0 is an integer for JSON Schema and none for a profile.
        return value + random.choice((1, -1, 0.25, 100))
    if isinstance(value, str):
        return random.choice((f"{value}x", value.upper(), "work_day", "closed", "2027-01-01", "Asia/Seoul"))
    return value[: len(value) // 2] if isinstance(value, list) else value


def _places(node: Any) -> Any:
    keys = range(len(node)) if isinstance(node, list) else [*node] if isinstance(node, dict) else ()
    for key in keys:
        yield node, key
        yield from _places(node[key])
