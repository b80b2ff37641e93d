"""Row budget: how many rows each hot statement reads, independent of other rows in its tables.

A bound here is a number of rows, counted by PostgreSQL in the transaction that runs the very statement of a request (in
functions, too), planned for no particular values as the server plans it. Timings are in bench/.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from app.core import clock
from app.core.ids import uuid7
from tests.endpoints import World
from tests.live.databases import plain
from tests.statements import recorded_with_binds

OTHERS = 20_000
_READ = "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"

# Attempts and offers of other people and units: ended ones, held ones, open ones, and queues.
OTHER_ATTEMPTS = f"""
  insert into assignment (id, incident_id, role, worker_id, account_id, unit_id, state, reason, created_at, version)
  select gen_random_uuid(), gen_random_uuid(), 'handle', case when n % 5 < 3 then gen_random_uuid() end,
         case when n % 5 < 2 then gen_random_uuid() end, case when n % 5 = 4 then gen_random_uuid() end,
         (array['done', 'accepted', 'offered', 'open', 'queued'])[n % 5 + 1], 'of others', now(), 1
  from generate_series(0, {OTHERS}) n;
  insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at, version)
  select gen_random_uuid(), a.id, a.incident_id, coalesce(a.worker_id, gen_random_uuid()), 1, 'grid',
         case when a.state in ('offered', 'open') then 'offered' else 'accepted' end, now(), now(), 1
  from assignment a where a.reason = 'of others';
  analyze assignment; analyze offer
"""
OTHERS_ON_DUTY = f"""
  insert into duty (id, worker_id, during, version)
  select gen_random_uuid(), gen_random_uuid(), tstzrange(now() - interval '1 hour', null), 1
  from generate_series(1, {OTHERS}) n;
  analyze duty
"""

# What one worker did before: changes of their own, and attempts that ended. The offer of the test is not delivered yet. The
# changes are those of many transactions, as in a real log. If one had made them all, the planner would expect them all of
# each transaction that was running, and would read the whole log at some of its sizes.
_EARLIER = "3 + n % (cast(cast(pg_current_xact_id() as text) as bigint) / 2)"
CHANGES_OF_WORKER = f"""
  insert into change_log (xid, bucket, entity, row_id, op)
  select cast(cast({_EARLIER} as text) as xid8),
         'worker:' || '{{worker}}', (array['duty', 'assignment', 'offer'])[n % 3 + 1], gen_random_uuid(), 'P'
  from generate_series(1, {OTHERS}) n;
  delete from offer_delivery;
  analyze change_log
"""
# So many open offers that the planner would rather read the changes of the worker once than look for each offer.
OPEN_OFFERS_OF_WORKER = """
  insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at, version)
  select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{worker}', 1, 1, 'offered', now(), now(), 1
  from generate_series(1, 1000) n;
  analyze offer
"""
ENDED_ATTEMPTS_OF_WORKER = f"""
  insert into assignment (id, incident_id, role, worker_id, account_id, state, reason, created_at, version)
  select gen_random_uuid(), gen_random_uuid(), 'handle', '{{worker}}', '{{worker}}',
         (array['done', 'withdrawn', 'failed'])[n % 3 + 1], 'ended', now(), 1
  from generate_series(1, {OTHERS // 10}) n;
  {OTHER_ATTEMPTS}
"""

# Another city, whose codes and ids come before those of the first.
OTHER_CITY = """
  insert into area_version (id, area_id, jurisdiction_id, level, code, name, geom, path, valid)
  select gen_random_uuid(), cast(lpad(to_hex(n), 32, '0') as uuid), '00000000-0000-4000-8000-000000000000', 'grid',
         '!' || n, '{}', ST_Multi(ST_MakeEnvelope(n * 1e-4, 80, (n + 1) * 1e-4, 80.0001, 4326)),
         cast('x' || n as ltree), tstzrange(now(), null)
  from generate_series(1, 5000) n;
  analyze area_version
"""

# A quarter of them reports, whose case is in the result; the others under ids and under addresses.
OTHER_OPERATIONS = f"""
  insert into applied_op (principal, key, route, digest, result, applied_at)
  select 'others', case when n % 4 = 1 then 'POST /incidents/' || gen_random_uuid() || '/notes ' || n
                        else cast(gen_random_uuid() as text) end,
         case when n % 4 = 0 then 'incidents' else 'household' end, '',
         jsonb_build_object('incident_id', gen_random_uuid()), now()
  from generate_series(1, {OTHERS}) n;
  analyze applied_op
"""


# Cases of the same city that ended, each with its deadline.
ENDED_CASES = f"""
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, category, status, priority, location,
                        reported_at, updated_at, due_at, version)
  select gen_random_uuid(), 'ended ' || n, '{{city}}', gen_random_uuid(), 'E0102', 'closed', 3,
         ST_SetSRID(ST_MakePoint(0, 80), 4326), now(), now(), now(), 1
  from generate_series(1, {OTHERS}) n;
  insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, spent,
                        stopped_at, outcome, version)
  select gen_random_uuid(), id, 'handle', 'standard', 'work_day', 1, gen_random_uuid(), now(), now(), interval '0', now(),
         'met', 1 from incident where case_no like 'ended %';
  analyze incident; analyze deadline
