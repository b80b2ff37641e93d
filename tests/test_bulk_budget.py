"""Budgets of imports and redraws: statements by number of rows, and rows read by number of other rows."""

from collections.abc import Iterator
from typing import Any

import pytest
from shapely.geometry import mapping

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.exchange import service as exchange
from app.households import service as households
from app.households.queries.dry_tables import CREATE
from tests.statements import recorded_with_binds
from tests.test_row_budget import OTHERS, owner, rows_read

__all__ = ["owner"]
# Of one run: 12 of its own, and those of each batch of a thousand rows.
STATEMENTS_OF_BATCH = 16
# A place is the grid, its three parents, and what index scans read of the row itself.
ROWS_READ_EACH = 30
OTHER_HOMES = f"""
  insert into premises (id, jurisdiction_id, scope_path, kind, address, location, created_at, version)
  select gen_random_uuid(), '{{city}}', 'd.s', 'dwelling', '别路' || n, ST_SetSRID(ST_MakePoint(0, 80), 4326), now(), 1
  from generate_series(1, {OTHERS}) n;
  insert into household (id, jurisdiction_id, premises_id, scope_path, created_at)
  select gen_random_uuid(), jurisdiction_id, id, scope_path, now() from premises where address like '别路%';
  analyze premises; analyze household
"""


def homes(city: Any, number: int, *, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "kind": "dwelling",
            "address": f"文三路{n}号",
            "external_ref": f"{city.code}-{n}",
            "is_imported": True,
            **city.at(0.1 + n % 80 / 100, 1.1 + n // 80 % 80 / 100),
        }
        for n in range(first, first + number)
    ]


def write_homes(path: Any, city: Any, number: int) -> Any:
    lines = [
        f"{home['external_ref']},{home['lon']},{home['lat']},{home['address']}"
        for home in homes(city, number)
    ]
    path.write_text("\n".join(["key,lon,lat,address", *lines]))
    return path


def run_import(city: Any, path: Any, **options: Any) -> Any:
    return exchange.import_file("households", path, exchange.Options(jurisdiction=city.code, **options))


@pytest.mark.parametrize("is_dry", [False, True])
def test_statements_of_import_depend_on_batches_and_not_on_rows(city, tmp_path, is_dry):
    counts = {}
    for number in (3, 300, 2_001):
        path = write_homes(tmp_path / f"{number}.csv", city, number)
        with recorded_with_binds("") as statements:
            result = run_import(city, path, is_dry=is_dry)
        assert result.summary["refused"] == 0, result.summary
        counts[number] = len(statements)
    assert counts[3] == counts[300], counts
    assert counts[2_001] - counts[300] <= 2 * STATEMENTS_OF_BATCH, counts


def test_registration_reads_only_rows_of_its_own_premises(city, owner):
    owner.execute("set plan_cache_mode = force_custom_plan")  # as the connections that write
    with recorded_with_binds("insert into premises") as statements, db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=homes(city, 500))
    ((statement, binds),) = statements
    others = OTHER_HOMES.replace("{city}", str(city.jurisdiction_id))
    assert rows_read(owner, others, statement, binds) < 500 * ROWS_READ_EACH


@pytest.mark.parametrize("words", ["insert into dry_household\n", "insert into dry_premises as premises"])
def test_dry_registration_reads_only_rows_of_its_own_premises(city, owner, words):
    owner.execute("set plan_cache_mode = force_custom_plan")  # as the connections that write
    with recorded_with_binds(words) as statements, db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=homes(city, 500), is_dry=True)
    ((statement, binds),) = statements
    others = OTHER_HOMES.replace("{city}", str(city.jurisdiction_id))
    # Rows of the file that were read before. Nobody analyses temporary tables.
    owner.execute(CREATE.text)
    read_before = (
        "insert into dry_premises select * from premises; insert into dry_household select * from household"
    )
    assert rows_read(owner, f"{others}; {read_before}", statement, binds) < 500 * ROWS_READ_EACH


def split(city: Any) -> dict[str, Any]:
    """A redraw that halves the grid g1."""
    west = {
        "id": str(city.areas["g1"]),
        "code": f"{city.code}-g1",
        "geometry": mapping(city.box(0, 1, 0.5, 2)),
    }
    east = {"code": f"{city.code}-g1{uuid7().hex[-4:]}", "geometry": mapping(city.box(0.5, 1, 1, 2))}
    names = {"name": {"zh": "新", "en": "New"}}
    return {
        "parent_id": str(city.areas["c1"]),
        "replaces": [str(city.areas["g1"])],
        "areas": [west | names, east | names],
        "reason": "too many households",
    }


@pytest.fixture
def cities(app: Any, settings: Any) -> Iterator[Any]:
    from tests.factories import make_city

    yield lambda: make_city(app, settings)


def test_statements_of_redraw_do_not_depend_on_homes_and_cases(cities):
    counts, moved = {}, {}
    for number in (2, 12):
        city = cities()
        city.worker("g1", capacity=50)
        reporter, boss = city.worker("g4"), city.person(Role.ADMIN)
        with db.transaction(SYSTEM) as session:
            households.register_many(session, SYSTEM, rows=homes(city, 80 * number))
        for n in range(number):
            body = {
                "id": str(uuid7()),
                "category": "E0102",
                "description": f"{n}",
                **city.at(0.9, 1.1 + n / 20),
            }
            assert reporter.post("/incidents", body).status_code == 201
        with recorded_with_binds("") as statements:
            answer = boss.post("/areas/redraw", split(city))
        assert answer.status_code == 200, answer.json
        counts[number], moved[number] = len(statements), answer.json["counts"]
    assert (moved[2]["open_cases_moved"], moved[12]["open_cases_moved"]) == (2, 12)
    assert moved[12]["households_moved"] > moved[2]["households_moved"] > 0
    assert counts[2] == counts[12], counts


def test_rehoming_reads_only_rows_on_redrawn_land(city, owner):
    with db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=homes(city, 50))
    with recorded_with_binds("redrawn_area") as statements, db.transaction(SYSTEM) as session:
        households.rehome(session, area_ids=[city.areas["g1"]], depth=4, at=clock.now())
    ((statement, binds),) = statements
    others = OTHER_HOMES.replace("{city}", str(city.jurisdiction_id))
    assert rows_read(owner, others, statement, binds) < 50 * ROWS_READ_EACH


def test_triggers_of_moved_households_read_only_their_own_premises(city, owner):
    """With fewer premises than some hundred thousand, the planner would read all of them to find those of 800 households."""
    with db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=homes(city, 800))
    of_city = "select array_agg(id) from household where jurisdiction_id = %s"
    (ids,) = owner.execute(of_city, [city.jurisdiction_id]).fetchone()
    move = "update household set grid_id = %s where id = any(%s)"
    others = OTHER_HOMES.replace("{city}", str(city.jurisdiction_id))
    triggers_on = "set local session_replication_role = origin"
    rows_read(owner, others, triggers_on, [])
    read = rows_read(owner, triggers_on, move, [city.areas["g2"], ids])
    assert len(ids) <= read < len(ids) * 10
