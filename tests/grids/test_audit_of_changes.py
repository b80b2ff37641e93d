"""An audit examines what changed since the last one; its findings are those of an audit of all grids."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.grids import jobs, service
from app.grids.queries import audit as queries
from tests.factories import City, create_areas, make_city
from tests.live.processes import as_job_worker
from tests.sample_sizes import examples
from tests.seeds import dice, seeds

COLUMNS, ROWS = 6, 2
FINDINGS = """
  select id, kind, area_id, grid_ids, version_ids, encode(ST_AsBinary(place), 'hex') place, area_m2, width_m
  from land_finding where jurisdiction_id = :id order by id
"""
# The next version of an area: every column that is not given stays.
NEXT_VERSION = """
  with old as (update area_version set valid = tstzrange(lower(valid), :at)
               where area_id = :area and upper_inf(valid) returning *)
  insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
  select :id, area_id, jurisdiction_id, coalesce(cast(:parent as uuid), parent_id), level, coalesce(:code, code), name,
         coalesce(ST_Multi(ST_GeomFromText(:wkt, 4326)), geom), path, tstzrange(:at, null) from old
"""


# Cities with a wide district, where no other test has areas.
_LONGITUDES = itertools.count(105)
STEPS = examples(12, 60)


@pytest.fixture
def city(app: Any, settings: Any) -> City:
    return make_city(app, settings, at=(next(_LONGITUDES), -60))


@pytest.fixture
def district(city: City) -> dict[str, tuple[float, float, float, float]]:
    """Add a row of communities with four grids each, east of the city. Return the box of each area."""
    boxes = {}
    shapes: dict[str, Any] = {"e": ("district", None, city.box(3, 0, 3 + COLUMNS, ROWS))}
    shapes["es"] = ("street", "e", city.box(3, 0, 3 + COLUMNS, ROWS))
    for column in range(COLUMNS):
        for row in range(ROWS):
            name = f"k{column}{row}"
            boxes[name] = (3 + column, row, 4 + column, row + 1)
            shapes[name] = ("community", "es", city.box(*boxes[name]))
            for part in range(4):
                west, south = 3 + column + part % 2 / 2, row + part // 2 / 2
                boxes[f"{name}{part}"] = (west, south, west + 0.5, south + 0.5)
                shapes[f"{name}{part}"] = ("grid", name, city.box(*boxes[f"{name}{part}"]))
    with db.transaction(SYSTEM) as session:
        create_areas(session, city, shapes)
    return boxes


def change(
    city: City, name: str, *, wkt: str | None = None, code: str | None = None, parent: Any = None
) -> None:
    with db.transaction(SYSTEM) as session:
        binds = {"area": city.areas[name], "at": clock.now(), "id": uuid7()}
        session.execute(text(NEXT_VERSION), binds | {"wkt": wkt, "code": code, "parent": parent})


def end(city: City, name: str) -> None:
    with db.transaction(SYSTEM) as session:
        session.execute(
            text(
                "update area_version set valid = tstzrange(lower(valid), :at) where area_id = :area and upper_inf(valid)"
            ),
            {"area": city.areas[name], "at": clock.now()},
        )


def change_at_random(chance: Any, city: City, boxes: dict[str, tuple[float, float, float, float]]) -> str:
    """Change an area in one way, behind everybody's back, as a restore or a script may. Return what was done."""
    name = chance.choice(sorted(boxes))
    way = chance.choice(["shape", "shape", "shape", "back", "code", "parent", "end"])
    is_grid = len(name) == 4
    if way == "parent" and is_grid:
        change(city, name, parent=city.areas[f"k{chance.randrange(COLUMNS)}{chance.randrange(ROWS)}"])
    elif way == "code":
        change(city, name, code=f"{city.code}-{chance.randrange(10**9)}")
    elif way == "end" and is_grid and chance.random() < 0.5:
        end(city, name)
        del boxes[name]
    elif way == "back":
        change(city, name, wkt=city.box(*boxes[name]).wkt)
    else:
        west, south, east, north = (side + chance.uniform(-0.3, 0.3) for side in boxes[name])
        # Some shapes lie where no area of theirs is.
        away = chance.choice([0, 0, 0, chance.uniform(-2, 2)])
        change(
            city,
            name,
            wkt=city.box(west + away, south, max(east, west + 0.05) + away, max(north, south + 0.05)).wkt,
        )
    return f"{way} of {name}"


def findings_of(city: City, rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows(FINDINGS, id=city.jurisdiction_id)]


@pytest.mark.wide
@pytest.mark.parametrize("seed", seeds())
def test_audit_of_changes_finds_what_audit_of_all_grids_finds(city, district, rows, settings, seed):
    chance = dice("audit of changes", seed)
    done: list[str] = []
    with as_job_worker(settings):
        jobs.run_due(clock.now())
        for _ in range(STEPS):
            done += [change_at_random(chance, city, district) for _ in range(chance.choice([1, 1, 2, 5]))]
            assert jobs.run_due(clock.now()) >= 1
            of_changes = findings_of(city, rows)
            service.audit_shapes(city.jurisdiction_id, clock.now(), is_whole=True)
            assert of_changes == findings_of(city, rows), (seed, done)
    assert of_changes


def test_audit_after_change_of_one_grid_reads_only_its_surroundings(city, district, rows, settings):
    with as_job_worker(settings):
        jobs.run_due(clock.now())
        change(city, "k000", wkt=city.box(3, 0, 3.5, 0.4).wkt)
        with db.snapshot_session() as session:
            last = queries.last_audit(session, city.jurisdiction_id, now=clock.now())
            changes = queries.changes_since(session, city.jurisdiction_id, last["audited_at"])
        assert (last["is_known"], changes["changes"]) == (True, 2)
        # Its community, and those that touch it: the grid in the corner of the district touches no other.
        assert changes["families"] == [city.areas["k00"]]
        assert len(changes["area_ids"]) < len(district) / 2
        had = findings_of(city, rows)
        jobs.run_due(clock.now())
    assert [finding[1] for finding in findings_of(city, rows) if finding not in had] == ["gap"]


def test_audit_examines_all_grids_when_redraw_was_committed_late(city, district, rows, settings):
    """A version from before the last audit that this did not see: the digest tells."""
    with as_job_worker(settings):
        before = clock.now()
        jobs.run_due(clock.now())
        with db.transaction(SYSTEM) as session:
            binds = {"area": city.areas["k000"], "at": before, "id": uuid7(), "code": None, "parent": None}
            session.execute(text(NEXT_VERSION), binds | {"wkt": city.box(3, 0, 3.5, 0.4).wkt})
        with db.snapshot_session() as session:
            assert not queries.last_audit(session, city.jurisdiction_id, now=clock.now())["is_known"]
        had = len(findings_of(city, rows))
        jobs.run_due(clock.now())
    assert len(findings_of(city, rows)) == had + 1
