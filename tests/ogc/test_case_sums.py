"""Sums of cases in tiles of low zooms: made of kept numbers, equal to a count of the cases, for every reader and at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.ogc.queries import tiles as queries
from app.ogc.queries.sources import reader
from app.ogc.queries.versions import FOLD_COUNTS
from app.ogc.rules.tiling import COUNTS_UP_TO, LAYERS, Tile
from app.ogc.service import tiles
from tests.nonempty import nonempty
from tests.ogc.conftest import Map
from tests.ogc.test_tiles import path_of, tile_over
from tests.races import run_at_once
from tests.seeds import dice, seeds
from tests.test_query_budget import query_recorder

__all__ = ["query_recorder"]

DIFFERENCES = "select * from tile_case_differences()"
# A case of this city once more, with other facts.
COPY = """
  insert into incident
  select (jsonb_populate_record(i, jsonb_build_object(
    'id', cast(:id as text), 'case_no', cast(:id as text), 'category', cast(:category as text),
    'about_kind', cast(:about_kind as text), 'about_id', cast(:about_id as text),
    'reported_by', cast(:reported_by as text), 'scope_path', cast(:path as text),
    'profile_version_id', case when :has_profile then cast(i.profile_version_id as text) end))).*
  from incident i where i.id = :model
"""
MOVE = "update incident set location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) where id = :id"


@contextmanager
def owner_of(settings: Any) -> Iterator[Engine]:
    engine = db.make_engine(settings.database_url, role=None, pool_size=2, statement_timeout_ms=60_000)
    try:
        yield engine
    finally:
        engine.dispose()


def cells_of(person: Any, tile: Tile, *, is_kept: bool) -> dict[tuple[int, int], tuple[int, float, float]]:
    """Number and mean place by column and row, from the kept numbers or from the cases."""
    layer = LAYERS["incidents"]
    with db.transaction(SYSTEM) as session:
        actor = accounts.actor_of(session, person.id)
    with db.read_session("custom") as session:
        source = reader(layer.collection, actor, clock.now())
        make = queries.kept_cells if is_kept else queries.counted_cells
        rows = session.execute(make(layer, source), source.binds | queries.tile_binds(tile)).all()
    return {(int(row.i), int(row.j)): (int(row.n), row.lon, row.lat) for row in rows}


def assert_equal_cells(person: Any, tile: Tile) -> int:
    """Return the number of cases in the tile."""
    from_numbers, from_cases = (cells_of(person, tile, is_kept=is_kept) for is_kept in (True, False))
    assert {place: cell[0] for place, cell in from_numbers.items()} == {
        place: cell[0] for place, cell in from_cases.items()
    }, tile
    for place, (_, lon, lat) in from_numbers.items():
        assert (lon, lat) == pytest.approx(from_cases[place][1:], abs=1.1e-9)
    return sum(cell[0] for cell in from_numbers.values())


def confidential_category(rows: Any, city: Any) -> str:
    [row] = rows(
        """select c ->> 'code' code from profile_version f, jsonb_path_query(f.data,
             '$.taxonomy.categories[*] ? (@.confidential == true && @.conduct == false)') c
           where f.jurisdiction_id = :id limit 1""",
        id=city.jurisdiction_id,
    )
    return str(row.code)


@pytest.mark.parametrize("seed", seeds())
def test_kept_sums_equal_counted_cases_for_every_reader(city, report, rows, settings, seed):
    """Cases of all kinds, in and outside of the readers' areas; readers of all roles, and of two roles at once."""
    draw = dice("kept sums", seed)
    secret = confidential_category(rows, city)
    worker, other = city.worker("g1"), city.worker("g2")
    both = city.person(Role.GIS)  # looks everywhere, handles in one grid
    city.grant(both, Role.SUPERVISOR, area="g2")
    two_areas = city.person(Role.GIS, area="g1")
    city.grant(two_areas, Role.SUPERVISOR, area="g2")
    handler = city.handler()
    people = [
        city.person(Role.GIS),
        city.person(Role.GIS, area="s"),
        city.supervisor(),
        city.supervisor("d"),
        city.person(Role.ADMIN),
        city.person(Role.ADMIN, area="d"),
        city.person(Role.ANALYST, area="s"),
        worker,
        other,
        both,
        two_areas,
        handler,
    ]
    place = city.in_grid("g1")
    case = report(worker, place)
    model = UUID(case["id"])
    paths = [
        row.path for row in rows("select cast(path as text) path from area_version where upper_inf(valid)")
    ]
    own_paths = [
        rows(
            "select cast(path as text) path from area_version where area_id = :a and upper_inf(valid)", a=area
        )[0].path
        for area in city.areas.values()
    ]
    made = [uuid7() for _ in range(250)]
    with owner_of(settings) as engine, Session(engine) as session, session.begin():
        for new_id in made:
            about = draw.choice([None] * 8 + ["worker", "unit"])
            session.execute(
                text(COPY),
                {
                    "id": str(new_id),
                    "model": model,
                    "category": draw.choice(["E0102", "0101", secret]),
                    "about_kind": about,
                    "about_id": {
                        None: None,
                        "worker": str(draw.choice([worker, other]).id),
                        "unit": str(draw.choice(list(city.units.values()))),
                    }[about],
                    "reported_by": str(draw.choice(people).id),
                    "path": draw.choice([*own_paths * 5, draw.choice(paths), None]),
                    "has_profile": draw.random() < 0.9,
                },
            )
            session.execute(
                text(MOVE),
                {
                    "id": new_id,
                    "lon": place["lon"] + draw.choice([0, 1e-5, 0.01, 0.2]) * draw.random(),
                    "lat": place["lat"] + draw.choice([0, 1e-5, 0.01, 0.2]) * draw.random(),
                },
            )
        for share, change in (
            (10, "deleted_at = now()"),
            (10, "category = 'E0102'"),
            (10, "about_kind = null, about_id = null"),
            (20, "status = 'closed'"),
        ):
            changed = {"ids": draw.sample(made, share)}
            session.execute(text(f"update incident set {change} where id = any(:ids)"), changed)
    assert rows(DIFFERENCES) == []
    assert COUNTS_UP_TO >= 10
    seen = {}
    for number, person in enumerate(people):
        for z in (0, 5, 9, 10, COUNTS_UP_TO):
            seen[number, z] = assert_equal_cells(person, tile_over(place, z))
    totals = [seen[number, 10] for number in range(len(people))]
    assert totals[4] > totals[0] > totals[1] > 0  # everything; no confidential ones; only of a street
    assert min(totals) < max(totals)