"""

# Cases that a person reported elsewhere and that ended, and open ones that others reported there.
ELSEWHERE = f"""
  insert into incident (id, case_no, profile_version_id, category, status, priority, location, scope_path,
                        reported_by, reported_at, updated_at, version)
  select gen_random_uuid(), 'elsewhere ' || n, gen_random_uuid(), 'E0102',
         (array['closed', 'accepted'])[n % 2 + 1], 3, ST_SetSRID(ST_MakePoint(0, 80), 4326), 'd.s',
         case when n % 2 = 0 then cast('{{person}}' as uuid) else gen_random_uuid() end, now(), now(), 1
  from generate_series(1, {OTHERS}) n;
  analyze incident
"""

# Homes of another street, at addresses that are searched for.
OTHER_HOMES = f"""
  insert into premises (id, jurisdiction_id, scope_path, kind, address, location, created_at, version)
  select gen_random_uuid(), (select id from jurisdiction limit 1), 'd.s', 'dwelling', '幸福路543号3单元',
         ST_SetSRID(ST_MakePoint(0, 80), 4326), now(), 1
  from generate_series(1, {OTHERS}) n;
  analyze premises
"""

# What the job does, for the changes of all tests before.
COUNTED_CASES = """
  select fold_open_case_changes(now(), 1000000);
  select recount_open_cases();
  analyze open_case; analyze open_case_change; analyze open_case_count
"""
# Open cases of another street, with attempts and exceeded deadlines.
OTHER_OPEN_CASES = f"""
  create temp table others on commit drop as select gen_random_uuid() id from generate_series(1, {OTHERS});
  insert into open_case (id, scope_path, status, is_urgent, is_waiting, is_supervised, is_extension_asked,
                         reported_at, is_escalated)
  select id, 'd.s', 'accepted', false, false, false, false, now(), true from others;
  insert into assignment (id, incident_id, role, state, reason, created_at, version)
  select gen_random_uuid(), id, 'handle', 'accepted', 'of others', now(), 1 from others;
  insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, spent,
                        warned_at, escalated, version)
  select gen_random_uuid(), id, 'stop', 'standard', 'work_day', 1, gen_random_uuid(), now(), now(), interval '0',
         now(), 1, 1 from others;
  {COUNTED_CASES};
  analyze assignment; analyze deadline
