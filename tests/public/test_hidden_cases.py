"""Attack: cases of a category that is not public change no public answer, and the cost of an answer does not count them.

Costs are counted by PostgreSQL and not timed: the statements of a request, the rows that they read of each table, and the
calls of each function. A hidden case may cost a row of `incident`, which is refused by its category or its box, and nothing
else: no call of another function, no row of another table, no statement. `make check-deep` asks more questions.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import make_city
from tests.live.databases import plain
from tests.nonempty import nonempty
from tests.places.conftest import moved
from tests.public.conftest import DOOR, file_report
from tests.sample_sizes import examples
from tests.seeds import dice
from tests.statements import recorded_with_binds

pytestmark = pytest.mark.wide
HIDDEN = 300
# Cases of other cities, so that the plans are those of a large table.
OTHERS = 20_000
IN_MAKE_TEST, IN_CHECK_DEEP = 12, 2_000
# What it takes to refuse a row: to read it, and to compare its point with the box of a search (the operator `&&`).
REFUSALS = {"rows of incident", "calls of geometry_overlaps"}
# Of the caller's quota and of the moment.
OF_THE_MOMENT = {"Date", "RateLimit", "RateLimit-Policy", "X-Request-Id"}
_FILL = f"""
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, category, status, priority, location,
                        reported_at, updated_at, version)
  select gen_random_uuid(), 'other ' || n, %(city)s, gen_random_uuid(), 'E0102', 'filed', 3,
         ST_SetSRID(ST_MakePoint(mod(n, 300) / 10.0, 80), 4326), now() - n * interval '1 minute', now(), 1
  from generate_series(1, {OTHERS}) n
"""
_HIDE = """
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, status,
                        priority, location, reported_at, updated_at, closed_at, due_at, version)
  select gen_random_uuid(), 'hidden ' || n, i.jurisdiction_id, i.profile_version_id, i.grid_id, i.area_id, i.scope_path,
         'E0603', i.status, i.priority, i.location, i.reported_at + interval '1 millisecond', i.updated_at, i.closed_at,
         i.due_at, 1
  from incident i, generate_series(1, %(many)s) n where i.id = %(id)s
"""
_ROWS = """
  select 'rows of ' || relname, seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables
  union all select 'calls of ' || funcname, calls from pg_stat_xact_user_functions
