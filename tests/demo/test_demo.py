"""The demo city, loaded into a database of its own by `gridward demo load`: the recorded days, and the days since."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import psycopg

from app.demo.divisions import GUDANG, district
from app.demo.followers import supports
from app.demo.homes import flats
from app.demo.people import City
from app.demo.reports import Reporting
from app.demo.roster import Roster
from app.demo.rules import demo_rules
from app.demo.things import PER_GRID
from app.incidents.cases.rules.lifecycle import replay
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile
from app.signals.rules.signals import KINDS
from tests.demo.conftest import gridward, succeed
from tests.nonempty import nonempty

LEAST_CASES = 1_900
SIGN_INS = {"demo-admin", "demo-supervisor", "demo-worker", "demo-worker-2", "demo-gis", "demo-handler"}


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
    assert counts == (40 * PER_GRID, 40, 0)
    linked = ask("""
      select i.component_link, count(*), bool_and(i.category = c.category),
             bool_and(i.owner_unit_id = coalesce(c.owning_unit_id, c.managing_unit_id))
      from incident i join component c on c.id = i.component_id group by i.component_link
    """)
    assert [(link, same, owned) for link, _, same, owned in linked] == [("nearest", True, True)]
    assert linked[0][1] >= LEAST_CASES // 50


def test_demo_residents_have_care_tags_and_visits(ask):
    ((residents, names),) = ask("select count(*), count(distinct name) from resident")
    assert residents > 400 and names > 200
    assert ask("select count(*) from care_tag") == [(120,)]
    ((visits,),) = ask("select count(*) from visit")
    assert visits > 1_500
    assert ask("""select count(*) from visit v join household h on h.id = v.household_id
                  join responsibility r on r.area_id = h.grid_id and r.worker_id = v.visited_by""") == [
        (visits,)
    ]


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
    assert len(cases) > LEAST_CASES
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
    # Residents may support a case that a camera reported.
    stages = ask("""
      select case when bool_or(r.source = 'video') then 'video' else min(r.source) end, bool_or(d.stage = 'verify')
      from report r join deadline d on d.incident_id = r.incident_id group by r.incident_id""")
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
    assert set(kinds) == {"before", "after"} and min(kinds.values()) > 100
    ((pictured, recent),) = ask("""
      select count(*) filter (where exists (select from media m where m.incident_id = i.id)), count(*) from incident i
      where reported_at > clock_timestamp() - interval '14 days' and i.about_kind is null""")
    assert pictured > 0.7 * recent > 100
    assert ask("select count(*) from media where state <> 'ready' or incident_id is null") == [(0,)]
    ((looks,),) = ask("select count(*) from signal_run")
    assert looks > 0


def test_demo_has_a_signal_of_every_kind(ask):
    kinds = {kind for (kind,) in ask("select distinct kind from signal where ended_at is null")}
    assert kinds == set(KINDS)


def test_demo_past_is_recorded_when_it_happened(ask):
    assert ask("""
      select count(*) from incident_event where recorded_at > occurred_at + interval '1 minute'
    """) == [(0,)]
    ((first, last),) = ask("select min(recorded_at), max(recorded_at) from incident_history")
    assert timedelta(days=90) < last - first < timedelta(days=105)
    assert timedelta(0) <= datetime.now(UTC) - last < timedelta(hours=3)


def test_demo_recorded_days_keep_their_hours_and_weekdays(ask):
    hours = Counter(
        hour
        for (hour,) in ask(
            "select extract(hour from lower(during) at time zone 'Asia/Shanghai')::int from duty"
        )
    )
    assert hours.most_common(1)[0][0] == 8 and hours[8] > 0.9 * hours.total()
    days = Counter(
        day
        for (day,) in ask(
            "select extract(isodow from reported_at at time zone 'Asia/Shanghai')::int from incident"
        )
    )
    assert max(days[6], days[7]) < min(days[day] for day in range(1, 6))
    numbers = ask("""
      select case_no, to_char(reported_at at time zone 'Asia/Shanghai', 'YYMMDD') from incident where case_no is not null
    """)
    assert all(number.startswith(day) for number, day in nonempty(numbers))


def test_demo_has_roster_patrols_calls_and_a_flood(ask):
    ((planned, ahead),) = ask("""
      select count(*), count(*) filter (where lower(during) > clock_timestamp() + interval '2 days') from shift""")
    assert planned > 3_000 and ahead > 100
    ((tracks, metres),) = ask("select count(*), avg(length_m) from duty_track")
    assert tracks > 2_000 and 500 < metres < 20_000
    assert ask("""select count(*) from duty_track where abs(ST_M(ST_StartPoint(geom)) - extract(epoch from since)) > 7200
    """) == [(0,)]
    assert ask("select count(*) from sos where closed_at is not null") == [(1,)]
    ((flood,),) = ask("""
      select max(n) from (select count(*) n from incident where category in ('E0405', 'E0404', '0401', 'E0406')
        group by date_trunc('day', reported_at at time zone 'Asia/Shanghai')) d""")
    assert flood > 30


def test_demo_database_keeps_its_invariants(loaded):
    done = gridward(loaded, "check", "--json")
    broken = [row for row in map(json.loads, done.stdout.splitlines()) if row["count"]]
    assert done.returncode == 0, broken


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
    again = gridward(loaded, "demo", "load")
    assert again.returncode == 0, again.stderr
    assert ask(count) == before


def test_demo_load_starts_new_duty_on_another_day(loaded, ask):
    with psycopg.connect(loaded) as connection:
        connection.execute("delete from duty_track")
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
    # Later tests sign in with the usual one.
    succeed(loaded, "demo", "load")


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


def test_demo_city_is_deterministic_for_seed():
    made, again = City(), City()
    assert made.people == again.people
    assert made.shapes == again.shapes
    assert next(flats(made)) == next(flats(again))


def test_demo_residents_are_the_same_for_the_same_seed():
    plans = []
    for city in (City(), City()):
        origin = date(2026, 1, 5)
        roster = Roster(city, date(2025, 12, 15), datetime(2026, 1, 4, 16, tzinfo=UTC), origin=origin)
        profile = parse_profile(demo_rules(packaged_profile("xihu")))
        reports = [r for r in Reporting(city, roster, profile, 24.0).ordinary() if r.channel]
        plans.append([(r, list(supports(city, r.id, r.at, is_of_resident=True))) for r in reports])
    assert plans[0] == plans[1]
    assert {report.channel for report, _ in plans[0]} == {"page", "open311"}
    assert any(supporters for _, supporters in plans[0])


def test_demo_roster_has_workers_on_duty_by_day_and_current_staff_at_end():
    city = City()
    until = datetime(2026, 1, 8, 20, tzinfo=UTC)  # four in the morning there
    roster = Roster(city, date(2026, 1, 5), until, origin=date(2026, 1, 5))
    worker = city.named("demo-worker").id
    assert roster.is_on_duty(worker, datetime(2026, 1, 6, 2, tzinfo=UTC))
    assert not roster.is_on_duty(worker, datetime(2026, 1, 6, 12, tzinfo=UTC))
    assert sum(roster.is_on_duty(p.id, until) for p in city.workers) == 45
    # A day looks the same in each year.
    later = Roster(city, date(2027, 1, 4), until + timedelta(days=364), origin=date(2027, 1, 4))
    assert roster.on_day(date(2026, 1, 6)) == later.on_day(date(2027, 1, 5))