def test_sums_of_low_zoom_read_no_rows_of_cases(city, gis, report, query_recorder):
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    layer = LAYERS["incidents"]
    for z, is_kept in ((COUNTS_UP_TO, True), (COUNTS_UP_TO + 1, False)):
        with query_recorder() as statements:
            gis.get(path_of(tile_over(place, z), "incidents"))
        [made] = [statement for statement in nonempty(statements) if "ST_AsMVT" in statement]
        assert ("tile_case_count" in made) is is_kept
    assert layer.counts_up_to == COUNTS_UP_TO
    assert [name for name, layer in LAYERS.items() if layer.counts_up_to >= 0] == ["incidents"]


def test_sums_read_rows_of_cells_and_not_of_cases(city, boss, report, settings):
    """1,000 cases at one place cost no more rows than one case."""
    place = city.in_grid("g1")
    case = report(city.worker("g1"), place)
    read = "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
    layer, tile = LAYERS["incidents"], tile_over(place, 10)
    with owner_of(settings) as engine, Session(engine) as session:
        actor = accounts.actor_of(session, boss.person.id)
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            session.execute(text(f"set local {setting} = off"))  # as large tables are read
        source = reader(layer.collection, actor, clock.now())
        statement = queries.kept_sums_statement(layer, source)
        counts = []
        for _ in range(2):
            before = session.scalar(text(read))
            assert session.execute(statement, source.binds | queries.tile_binds(tile)).one().features > 0
            counts.append(int(session.scalar(text(read)) - before))
            copies = COPY.replace(
                "where i.id = :model", "cross join generate_series(1, 1000) n where i.id = :model"
            )
            copies = copies.replace("cast(:id as text)", "cast(gen_random_uuid() as text)")
            session.execute(text("set local session_replication_role = replica"))
            session.execute(
                text(copies),
                {
                    "model": UUID(case["id"]),
                    "category": "E0102",
                    "about_kind": None,
                    "about_id": None,
                    "reported_by": None,
                    "path": session.scalar(
                        text("select cast(scope_path as text) from incident where id = :i"), {"i": case["id"]}
                    ),
                    "has_profile": True,
                },
            )
            session.execute(text("select recount_tile_cases()"))
            session.execute(text("analyze incident, tile_case_count, report, offer, assignment"))
        session.rollback()
    assert counts[1] <= counts[0] + 100, counts


def test_written_case_is_counted_by_next_request_where_it_lies(city, report, boss, rows):
    """What is acknowledged is counted by the next request; a case that moves away is counted there and not here."""
    place = city.in_grid("g1")
    tile = tile_over(place, 10)
    person = boss.person

    def total() -> int:
        return assert_equal_cells(person, tile)

    before = total()
    case = report(city.worker("g1"), place)
    assert total() == before + 1
    tag = boss.get(path_of(tile, "incidents")).headers["ETag"]
    with db.transaction(SYSTEM) as session:
        session.execute(text(MOVE), {"id": UUID(case["id"]), "lon": place["lon"] + 3, "lat": place["lat"]})
    assert total() == before
    assert boss.get(path_of(tile, "incidents"), {"If-None-Match": tag}).status_code != 304
    with db.transaction(SYSTEM) as session:
        session.execute(text(MOVE), {"id": UUID(case["id"]), **place})
        session.execute(text("update incident set deleted_at = now() where id = :i"), {"i": case["id"]})
    assert total() == before
    assert rows(DIFFERENCES) == []


