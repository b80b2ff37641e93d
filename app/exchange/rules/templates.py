"""Templates of imports: a head, a row that explains the columns, and two example rows.

All is made from the fields of the kind of import. The example values name places, areas and categories of the jurisdiction, so
that the rows can be imported as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.exchange.rules.contract import NOTE_MARKS, Field
from app.exchange.rules.households import PARTS

# Columns that say the same as others, or that only exports have.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "households": frozenset(
        {"id", "street", "housenumber", "postcode", "registered_here", "lives_here", "label"}
    )
}
_REQUIRED = {"en": "Required. ", "zh": "必填。"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts of a jurisdiction that the example rows of its templates contain.

    Attributes:
        points: Two points (longitude, latitude) in the narrowest area.
        area_names: Name of the area at the points, and of the areas above it, by level.
        outlines: Outlines (WKT) of an area outside the jurisdiction, and of an area within it.
        levels: The two widest levels, by the names that people read.
        category: Code of a category of events.
        component_class: Four digits of a category of components.
    """

    now: datetime
    points: tuple[tuple[float, float], tuple[float, float]]
    area_names: Mapping[str, str]
    area_code: str
    grid_code: str
    outlines: tuple[str, str]
    levels: tuple[str, str]
    category: str
    component_class: str
    has_free_addresses: bool


def template_fields(kind: str, fields: Sequence[Field], surroundings: Surroundings) -> list[Field]:
    """Return the fields that are columns of a template, the required ones first and the personal ones last."""
    left_out = set(_LEFT_OUT.get(kind, ()))
    if kind == "households":
        left_out |= set(PARTS) if surroundings.has_free_addresses else {"address"}
    used = [field for field in fields if field.name not in left_out]
    return sorted(used, key=lambda field: (field.explicit or field.needs is not None, not field.required))


def template_rows(
    kind: str, fields: Sequence[Field], surroundings: Surroundings, language: str
) -> list[list[Any]]:
    """Return the rows of a template: head, explanations, two examples.

    Args:
        fields: The columns, from `template_fields`.
        language: `en` or `zh`, of the head, the explanations and the words of the examples.
    """
    head = [field.title[language] for field in fields]
    notes = [(_REQUIRED[language] if field.required else "") + field.note[language] for field in fields]
    mark = NOTE_MARKS[0] + ": " if language == "en" else NOTE_MARKS[1] + "："
    notes[0] = mark + notes[0]
    examples = _EXAMPLES[kind](surroundings, language == "zh")
    return [head, notes, *([example.get(field.name) for field in fields] for example in examples)]


def _areas(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    names = ("示例区", "示例街道") if is_zh else ("Example district", "Example street")
    codes = ("999901", "999901001")
    parents = (None, codes[0])
    return [
        {
            "name": name,
            "name_en": english,
            "code": code,
            "level": level,
            "parent_code": parent,
            "geometry": wkt,
        }
        for name, english, code, level, parent, wkt in zip(
            names, ("Example district", "Example street"), codes, at.levels, parents, at.outlines, strict=True
        )
    ]


def _units(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    names = ("示例环卫所", "示例市政所") if is_zh else ("Example cleaning unit", "Example roads unit")
    return [
        {
            "code": f"example-unit-{n}",
            "name": name,
            "name_en": f"Example unit {n}",
            "area_code": at.area_code,
            "contact": f"0571-8800000{n}",
            "categories": None,
        }
        for n, name in enumerate(names, 1)
    ]


def _workers(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    names = ("王示例", "李示例") if is_zh else ("Wang Example", "Li Example")
    role = "兼职网格员" if is_zh else "substitute"
    # User names are used once in all jurisdictions.
    return [
        {
            "username": f"example-{n}.{at.grid_code}"[:64],
            "name": name,
            "role": role,
            "area_codes": at.grid_code,
            "capacity": 5,
        }
        for n, name in enumerate(names, 1)
    ]


def _households(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    town, community, grid = (at.area_names.get(level, "") for level in ("street", "community", "grid"))
    county = at.area_names.get("district", "")
    parts = {
        "province": "浙江省",
        "city": "杭州市",
        "county": county,
        "town": town or county,
        "community": community or town or county,
        "grid": grid or "无",
        "compound": "示例小区",
        "building": "99幢",
        "unit": "2单元",
        "room": "9901",
    }
    homes = [
        {
            "key": f"EX-{n}",
            "lon": lon,
            "lat": lat,
            "kind": kind,
            "address": f"{county}示例路{n}号" if is_zh else f"{n} Example Road",
            "name": name,
            **parts,
            "room": f"990{n}",
        }
        for n, (lon, lat), kind, name in zip(
            (1, 2),
            at.points,
            ("住宅", "店铺") if is_zh else ("dwelling", "shop"),
            (None, "示例便利店" if is_zh else "Example shop"),
            strict=True,
        )
    ]
    homes[0] |= {
        "resident_name": "王示例" if is_zh else "Wang Example",
        "resident_phone": "13800000000",
        "resident_email": "wang@mail.example",
        "residence": "人户一致" if is_zh else "both",
        "birth_year": 1950,
        "care": "送餐" if is_zh else "meal_delivery",
        "care_purpose": "每周送餐" if is_zh else "Weekly meals",
        "care_until": (at.now + timedelta(days=180)).strftime("%Y-%m-%d"),
        "care_cycle_days": 7,
    }
    return homes


def _incidents(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    def past(days: int) -> str:
        return (at.now - timedelta(days=days)).strftime("%Y-%m-%d 08:15")

    texts = ("公交站旁垃圾堆积", "长椅损坏") if is_zh else ("Rubbish at the bus stop", "Broken bench")
    states = ("已结案", "处置中") if is_zh else ("closed", "open")
    return [
        {
            "key": f"EX-{n}",
            "lon": lon,
            "lat": lat,
            "category": at.category,
            "description": text,
            "address": f"示例路{n}号" if is_zh else f"{n} Example Road",
            "reported_at": past(4 - n),
            "closed_at": past(1) if n == 1 else None,
            "status": state,
            "channel": "热线" if is_zh else "Hotline",
        }
        for n, (lon, lat), text, state in zip((1, 2), at.points, texts, states, strict=True)
    ]


def _components(at: Surroundings, is_zh: bool) -> list[dict[str, Any]]:
    name = "示例部件" if is_zh else "Example component"
    county = at.area_code[:6] if at.area_code[:6].isdigit() and len(at.area_code) >= 6 else "330106"
    return [
        {
            "code": f"{county}{at.component_class}99000{n}",
            "name": f"{name} {n}",
            "name_en": f"Example component {n}",
            "lon": lon,
            "lat": lat,
            "state": state,
            "installed_on": "2020-05-01",
            "checked_on": "2026-05-01",
            "source": "普查" if is_zh else "Survey",
        }
        for n, (lon, lat), state in zip(
            (1, 2), at.points, ("完好", "破损") if is_zh else ("in_use", "damaged"), strict=True
        )
    ]


_EXAMPLES = {
    "areas": _areas,
    "units": _units,
    "workers": _workers,
    "households": _households,
    "incidents": _incidents,
    "components": _components,
}
