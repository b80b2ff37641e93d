"""A person with two grants sees exactly the union of what each grant shows alone."""

from functools import reduce
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from tests.factories import City, Person
from tests.nonempty import nonempty
from tests.sample_sizes import drawn_share
from tests.sync.pull_client import fresh

# The worker looks after g1. c2 is the neighbouring community, where every kind of case stands, too.
GRANTS: dict[str, dict[str, Any]] = {
    "worker": {"role": Role.WORKER, "area": "g1"},
    "chief": {"role": Role.GRID_CHIEF, "area": "c1"},
    "handler": {"role": Role.HANDLER, "unit": "cleaning"},
    "supervisor": {"role": Role.SUPERVISOR, "area": "c1"},
    "supervisor next door": {"role": Role.SUPERVISOR, "area": "c2"},
    "admin": {"role": Role.ADMIN, "area": "c2"},
    "gis": {"role": Role.GIS, "area": "c2"},
    "gis of the district": {"role": Role.GIS, "area": "d"},
    "analyst": {"role": Role.ANALYST, "area": "d"},
    "auditor": {"role": Role.AUDITOR, "area": "d"},
}
# What travels to phones and hangs on places.
_ENTITIES = {"incident", "assignment", "premises", "household", "resident", "component", "area"}
Shown = dict[str, Any]


class Staff:
    """One account whose grants are switched on and off."""

    def __init__(self, city: City, person: Person, box: str) -> None:
        self.city, self.person, self.box = city, person, box
        self.cases: list[str] = []
        self._alone: dict[str, Shown] = {}
        for name, grant in GRANTS.items():
            if name != "worker":
                city.grant(person, **grant)

    def holding(self, *names: str) -> Shown:
        """What is shown at every door while the account holds these grants alone."""
        sql = """update account_grant set revoked_at = case when exists (
                   select 1 from unnest(cast(:roles as text[]), cast(:areas as text[]), cast(:units as text[])) k(r, a, u)
                   where k.r = role and k.a is not distinct from cast(area_id as text)
                     and k.u is not distinct from cast(unit_id as text)) then null else now() end
                 where account_id = :id"""
        held = [GRANTS[name] for name in names]
        areas = [str(self.city.areas[g["area"]]) if "area" in g else None for g in held]
        units = [str(self.city.units[g["unit"]]) if "unit" in g else None for g in held]
        binds = {"roles": [g["role"] for g in held], "areas": areas, "units": units, "id": self.person.id}
        with db.transaction(SYSTEM) as session:
            session.execute(text(sql), binds)
        return self._shown()

    def alone(self, name: str) -> Shown:
        if name not in self._alone:
            self._alone[name] = self.holding(name)
        return self._alone[name]

    def _shown(self) -> Shown:
        rows: Shown = {}
        for path in ("/incidents?limit=100", "/households?limit=100", "/workers?limit=100"):
            answer = self.person.get(path)
            if answer.status_code == 200:
                rows |= {f"{path} {row['id']}": row for row in answer.json["items"]}
        for case_id in self.cases:
            for door in ("", "/events", "/dispatch", "/notes"):
                answer = self.person.get(f"/incidents/{case_id}{door}")
                if answer.status_code == 200:
                    rows[f"{case_id}{door}"] = answer.json
        for layer in ("incidents", "premises"):
            headers = {"Authorization": f"Bearer {self.person.token}"}
            path = f"/ogc/collections/{layer}/items?limit=100&bbox={self.box}"
            answer = self.person.client.get(path, headers=headers)
            if answer.status_code == 200:
                rows |= {
                    f"{layer} {feature['id']}": feature["properties"] for feature in answer.json["features"]
                }
        rows |= {
            f"{entity} {row_id} on a phone": row
            for (entity, row_id), row in fresh(self.person).rows.items()
            if entity in _ENTITIES
        }
        body = {"collection": "premises", "format": "geojson", "query": {"bbox": self.box}, "purpose": "map"}
        answer = self.person.post("/exports/at-once", body)
        if answer.status_code == 200:
            rows |= {
                f"{feature['id']} in a file": feature["properties"]
                for feature in answer.get_json(force=True)["features"]
            }
        return rows


