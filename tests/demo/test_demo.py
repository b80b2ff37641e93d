"""The demo city, loaded small into a database of its own by `gridward demo load`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from app.demo.divisions import GUDANG, district
from app.demo.people import City, flats
from app.demo.roster import Roster
from app.demo.rules import demo_rules
from app.demo.scenes import scene
from app.demo.shapes import area_km2, tile
from app.incidents.cases.rules.lifecycle import replay
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile

CASES, DAYS = 60, 3
PHOTOS = Path(tempfile.gettempdir()) / f"gridward_demo_{os.getpid()}"
SIGN_INS = {"demo-admin", "demo-supervisor", "demo-worker", "demo-worker-2", "demo-gis", "demo-handler"}


def gridward(url: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command; the pool and roles of this process stay as they are."""
    command = [sys.executable, "-c", "from app.cli import main; main()", *args]
    values = {**os.environ, "DATABASE_URL": url, "GRIDWARD_DEMO": "1", "MEDIA_STORE": PHOTOS.as_uri(), **env}
    return subprocess.run(command, env=values, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def loaded() -> Iterator[str]:
    """The address of a database with a small demo in it; dropped afterwards."""
    server = make_url(os.environ["GRIDWARD_TEST_DATABASE_URL"]).set(drivername="postgresql")
    name = f"{server.database}_demo_{os.getpid()}"
    there = server.render_as_string(hide_password=False)
    url = server.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    try:
        for args in (("db", "upgrade"), ("demo", "load", "--cases", str(CASES), "--days", str(DAYS))):
            done = gridward(url, *args)
            assert done.returncode == 0, done.stderr
        yield url
    finally:
        with psycopg.connect(there, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        shutil.rmtree(PHOTOS, ignore_errors=True)


@pytest.fixture
def ask(loaded):
    def answer(query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(loaded) as connection:
            return connection.execute(query, values).fetchall()

    return answer


def test_demo_area_codes_are_official_and_grids_are_numbered_by_community(ask):
    codes = {level: [] for level in ("district", "street", "community", "grid")}
    for level, code, parent in ask(
        "select v.level, v.code, p.code from area_version v left join area_version p on p.area_id = v.parent_id"
    ):
        codes[level].append(code)
        assert code.startswith(parent or "")
    assert {level: len(values) for level, values in codes.items()} == {
        "district": 1,
        "street": 12,
        "community": 222,
        "grid": 40,
    }
    numbers = defaultdict(list)
    for code in codes["grid"]:
        assert re.fullmatch(rf"{GUDANG}\d{{6}}", code)
        numbers[code[:12]].append(int(code[12:]))
    assert set(numbers) == {community.code for community in district().gudang.communities}
    assert all(sorted(values) == list(range(1, len(values) + 1)) for values in numbers.values())


def test_demo_grids_have_300_to_500_generated_households_each(ask):
    counts = ask("select grid_id, count(*), bool_and(is_generated) from household group by grid_id")
    assert len(counts) == 40
    assert sum(count for _, count, _ in counts) == 16_000
    assert all(grid and 300 <= count <= 500 and generated for grid, count, generated in counts)


def test_demo_components_are_in_every_grid_and_linked_to_reports(ask):
    (counts,) = ask(
        "select count(*), count(distinct grid_id), count(*) filter (where grid_id is null) from component"
    )
    assert counts == (560, 40, 0)
    linked = ask("""
      select i.component_link, count(*), bool_and(i.category = c.category),
             bool_and(i.owner_unit_id = coalesce(c.owning_unit_id, c.managing_unit_id))
      from incident i join component c on c.id = i.component_id group by i.component_link
    """)
    assert [(link, same, owned) for link, _, same, owned in linked] == [("nearest", True, True)]
    assert linked[0][1] >= CASES // 50


def test_demo_residents_have_care_tags_and_visits(ask):
    ((residents, names),) = ask("select count(*), count(distinct name) from resident")
    assert residents > 160 and names > 60
    assert ask("select count(*) from care_tag") == ask("select count(*) from visit") == [(80,)]
    assert ask("""select count(*) from visit v join household h on h.id = v.household_id
                  join responsibility r on r.area_id = h.grid_id and r.worker_id = v.visited_by""") == [(80,)]


def test_demo_accounts_exist_and_45_workers_are_on_duty_with_position(ask):
    assert {name for (name,) in ask("select username from account where username like 'demo-%%'")} == SIGN_INS
    assert ask("select count(*) from worker") == [(60,)]
    on_duty = ask("""
      select a.username, p.at > clock_timestamp() - interval '10 minutes'
      from duty d join account a on a.id = d.worker_id left join worker_position p on p.worker_id = d.worker_id
      where upper_inf(d.during)
    """)
    assert len(on_duty) == 45
    assert {"demo-worker", "demo-worker-2"} <= {name for name, _ in on_duty}
    assert all(is_fresh for _, is_fresh in on_duty)


def test_demo_workers_have_day_plans(ask):
    plans = ask("""
      select a.username, p.solver, jsonb_array_length(p.stops) + jsonb_array_length(p.left_out) things
      from day_plan p join account a on a.id = p.worker_id where p.deleted_at is null order by 1
    """)
    worker_plans = [
        (name, solver, things) for name, solver, things in plans if name.startswith("demo-worker")
    ]
    assert [name for name, _, _ in worker_plans] == ["demo-worker", "demo-worker-2"]
    assert all(things > 0 and solver in ("vroom", "nearest") for _, solver, things in worker_plans), (
        worker_plans
    )


def test_demo_cases_have_replayable_history_dispatch_run_and_deadline(ask):
    cases = ask("select id, status from incident")
    events = defaultdict(list)
    for case, *event in ask(
        "select incident_id, action, from_status, to_status from incident_event order by seq"
    ):
        events[case].append(tuple(event))
    assert len(cases) == CASES
    assert all(replay(events[case]) == status for case, status in cases)
    explained = {case for (case,) in ask("select distinct incident_id from dispatch_run")}
    limited = {case for (case,) in ask("select distinct incident_id from deadline")}
    assert explained == limited == {case for case, _ in cases}


def test_demo_case_history_is_in_chronological_order(ask):
    assert ask("""
      select count(*) from (
        select occurred_at < lag(occurred_at) over (partition by incident_id order by seq) is_back
        from incident_event) e where is_back
    """) == [(0,)]


def test_demo_contains_cases_of_every_lasting_state(ask):
    counts = Counter(dict(ask("select status, count(*) from incident group by status")))
    open_ones = {"filed", "dispatched", "accepted", "handling", "checking", "returned", "deferred", "rework"}
    assert open_ones | {"verifying", "closed"} <= set(counts)


def test_demo_camera_reports_are_verified_and_refused_categories_are_not_dispatched(ask):
    stages = ask("""
      select r.source, bool_or(d.stage = 'verify') from report r join deadline d on d.incident_id = r.incident_id
      group by r.incident_id, r.source""")
    assert ("video", True) in stages
    assert {source for source, is_verified in stages if is_verified} == {"video"}
    rules = parse_profile(demo_rules(packaged_profile("xihu"))).lifecycle
    assert not rules.admits("E0103") and rules.admits("E0102") and rules.verify.sources == {"video"}
    assert (
        ask("""select count(*) from dispatch_run r join incident i on i.id = r.incident_id
                  where i.category = 'E0103' and r.role = 'handle' and r.outcome in ('offered', 'broadcast')""")
        == [(0,)]
    )


def test_demo_contains_before_and_after_photos_and_signal_runs(ask):
    kinds = dict(
        ask(
            "select kind, count(*) from media where state = 'ready' and incident_id is not null group by kind"
        )
    )
    assert set(kinds) == {"before", "after"} and min(kinds.values()) >= 2
    assert ask("select count(*) from media where state <> 'ready' or incident_id is null") == [(0,)]
    ((looks,),) = ask("select count(*) from signal_run")
    assert looks > 0


def test_demo_scene_before_and_after_differ_only_on_ground():
    from io import BytesIO

    from PIL import Image, ImageChops

    for category in ("E0102", "E0504", "0206", "E0404", "E0601"):
        before, after = (
            Image.open(BytesIO(scene(category, Random(7), is_after=is_after))) for is_after in (False, True)
        )
        assert before.size == after.size == (640, 480)
        # The same place: what lies above the ground is as it was.
        rows = [
            ImageChops.difference(*(p.crop(part) for p in (before, after))).getextrema()
            for part in ((0, 0, 640, 200), (0, 240, 640, 480))
        ]
        assert max(high for _, high in rows[0]) < 40 < max(high for _, high in rows[1])


def test_demo_worker_load_equals_live_assignments(ask):
    assert ask("""
      select count(*) from worker_load l where open_work <> (
        select count(*) from assignment a where a.worker_id = l.worker_id and a.state in ('offered', 'accepted'))
    """) == [(0,)]


def test_demo_leaves_no_overdue_jobs(ask):
    assert ask("""
      select count(*) from jobs.procrastinate_jobs
      where status = 'todo' and scheduled_at < clock_timestamp() - interval '10 minutes'
    """) == [(0,)]


def test_demo_load_changes_nothing_when_repeated(loaded, ask):
    tables = (
        "area_version",
        "account",
        "household",
        "component",
        "incident",
        "incident_event",
        "duty",
        "assignment",
        "unit",
    )
    count = "select " + ", ".join(f"(select count(*) from {table})" for table in tables)
    before = ask(count)
    again = gridward(loaded, "demo", "load", "--cases", "5")
    assert again.returncode == 0, again.stderr
    assert ask(count) == before


def test_demo_load_starts_new_duty_on_another_day(loaded, ask):
    with psycopg.connect(loaded) as connection:
        connection.execute("delete from duty where not upper_inf(during)")
        connection.execute("""
          update duty set during = tstzrange(clock_timestamp() - interval '30 hours', null)
          where upper_inf(during)
        """)
        connection.execute("delete from worker_position")
    again = gridward(loaded, "demo", "load")
    assert again.returncode == 0, again.stderr
    assert ask("""
      select count(*) from duty d join worker_position p using (worker_id)
      where upper_inf(d.during) and lower(d.during) > clock_timestamp() - interval '10 minutes'
    """) == [(45,)]
    assert ask("""
      select count(*) from duty where upper(during) - lower(during) = interval '10 hours'
    """) == [(45,)]


def test_demo_load_sets_passwords_to_current_setting(loaded, ask):
    hashes = "select username, password_hash from account"
    before = dict(ask(hashes))
    again = gridward(loaded, "demo", "load", GRIDWARD_DEMO_PASSWORD="another password")
    assert again.returncode == 0, again.stderr
    after = dict(ask(hashes))
    assert {name for name in after if after[name] != before[name]} == SIGN_INS


def test_demo_load_resumes_when_interrupted(loaded, ask):
    before = ask("select count(*) from incident")
    with psycopg.connect(loaded) as connection:
        connection.execute("update applied_op set result = result - 'finished_at' where principal = 'demo'")
    again = gridward(loaded, "demo", "load")
    assert again.returncode == 0, again.stderr
    assert "go on from where they ended" in again.stderr
    assert ask("select count(*) from incident") == before
    assert ask("select result ? 'finished_at' from applied_op where principal = 'demo'") == [(True,)]


def test_demo_load_is_refused_outside_demo_mode(loaded):
    refused = gridward(loaded, "demo", "load", GRIDWARD_DEMO="0")
    assert refused.returncode == 1
    assert "GRIDWARD_DEMO=1" in refused.stderr


def test_demo_shapes_tile_each_level_without_gaps_or_overlaps():
    shapes = tile(district(), 2026)
    children = defaultdict(list)
    for shape in shapes:
        assert shape.polygon.is_valid
        children[shape.parent_code].append(shape)
    by_code = {shape.code: shape.polygon for shape in shapes}
    for parent, parts in children.items():
        if parent is not None:
            whole = by_code[parent]
            assert abs(sum(part.polygon.area for part in parts) - whole.area) < 1e-12
            assert all(whole.covers(part.polygon.representative_point()) for part in parts)
    assert 4.5 < area_km2(by_code[GUDANG]) < 4.8


def test_demo_city_is_deterministic_for_seed():
    began = datetime(2026, 1, 1, tzinfo=UTC)
    first, other = City(began), City(began)
    assert first.people == other.people
    assert first.shapes == other.shapes
    assert next(flats(first)) == next(flats(other))


def test_demo_roster_has_workers_on_duty_by_day_and_current_staff_at_end():
    began = datetime(2026, 1, 1, tzinfo=UTC)
    city = City(began)
    until = datetime(2026, 1, 5, 20, tzinfo=UTC)  # four in the morning there
    roster = Roster(city, date(2026, 1, 1), until)
    worker = city.named("demo-worker").id
    assert roster.is_on_duty(worker, datetime(2026, 1, 2, 2, tzinfo=UTC))
    assert not roster.is_on_duty(worker, datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert sum(roster.is_on_duty(p.id, until) for p in city.workers) == 45
