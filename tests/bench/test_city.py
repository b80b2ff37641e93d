"""The generated city of the benchmark: invariants, size, and index use of its queries."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock, db
from app.core.ids import uuid7
from app.incidents.cases.queries import lists
from app.integrity import service as integrity
from bench import city
from bench.capture import recording
from tests.live.databases import own_database
from tests.waits import eventually

# Minutes on a slow machine: left to `make check-deep`.
pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def loaded(settings, app) -> Iterator[Engine]:
    """A thousandth of the city in a database of its own."""
    with own_database(settings.database_url) as url:
        engine = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
        with Session(engine) as session, session.begin():
            areas.ensure_default_jurisdiction(session)
        city.load(url, city.Size.of(0.001), quiet=True)
        vacuum_until_visible(engine, "responsibility")
        yield engine
        engine.dispose()


def vacuum_until_visible(engine: Engine, table: str) -> None:
    """Until its pages count as visible to all: a vacuum beside an autovacuum, or before the load's commit is on disk,
    leaves them, and reading the index alone is worth nothing then."""
    seen = text("select relallvisible >= relpages from pg_class where oid = cast(:name as regclass)")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:

        def is_visible() -> bool:
            connection.execute(text(f"vacuum {table}"))
            return bool(connection.scalar(seen, {"name": table}))

        eventually(is_visible, seconds=5, every=0.1)


def test_bench_city_satisfies_invariants(loaded):
    with Session(loaded) as session:
        broken = {invariant.name: invariant.ids for invariant in integrity.check(session) if invariant.count}
    assert broken == {}


def test_bench_city_has_requested_size(loaded):
    with Session(loaded) as session:
        rows = dict(
            session.execute(
                text("""
                  select 'cases', count(*) from incident union all select 'households', count(*) from household
                  union all select 'grids', count(*) from area where level = 'grid'
                  union all select 'workers', count(*) from worker union all select 'reports', count(*) from report
                """)
            ).all()
        )
        states = set(session.scalars(text("select distinct status from incident")))
    assert rows == {"cases": 1000, "households": 1000, "grids": 10, "workers": 10, "reports": 1000}
    assert states > {"closed", "not_filed", "dispatched"}


def test_bench_city_grids_cover_district_without_gaps(loaded):
    """Gapless: the grids together are as large as the district that was made of them."""
    with Session(loaded) as session:
        difference = session.scalar(
            text("""
              select abs(sum(ST_Area(geom)) filter (where level = 'grid')
                         / sum(ST_Area(geom)) filter (where level = 'district') - 1)
              from area_version
            """)
        )
    assert difference < 1e-9


def plan_of(engine: Engine, ask: Callable[[Session], object]) -> str:
    """How the last statement that `ask` sends is carried out where a table is too large to be read whole or sorted."""
    with Session(engine) as session:
        for way in ("seqscan", "bitmapscan", "sort"):
            session.execute(text(f"set local enable_{way} = off"))
        with recording(engine) as sent:
            ask(session)
        last = sent[-1]
        rows = session.connection().exec_driver_sql("explain " + last.statement, last.binds)
        return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(
    "way, condition, index",
    [
        (0, "true", "ix_incident_reported_at_id"),
        (0, "i.status not in ('not_filed', 'closed', 'force_closed')", "ix_incident_open_reported_at_id"),
        (1, "true", "ix_incident_part_reported_at_id"),
        (2, "true", "ix_incident_part_reported_at_id"),
        (3, "true", "ix_incident_scope_path_reported_at_id"),
    ],
)
def test_newest_incidents_below_area_path_use_ordered_index(loaded, way, condition, index):
    """Without it a page is right still, and slower the larger the city is."""
    scope = "select v.path, 1 depth, v.path part, true is_leaf from area_version v where v.parent_id is null"
    newest = lists.under_roots(db.Fragment(condition), 51)[way]

    def ask(session: Session) -> None:
        if way:  # where one street is the whole city, the order of all is as good
            session.execute(text("drop index ix_incident_reported_at_id"))
        session.execute(
            db.Fragment(
                "with scope as materialized ({scope}) {newest}", scope=db.Fragment(scope), newest=newest
            )
        )

    plan = plan_of(loaded, ask)
    assert f"Index Scan Backward using {index} on incident" in plan


def test_newest_incidents_of_reporter_use_ordered_index(loaded):
    newest = lists.newest_where(db.Fragment("i.reported_by = :me"), 51)
    plan = plan_of(loaded, lambda s: s.execute(newest, {"me": uuid7()}))
    assert "Index Scan Backward using ix_incident_reported_by_reported_at_id on incident" in plan


def test_responsibilities_of_grid_use_area_index(loaded):
    sql = "select r.worker_id, r.role from responsibility r where r.area_id = :id and r.valid @> :now and r.deleted_at is null"
    plan = plan_of(loaded, lambda s: s.execute(text(sql), {"id": uuid7(), "now": clock.now()}))
    assert "Index Only Scan using ix_responsibility_area_id_live" in plan