def union(first: Any, other: Any) -> Any:
    """What two answers show of the same thing: of a field that one of them hides or masks, what the other shows."""
    if {"kind": "reporter"} in (first, other):  # that somebody reported it, and not who
        return other if first == {"kind": "reporter"} else first
    if isinstance(first, dict) and isinstance(other, dict):
        if {*first} == {*other} == {"kind", "name", "distance_m"}:  # an address tells more than its street
            return max(first, other, key=lambda place: place["kind"] != "street")
        # A field that is empty tells no more than one that is left out.
        merged = {key: union(first.get(key), other.get(key)) for key in {**first, **other}}
        return {key: value for key, value in merged.items() if value is not None}
    if isinstance(first, list) and isinstance(other, list):
        if all(isinstance(each, str) for each in first + other):
            return sorted({*first, *other})
        if all(isinstance(each, dict) and {"action", "required"} <= each.keys() for each in first + other):
            forms = {each["action"]: each for each in first + other}
            return [forms[action] for action in sorted(forms)]
        return (
            [union(*pair) for pair in zip(first, other, strict=True)] if first and other else first or other
        )
    if isinstance(first, bool) and isinstance(other, bool):
        return first or other
    if isinstance(first, str) and isinstance(other, str):
        # A place with its number is longer than one without.
        return max(first, other, key=lambda shown: ("*" not in shown, len(shown)))
    return other if first is None else first


@pytest.fixture(scope="module")
def staff(app, settings):
    from tests.factories import make_city

    city = make_city(app, settings)
    somebody = {name: city.worker(name, name="欧阳修") for name in ("g1", "g3")}
    complains = city.worker("g4", name="诸葛亮")
    place = {"jurisdiction_id": city.jurisdiction_id, "address": "文三路18号"}
    with db.transaction(SYSTEM) as session:
        homes = [place | {"id": uuid7(), **city.in_grid(grid)} for grid in somebody]
        households.insert_many(session, SYSTEM, rows=homes)
    west, south = city.at(0, 0).values()
    east, north = city.at(2, 2).values()
    staff = Staff(city, city.worker("g1", on_duty=False), f"{west},{south},{east},{north}")
    for grid, colleague in somebody.items():
        about = {"kind": "worker", "id": str(colleague.id)}
        # Confidential; about a colleague; an ordinary one, which names whoever is asked.
        for fields in ({"category": "E0603"}, {"category": "E0690", "about": about}, {"category": "E0102"}):
            body = {"id": str(uuid7()), "description": "垃圾", **city.in_grid(grid), **fields}
            answer = complains.post("/incidents", body)
            assert answer.status_code == 201, answer.json
            staff.cases.append(answer.json["id"])
    mine = {"id": str(uuid7()), "category": "E0603", "description": "自己的", **city.in_grid("g3")}
    assert staff.person.post("/incidents", mine).status_code == 201
    staff.cases.append(mine["id"])
    return staff


@pytest.mark.wide
def test_two_grants_show_exactly_the_union_of_both(staff):
    for pair, other in nonempty(drawn_share(combinations(GRANTS, 2), one_in=3, name="pairs of grants")):
        expected = union(staff.alone(pair), staff.alone(other))
        shown = staff.holding(pair, other)
        assert {*shown} == {*expected}, (pair, other)
        for name, what in shown.items():
            assert union(what, what) == union(expected[name], expected[name]), (pair, other, name)


def test_single_grants_show_different_rows(staff):
    """The test above proves nothing where all of them show the same, or nothing."""
    views = {name: staff.alone(name) for name in GRANTS}
    rows = {name: {*view} for name, view in views.items()}
    assert rows["worker"] - rows["gis of the district"] and rows["gis of the district"] - rows["worker"]
    ordinary = staff.cases[5]
    assert "*" in str(views["gis of the district"][ordinary]) and "*" not in str(views["admin"][ordinary])
    assert reduce(set.union, rows.values()) > rows["admin"]