def test_kept_numbers_follow_insert_change_delete_and_truncate(city, report, settings):
    place = city.in_grid("g1")
    case = report(city.worker("g1"), place)
    with owner_of(settings) as engine, Session(engine) as session:
        for act in (
            "update incident set location = ST_Translate(location, 0.5, 0), category = 'E0103' where id = :i",
            "update incident set scope_path = subpath(scope_path, 0, 1) where id = :i",
            "update incident set scope_path = null where id = :i",
            "update incident set profile_version_id = null where id = :i",
            "update incident set about_kind = 'worker', about_id = gen_random_uuid() where id = :i",
            "update incident set about_kind = null, about_id = null where id = :i",
            "update incident set deleted_at = now() where id = :i",
            "update incident set deleted_at = null where id = :i",
        ):
            assert session.execute(text(act), {"i": case["id"]}).rowcount == 1
            assert session.execute(text(DIFFERENCES)).all() == [], act
        session.execute(
            text("set constraints all immediate")
        )  # a table with deferred events is not truncated
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("delete from incident where id = :i"), {"i": case["id"]})
        assert len(session.execute(text(DIFFERENCES)).all()) == 1  # triggers were off
        assert session.scalar(text("select recount_tile_cases()")) == 1
        assert session.execute(text(DIFFERENCES)).all() == []
        session.execute(text("set local session_replication_role = origin"))
        session.execute(text("truncate incident cascade"))
        assert session.execute(text(DIFFERENCES)).all() == []
        assert session.scalar(text("select sum(n) from tile_case_count")) == 0
        session.rollback()


def test_change_of_state_adds_no_kept_number(city, report, rows):
    case = report(city.worker("g1"), city.in_grid("g1"))
    count = "select count(*) from tile_case_count"
    before = rows(count)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update incident set priority = 1, due_at = now(), category = 'E0103' where id = :i"),
            {"i": case["id"]},
        )
    assert rows(count) == before


def test_folding_keeps_sums_and_leaves_one_row_for_each_number(city, boss, report, settings, rows):
    place = city.in_grid("g1")
    worker = city.worker("g1")
    cases = [report(worker, place) for _ in range(4)]
    with db.transaction(SYSTEM) as session:
        session.execute(text("update incident set deleted_at = now() where id = :i"), {"i": cases[0]["id"]})
    before = assert_equal_cells(boss.person, tile_over(place, 10))
    engine = db.make_engine(
        settings.database_url, role="gridward_job", pool_size=1, statement_timeout_ms=10_000
    )
    for _ in range(2):
        with Session(engine) as session, session.begin():
            tiles.fold_case_counts(session)
    engine.dispose()
    assert assert_equal_cells(boss.person, tile_over(place, 10)) == before
    assert rows("select 1 from tile_case_count where not is_folded") == []
    key = "x, y, scope_path, profile_version_id, category"
    assert rows(f"select 1 from tile_case_count group by {key} having count(*) > 1 or sum(n) = 0") == []
    assert rows(DIFFERENCES) == []


def test_kept_numbers_equal_cases_in_every_snapshot(city, report, settings):
    """Writers, a job that folds, and recounts at once; each look compares cases and numbers in one snapshot."""
    place = city.in_grid("g1")
    worker = city.worker("g1")
    ids = [UUID(report(worker, place)["id"]) for _ in range(6)]
    draw = dice("snapshots")

    def write(session: Session, number: int) -> None:
        values = {"id": ids[number], "lon": place["lon"] + draw.random() / 10, "lat": place["lat"]}
        session.execute(text(MOVE), values)
        time.sleep(draw.choice([0, 0.01, 0.03]))  # pause: written, and not yet committed

    def fold(session: Session, _: int) -> None:
        session.execute(text(FOLD_COUNTS))

    def recount(session: Session, _: int) -> None:
        assert session.scalar(text("select recount_tile_cases()")) == 0

    def look(session: Session, _: int) -> None:
        assert session.execute(text(DIFFERENCES)).all() == []

    engine = db.make_engine(settings.database_url, role=None, pool_size=12, statement_timeout_ms=10_000)
    acts = [("write", write)] * 6 + [("fold", fold), ("recount", recount), ("look", look), ("look", look)]
    tally, broken = run_at_once(engine, acts)
    engine.dispose()
    assert broken == []
    assert min(tally.values()) >= 10, tally