"""

# Open cases of a reader's own area, half of them late, and their numbers.
OWN_OPEN_CASES = f"""
  insert into open_case (id, scope_path, status, is_urgent, is_waiting, is_supervised, is_extension_asked,
                         reported_at, due_at, is_escalated)
  select gen_random_uuid(), (select path from area_version where area_id = '{{area}}' and upper_inf(valid)), 'accepted',
         false, false, false, false, now(), now() + (n - {OTHERS // 2}) * interval '1 minute', false
  from generate_series(1, {OTHERS}) n;
  {COUNTED_CASES}
"""


@pytest.fixture
def world(app, settings) -> World:
    return World(app, settings)


@pytest.fixture
def owner(settings) -> Iterator[Any]:
    with psycopg.connect(plain(settings.database_url)) as connection:
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute(
            "set max_parallel_workers_per_gather = 0"
        )  # what they read is counted in their own books
        connection.execute("set search_path = public, jobs")
        yield connection
        connection.rollback()


def rows_read(owner: Any, others: str, statement: str, binds: Any) -> int:
    """How many rows of tables a statement reads beside so many others; all of it is taken back."""
    owner.execute("set local session_replication_role = replica")
    for part in others.split(";"):
        owner.execute(part)
    before = owner.execute(_READ).fetchone()[0]
    owner.execute(statement, binds, prepare=True)
    return int(owner.execute(_READ).fetchone()[0] - before)


def _offered(world: World) -> tuple[Any, str]:
    world.offered_assignment(world.home, "worker", True)
    return world.person("worker", world.home), "/assignments"


def _queued(world: World) -> tuple[Any, str]:
    reporter = world.home.worker("g3", on_duty=False)
    body = {"category": "0101", "description": "坑", **world.home.in_grid("g1")}
    assert reporter.post("/incidents", body).status_code == 201
    return world.home.handler("roads"), "/assignments?limit=50"


def _path(owner: Any, world: World) -> str:
    """Return the path of the grid g1 of the city."""
    query = "select path::text from area_version where area_id = %s and upper_inf(valid)"
    return str(owner.execute(query, [world.home.areas["g1"]]).fetchone()[0])


def _nothing(world: World) -> tuple[Any, str]:
    return world.home.worker("g2"), "/assignments"


MINE: dict[str, tuple[Callable[[World], tuple[Any, str]], int]] = {
    "a worker who is asked": (_offered, 1),
    "a member of a unit with a queue": (_queued, 1),
    "a worker who has nothing": (_nothing, 0),
}


@pytest.mark.parametrize("who", MINE)
def test_assignment_list_reads_no_attempts_of_others(world, owner, who):
    build, count = MINE[who]
    person, path = build(world)
    with recorded_with_binds("'incident'") as statements:
        answer = person.get(path)
    assert len(answer.json["items"]) >= count
    (statement, binds) = statements[-1]
    read = rows_read(owner, OTHER_ATTEMPTS, statement, binds)
    print(who, read)
    assert read < 400


def test_assignment_list_reads_no_ended_attempts_of_the_worker(world, owner):
    person, path = _offered(world)
    with recorded_with_binds("'incident'") as statements:
        answer = person.get(path)
    assert answer.json["items"]
    (statement, binds) = statements[-1]
    read = rows_read(owner, ENDED_ATTEMPTS_OF_WORKER.format(worker=person.id), statement, binds)
    print("ended attempts", read)
    assert read < 400


def test_pull_reads_no_earlier_changes_of_the_worker(world, owner):
    world.offered_assignment(world.home, "worker", True)
    worker = world.person("worker", world.home)
    token = worker.get("/sync?limit=2000").json["token"]
    with recorded_with_binds("offer_delivery") as statements:
        answer = worker.get(f"/sync?token={token}")
    assert answer.status_code == 200, answer.json
    (statement, binds) = next(sent for sent in statements if "sync_epoch" in sent[0])
    others = f"{CHANGES_OF_WORKER};{OPEN_OFFERS_OF_WORKER}".format(worker=worker.id)
    read = rows_read(owner, others, statement, binds)
    print("pull", read)
    assert read < OTHERS / 10  # the tables of this test database that are small are read whole


def test_report_reads_no_other_workers_on_duty(world, owner):
    reporter = world.home.worker("g3", on_duty=False)
    body = {"category": "E0102", "description": "垃圾", **world.home.in_grid("g1")}
    with recorded_with_binds("insert into dispatch_run") as statements:
        case = reporter.post("/incidents", body).json
    assert case["status"] == "dispatched"
    (statement, binds) = statements[-1]
    (row,) = json.loads(binds["rows"])
    new_ids = {name: str(uuid7()) for name in ("run_id", "offer_id", "assignment_id", "incident_id")}
    again = binds | {"rows": json.dumps([row | {name: id for name, id in new_ids.items() if name in row}])}
    read = rows_read(owner, OTHERS_ON_DUTY, statement, again)
    print("placing", read)
    assert read < OTHERS / 10  # the tables of this test database that are small are read whole


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        ("/api/v1/areas?limit=10", "FROM area_version"),
        ("/ogc/collections/grids/items?limit=10", "from area_version v"),
    ],
)
def test_area_page_reads_no_areas_of_other_cities(world, owner, path, marker):
    person = world.home.supervisor()
    with recorded_with_binds(marker) as statements:
        answer = person.client.get(path, headers=person.bearer())
    assert answer.status_code == 200
    (statement, binds) = statements[-1]
    read = rows_read(owner, OTHER_CITY, statement, binds)
    print(path, read)
    assert read < 400


def test_erasure_reads_no_operations_of_others(world, owner):
    boss, place = world.home.supervisor(), world.home.in_grid("g1")
    body = {
        "category": "E0102",
        "description": "垃圾",
        "reporter": {"name": "李某", "phone": "13800001234"},
        **place,
    }
    case = world.home.worker("g3", on_duty=False).post("/incidents", body).json
    with recorded_with_binds("update applied_op") as statements:
        answer = boss.post(f"/incidents/{case['id']}/reporter/erase", {"reason": "本人书面要求删除"})
    assert answer.status_code == 204, answer.json
    (statement, binds) = statements[-1]
    read = rows_read(owner, OTHER_OPERATIONS, statement, binds)
    print("erasure", read)
    assert read < 400


@pytest.mark.parametrize("path", ["/premises", "/households"])
def test_address_search_in_a_street_reads_no_homes_of_others(world, owner, path):
    boss = world.home.supervisor()
    with recorded_with_binds("area_letter_pairs") as statements:
        answer = boss.get(f"{path}?q=543号3单元")
    assert answer.status_code == 200
    (statement, binds) = statements[-1]
    read = rows_read(owner, OTHER_HOMES, statement, binds)
    print(path, read)
    assert read < 400


def test_board_of_a_street_reads_no_cases_of_others(world, owner):
    boss = world.home.supervisor()
    world.case(world.home)
    with recorded_with_binds("open_case") as statements:
        board = boss.get("/supervision/board").json
    assert board["open"]["count"] > 0
    (statement, binds) = statements[-1]
    read = rows_read(owner, OTHER_OPEN_CASES, statement, binds)
    print("board", read)
    assert read < 400


@pytest.mark.parametrize("area", ["d", "s"])
def test_board_reads_numbers_and_not_the_cases_of_its_area(world, owner, area):
    boss = world.home.supervisor(area)
    world.case(world.home)
    with recorded_with_binds("open_case") as statements:
        assert boss.get("/supervision/board").json["open"]["count"] > 0
    (statement, binds) = statements[-1]
    read = rows_read(owner, OWN_OPEN_CASES.format(area=world.home.areas["g1"]), statement, binds)
    print("board", area, read)
    assert read < 400


def test_open_cases_of_a_street_read_no_ended_reports_and_no_cases_of_others(world, owner):
    boss = world.home.supervisor()
    world.case(world.home)
    with recorded_with_binds("scope_path") as statements:
        items = boss.get("/incidents?limit=50&status=open").json["items"]
    assert items
    (statement, binds) = next(sent for sent in statements if "i.reported_at" in sent[0])
    read = rows_read(owner, ELSEWHERE.format(person=boss.id), statement, binds)
    print("open cases", read)
    assert read < 400


def test_longest_overdue_of_figures_read_no_ended_cases(world, owner):
    boss, year = world.home.supervisor(), clock.now().year
    world.case(world.home)
    with recorded_with_binds("order by f.due_at, f.id limit") as statements:
        answer = boss.get(f"/figures?from={year}-01-01&to={year}-12-31&group_by=class&compare=none")
    assert answer.status_code == 200, answer.json
    (statement, binds) = statements[-1]
    read = rows_read(owner, ENDED_CASES.format(city=world.home.jurisdiction_id), statement, binds)
    print("longest overdue", read)
    assert read < 400


def test_figures_of_most_cases_read_each_case_and_each_deadline_once(world, owner):
    boss, year = world.home.supervisor("d"), clock.now().year
    world.case(world.home)
    with recorded_with_binds("grouping sets") as statements:
        answer = boss.get(f"/figures?from={year - 1}-01-01&to={year + 1}-12-31&compare=none")
    assert answer.status_code == 200, answer.json
    (statement, binds) = statements[-1]
    owner.execute("set local plan_cache_mode = force_custom_plan")
    # Nothing is read by an index that finds only the cases of the area: there is one area.
    others = (
        f"{ENDED_CASES}; update incident set scope_path = '{_path(owner, world)}' where status = 'closed'"
    )
    read = rows_read(owner, others.format(city=world.home.jurisdiction_id), statement, binds)
    print("figures", read)
    assert OTHERS * 2 <= read < OTHERS * 2.2


def test_figures_may_be_counted_by_parallel_workers(world, owner):
    boss, year = world.home.supervisor(), clock.now().year
    with recorded_with_binds("grouping sets") as statements:
        answer = boss.get(f"/figures?from={year - 1}-01-01&to={year + 1}-12-31&compare=none")
    assert answer.status_code == 200, answer.json
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        owner.execute(f"set local {setting} = 0")
    for scan in ("indexscan", "bitmapscan"):  # a small table is read by an index otherwise
        owner.execute(f"set local enable_{scan} = off")
    owner.execute("set local max_parallel_workers_per_gather = 2")
    owner.execute("set local plan_cache_mode = force_custom_plan")
    (statement, binds) = statements[-1]
    plan = [text for (text,) in owner.execute(f"explain (costs off) {statement}", binds)]
    assert any("Parallel" in text and " on incident" in text for text in plan), "\n".join(plan)