"""


@pytest.fixture(scope="module")
def app(app_alone: Any) -> Any:
    """The app on a database of its own: the cases of other tests would change the plans."""
    return app_alone


@pytest.fixture(scope="module")
def filled(app: Any) -> Any:
    """The app, with many public cases of another city."""
    other = make_city(app, app.extensions["settings"], profile=DOOR)
    with psycopg.connect(plain(app.extensions["settings"].database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(_FILL, {"city": other.jurisdiction_id})
        connection.execute("analyze incident")
    return app


@pytest.fixture
def city(filled: Any) -> Any:
    return make_city(filled, filled.extensions["settings"], profile=DOOR)


@pytest.fixture
def owner(app: Any) -> Iterator[Any]:
    with psycopg.connect(plain(app.extensions["settings"].database_url)) as connection:
        connection.execute("set max_parallel_workers_per_gather = 0")
        connection.execute("set track_functions = 'all'")
        connection.execute("set search_path = public, jobs")
        connection.commit()
        yield connection
        connection.rollback()


def questions(city: Any, case_id: Any) -> list[str]:
    """Return the addresses of public answers about the cases of a city."""
    place, base = city.in_grid("g1"), f"/public/{city.code}"
    box = ",".join(str(value) for value in _box(place, 0.002))
    open311 = f"jurisdiction_id={city.code}"
    return [
        *(f"{base}/{lang}/{page}" for lang in ("zh", "en") for page in ("", "cases", "promises", "changes")),
        *(f"{base}/zh/cases/{case_id}", f"{base}/en/report", f"{base}/zh/report/E0102"),
        *(f"{base}/cases.geojson", f"{base}/cases.geojson?bbox={box}", f"{base}/cases.geojson?limit=2"),
        *(f"{base}/cases.geojson?bbox={box}&state=open", f"{base}/cases.geojson?category=E0102"),
        *(f"/open311/v2/requests.{form}?{open311}" for form in ("json", "xml")),
        *(
            f"/open311/v2/requests.json?{open311}&service_code=E0102",
            f"/open311/v2/requests/{case_id}.json?{open311}",
        ),
        *(
            f"/open311/v2/requests.json?{open311}&status=open",
            f"/open311/v2/servicerequestupdates.json?{open311}",
        ),
    ]


def _box(place: dict[str, float], half: float) -> tuple[float, ...]:
    return place["lon"] - half, place["lat"] - half, place["lon"] + half, place["lat"] + half


def answer_of(city: Any, path: str) -> tuple[Any, ...]:
    """Return status, headers and body of an answer, without those of the moment."""
    answer = city.app.test_client().get(path)
    assert answer.status_code == 200, (path, answer.data)
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
    return answer.status_code, headers, answer.data


def statements_of(city: Any, path: str) -> list[tuple[str, Any]]:
    answer_of(city, path)  # what a process reads once
    with recorded_with_binds() as statements:
        answer_of(city, path)
    return list(statements)


def hide_beside(owner: Any, case_id: Any, many: int) -> None:
    """Store cases of a category that is not public at the very place of a case, with its state and deadline."""
    owner.execute("set local session_replication_role = replica")
    owner.execute(_HIDE, {"many": many, "id": case_id})


def cost_of(owner: Any, statements: list[tuple[str, Any]], plan: str) -> Counter[str]:
    """Return the rows of tables and the calls of functions of statements."""
    owner.execute(f"set local plan_cache_mode = {plan}")
    before = Counter(dict(owner.execute(_ROWS).fetchall()))
    for statement, binds in statements:
        owner.execute(statement, binds, prepare=True)
    after = Counter(dict(owner.execute(_ROWS).fetchall()))
    after.subtract(before)
    return Counter({name: count for name, count in after.items() if count})


def test_hidden_cases_change_no_byte_of_a_public_answer(city):
    reports = [file_report(city, **moved(city.in_grid("g1"), 60 * n, 0)) for n in range(5)]
    paths = questions(city, reports[2].case.id)
    draw = dice("boxes around hidden cases")
    for _ in range(examples(IN_MAKE_TEST, IN_CHECK_DEEP)):
        place = moved(city.in_grid("g1"), draw.uniform(-200, 400), draw.uniform(-200, 200))
        box = ",".join(map(repr, _box(place, 10 ** draw.uniform(-6, -2))))
        paths.append(f"/public/{city.code}/cases.geojson?bbox={box}")
    before = [answer_of(city, path) for path in paths]
    boss = city.supervisor()
    for n in range(5):
        hidden = file_report(city, category="E0603", **moved(city.in_grid("g1"), 60 * n, 1))
        assert not hidden.is_public
        step = {"action": "force_close", "note": "查无此事"} if n % 2 else {"action": "note", "note": "已知"}
        assert boss.post(f"/incidents/{hidden.case.id}/transitions", step).status_code == 200
    for path, earlier in nonempty(zip(paths, before, strict=True)):
        assert answer_of(city, path) == earlier, path


def test_hidden_cases_change_no_statement_of_a_public_answer(city):
    report = file_report(city)
    paths = questions(city, report.case.id)
    before = [[sql for sql, _ in statements_of(city, path)] for path in paths]
    for _ in range(3):
        file_report(city, category="E0603")
    for path, earlier in nonempty(zip(paths, before, strict=True)):
        assert [sql for sql, _ in statements_of(city, path)] == earlier, path


@pytest.mark.parametrize("plan", ["force_generic_plan", "force_custom_plan"])
def test_cost_of_a_public_answer_has_no_more_than_a_row_for_each_hidden_case(city, owner, plan):
    report, calls = file_report(city), 0
    for path in questions(city, report.case.id):
        statements = statements_of(city, path)
        without = cost_of(owner, statements, plan)
        hide_beside(owner, report.case.id, HIDDEN)
        beside = cost_of(owner, statements, plan)
        owner.rollback()
        added = {
            name: beside[name] - without[name] for name in beside | without if beside[name] != without[name]
        }
        print(path, dict(without), added)
        assert added.keys() <= REFUSALS, (path, added)
        # A plan may read a row by an index and once more beside another table.
        most = 2 * (HIDDEN + 1) * sum("incident" in sql for sql, _ in statements)
        assert max(added.values(), default=0) <= most, (path, added)
        calls += sum(count for name, count in without.items() if name.startswith("calls of "))
    assert calls, "no call of a function was counted"