def test_layer_without_kept_numbers_is_counted_at_every_zoom(city, gis, report, monkeypatch):
    """The same bytes but for the rounding of means: one case stands where it stands."""
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    paths = [path_of(tile_over(place, z), "incidents") for z in (3, 10)]
    from_numbers = [gis.get(path) for path in paths]
    monkeypatch.setitem(LAYERS, "incidents", replace(LAYERS["incidents"], counts_up_to=-1))
    from_cases = [gis.get(path) for path in paths]
    assert [len(answer.data) for answer in from_numbers] == [len(answer.data) for answer in from_cases]
    assert [a.headers["ETag"] for a in from_numbers] != [a.headers["ETag"] for a in from_cases]


def test_tile_is_made_once_for_requests_at_the_same_time(app, city, report, monkeypatch):
    """The second request waits for the first one, and asks again for the version before it takes that tile."""
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    people = city.person(Role.GIS)
    path = path_of(tile_over(place, 10), "incidents")
    made, entered, go_on = [], threading.Event(), threading.Event()
    make = tiles._made

    def slow(plan: Any) -> tuple[str, bytes]:
        made.append(plan)
        result = make(plan)
        entered.set()
        assert go_on.wait(10)
        return result

    monkeypatch.setattr(tiles, "_made", slow)
    monkeypatch.setattr(app.extensions["tile_cache"], "turn_seconds", 60.0)
    bearer = people.bearer()
    answers = []

    def ask() -> None:
        answers.append(app.test_client().get(f"/ogc{path}", headers=bearer))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    assert entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    cache = app.extensions["tile_cache"]
    give_up = time.monotonic() + 10
    while sum(turn[1] for turn in cache._turns.values()) < 3:
        assert time.monotonic() < give_up
        time.sleep(0.01)  # pause: until both wait
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len({answer.data for answer in answers}) == 1 and answers[0].data
    assert cache._turns == {}


def test_request_that_waited_shows_write_acknowledged_before_it(app, city, report, monkeypatch):
    """The first request reads before the write; the second one comes after it and waits for the first."""
    place = city.in_grid("g1")
    worker = city.worker("g1")
    report(worker, place)
    person = city.person(Role.GIS)
    path = path_of(tile_over(place, 10), "incidents")
    entered, go_on = threading.Event(), threading.Event()
    make = tiles._made

    def slow(plan: Any) -> tuple[str, bytes]:
        result = make(plan)
        if not entered.is_set():
            entered.set()
            assert go_on.wait(10)
        return result

    monkeypatch.setattr(tiles, "_made", slow)
    monkeypatch.setattr(app.extensions["tile_cache"], "turn_seconds", 60.0)
    bearer = person.bearer()
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        answers[number] = app.test_client().get(f"/ogc{path}", headers=bearer)

    first, second = (threading.Thread(target=ask, args=(number,)) for number in (1, 2))
    first.start()
    assert entered.wait(10)
    report(worker, place)
    second.start()
    cache = app.extensions["tile_cache"]
    give_up = time.monotonic() + 10
    while sum(turn[1] for turn in cache._turns.values()) < 2:
        assert time.monotonic() < give_up
        time.sleep(0.01)  # pause: until the second one waits
    go_on.set()
    first.join()
    second.join()
    assert answers[1].headers["ETag"] != answers[2].headers["ETag"]
    assert answers[1].data != answers[2].data
    assert answers[2].headers["ETag"] == app.test_client().get(f"/ogc{path}", headers=bearer).headers["ETag"]


def test_tile_with_all_layers_reads_versions_in_one_statement(city, boss, report, put, house, query_recorder):
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    put(place)
    house(place)
    path = path_of(tile_over(place, 16))
    first = boss.get(path)
    with query_recorder() as statements:
        again = boss.get(path)
        unchanged = boss.get(path, {"If-None-Match": first.headers["ETag"]})
    assert (again.data, unchanged.status_code) == (first.data, 304)
    assert len(statements) == 2, "\n\n".join(statements)  # who calls beside the versions, twice


def test_new_tile_of_one_layer_takes_one_statement(city, gis, put, query_recorder):
    place = city.in_grid("g1")
    put(place)
    gis.get("/collections")
    with query_recorder() as statements:
        assert gis.get(path_of(tile_over(place, 18), "components")).status_code == 200
    assert len(statements) == 1, "\n\n".join(statements)  # who calls beside the tile with its version


def test_readers_of_other_areas_get_other_sums(city, report):
    report(city.worker("g1"), city.in_grid("g1"))
    tile = tile_over(city.in_grid("g1"), 10)
    near, away = Map(city.person(Role.GIS, area="g1")), Map(city.person(Role.GIS, area="g4"))
    assert near.get(path_of(tile, "incidents")).status_code == 200
    assert away.get(path_of(tile, "incidents")).status_code == 204
