"""Kept numbers of open cases: boards that read them equal a count of the cases, at every instant and in every snapshot."""

import time
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.boards import service as boards
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.incidents import jobs
from app.incidents import service as incidents
from app.incidents.cases.queries.board_counts import MARKS
from tests.boards.test_open_cases import ACTIVE, STATUSES, Lot, drawn_cases
from tests.races import run_at_once
from tests.seeds import dice, seeds

STEPS = 40
DIFFERENCES = "select * from open_case_count_differences()"
ABOUT = """update incident set about_kind = case when cast(:about_id as uuid) is null then null else 'worker' end,
  about_id = cast(:about_id as uuid) where id = :case_id"""
IS_KEPT = "select count(*) from open_case_count where level > 0 and open > 0"


@contextmanager
def owner_of(settings: Any, *, size: int = 1):
    engine = db.make_engine(settings.database_url, role=None, pool_size=size, statement_timeout_ms=20_000)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(autouse=True)
def drawn_cases_end(app, settings, city):
    """End the cases of the test: their rows contradict each other, and jobs of other tests are not to find them."""
    yield
    of_city = "incident_id in (select id from incident where jurisdiction_id = :id)"
    ended = (
        f"update assignment set state = 'withdrawn' where state = any(:active) and {of_city}",
        f"update deadline set deleted_at = now() where deleted_at is null and {of_city}",
        "update incident set deleted_at = now() where deleted_at is null and jurisdiction_id = :id",
    )
    with owner_of(settings) as engine, Session(engine) as session, session.begin():
        for statement in ended:
            session.execute(text(statement), {"id": city.jurisdiction_id, "active": list(ACTIVE)})


@pytest.fixture
def reader_id(city):
    return city.supervisor("d").id


def readers(city, person) -> list[tuple[Actor, str | None, tuple[str, ...]]]:
    """Actors, with the area and the parts of a board: roots above, at and below the areas of which numbers are kept."""

    def directing(*areas: str | None) -> Actor:
        grants = tuple(Grant(Role.SUPERVISOR, city.areas[name] if name else None) for name in areas)
        return Actor.of(id=person, grants=grants)

    everything = Actor.of(id=person, grants=(Grant(Role.ADMIN, None),))
    return [
        (everything, None, ("d",)),
        (everything, "d", ("s",)),
        (directing("d"), "d", ("s",)),
        (directing("d", "g3"), "d", ("s",)),
        (directing("d", "c1"), "s", ("c1", "c2")),
        (directing("c1", "g3"), None, ("c1", "g3")),
        (directing("s"), "c1", ("g1", "g2")),
        (directing("g1"), "g1", ()),
    ]


def board_of(session, city, actor, area, parts) -> Any:
    names = [city.areas[name] for name in parts]
    return incidents.tally(session, actor, parts=names, area_id=city.areas[area] if area else None)


def boards_of(session, city, person) -> list[Any]:
    return [board_of(session, city, *reader) for reader in readers(city, person)]


def assert_equal_to_count(session, city, person) -> None:
    """Compare boards made of kept numbers with boards that count the cases, because no numbers are kept."""
    made = boards_of(session, city, person)
    with session.begin_nested() as savepoint:
        session.execute(text("delete from open_case_count"))
        counted = boards_of(session, city, person)
        savepoint.rollback()
    assert made == counted
    assert session.execute(text(DIFFERENCES)).all() == []


@pytest.mark.parametrize("seed", seeds())
def test_board_equals_count_after_changes_and_folds_at_random_instants(city, rows, settings, seed, reader_id):
    """The clock of the job and of readers goes forth and back over the due times of cases."""
    draw = dice("board counts", seed)
    case_ids = drawn_cases(city, rows, draw)
    people = [None, reader_id, city.worker("g1").id]
    lot = Lot(city, draw, case_ids)
    start = clock.now()
    with owner_of(settings) as engine:
        for number in range(STEPS):
            with Session(engine) as session, session.begin():
                for _ in range(draw.choice([0, 1, 3])):
                    lot.step(session)
                if draw.random() < 0.3:
                    about = {"about_id": draw.choice(people), "case_id": draw.choice(case_ids)}
                    session.execute(text(ABOUT), about)
            if draw.random() < 0.6:
                folded_at = start + timedelta(hours=draw.choice([-50, -10, -1, 0, 1, 10, 50]))
                with Session(engine) as session, session.begin():
                    incidents.fold_open_case_changes(session, now=folded_at, limit=draw.choice([1, 7, 1000]))
            with (
                clock.at(start + timedelta(hours=draw.choice([-50, -4, 0, 4, 50]))),
                Session(engine) as session,
                session.begin(),
            ):
                assert_equal_to_count(session, city, reader_id)
                assert session.scalar(text(IS_KEPT)) or number < STEPS / 2


def test_job_folds_changes_with_its_own_rights(city, report, rows):
    for grid in ("g1", "g2", "g3"):
        report(city.worker(grid), city.in_grid(grid))
    assert rows("select 1 from open_case_change")
    now = clock.now()
    assert jobs.run_count_open(now) > 0
    assert rows("select 1 from open_case_change") == []
    assert rows("select counted_at from open_case_count where level = 0")[0].counted_at == now
    assert rows("select 1 from open_case_count where open = 0 and level > 0") == []
    assert rows(DIFFERENCES) == []
    assert jobs.run_count_open(now) == 0


def test_fold_that_is_killed_leaves_numbers_as_they_were(city, report, settings, rows, reader_id):
    report(city.worker("g1"), city.in_grid("g1"))
    before = rows("select * from open_case_count order by id")
    with owner_of(settings) as engine:
        with Session(engine) as session:
            incidents.fold_open_case_changes(session, now=clock.now() + timedelta(days=40))
            assert session.execute(text(DIFFERENCES)).all() == []
            session.rollback()
        with Session(engine) as session, session.begin():
            assert_equal_to_count(session, city, reader_id)
    assert rows("select * from open_case_count order by id") == before


def test_writers_in_one_area_and_the_job_do_not_wait_for_each_other(city, report, settings, rows):
    worker = city.worker("g1", capacity=9)
    first, second = (report(worker, city.in_grid("g1")) for _ in range(2))
    change = text("update incident set priority = 1, waiting_since = now() where id = :id")
    with owner_of(settings, size=3) as engine, Session(engine) as writer, writer.begin():
        writer.execute(change, {"id": first["id"]})
        for act in (
            lambda session: session.execute(change, {"id": second["id"]}),
            lambda session: incidents.fold_open_case_changes(session, now=clock.now()),
        ):
            with Session(engine) as other, other.begin():
                other.execute(text("set local lock_timeout = '2s'"))
                act(other)
    assert rows(DIFFERENCES) == []
    with db.transaction(SYSTEM) as session:
        incidents.fold_open_case_changes(session, now=clock.now())
    assert rows(DIFFERENCES) == []


def test_emptied_and_filled_open_cases_are_counted_anew(city, report, settings, reader_id):
    worker = city.worker("g1", capacity=9)
    for grid in ("g1", "g2"):
        report(worker, city.in_grid(grid))
    with owner_of(settings) as engine, Session(engine) as session:
        session.execute(text("select fill_open_cases()"))
        assert session.scalar(text(IS_KEPT)) == 0
        boards = boards_of(session, city, reader_id)
        for _ in range(2):  # begins anew, then adds up
            incidents.fold_open_case_changes(session, now=clock.now())
            assert boards_of(session, city, reader_id) == boards
        assert session.scalar(text(IS_KEPT)) > 0
        assert_equal_to_count(session, city, reader_id)
        session.rollback()


def test_numbers_that_were_stored_without_triggers_are_repaired(city, report, settings, reader_id):
    case = report(city.worker("g1"), city.in_grid("g1"))
    with owner_of(settings) as engine, Session(engine) as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("delete from open_case where id = :id"), {"id": case["id"]})
        session.execute(text("update open_case_count set late = late + 3 where level = 2"))
        session.execute(text("set local session_replication_role = origin"))
        assert session.execute(text(DIFFERENCES)).all()
        assert session.scalar(text("select recount_open_cases()")) > 0
        assert session.scalar(text("select recount_open_cases()")) == 0
        assert_equal_to_count(session, city, reader_id)
        session.rollback()


def test_board_equals_count_in_every_snapshot(city, rows, settings, reader_id):
    """Writers, jobs that fold at other instants, and a recount at once; each look reads one snapshot."""
    draw = dice("snapshots of boards")
    case_ids = drawn_cases(city, rows, draw, 6)
    start = clock.now()

    def write(session: Session, number: int) -> None:
        values = {
            "id": case_ids[number],
            "due_at": start + timedelta(hours=draw.choice([-6, -1, 1, 6])),
            "status": draw.choice(STATUSES),
            "owner": draw.choice([None, *city.units.values()]),
        }
        session.execute(
            text(
                "update incident set due_at = :due_at, status = :status, owner_unit_id = :owner where id = :id"
            ),
            values,
        )
        time.sleep(draw.choice([0, 0.01, 0.03]))  # pause: written, and not yet committed

    def fold(session: Session, _: int) -> None:
        instant = start + timedelta(hours=draw.choice([-2, 0, 2, 20]))
        incidents.fold_open_case_changes(session, now=instant, limit=draw.choice([2, 1000]))

    def recount(session: Session, _: int) -> None:
        assert session.scalar(text("select recount_open_cases()")) == 0

    def look(session: Session, _: int) -> None:
        session.execute(text("set transaction isolation level repeatable read"))
        actor = Actor.of(id=reader_id, grants=(Grant(Role.SUPERVISOR, city.areas["d"]),))
        counts = board_of(session, city, actor, "d", ("s",))
        plain = session.execute(
            text(
                """select count(*) open, count(*) filter (where due_at < :now and status not in
                     ('deferred', 'on_books', 'fed_back', 'checking')) late from open_case
                   where scope_path <@ (select path from area_version where area_id = :d and upper_inf(valid))"""
            ),
            {"now": clock.now(), "d": city.areas["d"]},
        ).one()
        assert (counts["all"][None].open, counts["all"][None].late) == tuple(plain)
        assert session.execute(text(DIFFERENCES)).all() == []

    acts = [("write", write)] * 6 + [("fold", fold), ("fold", fold), ("recount", recount), ("look", look)]
    with owner_of(settings, size=12) as engine:
        done, broken = run_at_once(engine, acts)
    assert broken == []
    assert min(done.values()) >= 10, done


def test_board_is_planned_once_and_not_for_each_request(app, city, report, monkeypatch):
    """Its statement takes longer to plan than to carry out. Left to itself, PostgreSQL plans it anew in a large city."""
    report(city.worker("g1"), city.in_grid("g1"))
    plans = []

    def noting(session, *args, **options):
        plans.append(session.execute(text("select current_setting('plan_cache_mode')")).scalar_one())
        return board(session, *args, **options)

    board = boards.board
    monkeypatch.setattr("app.boards.service.board", noting)
    assert city.supervisor().get("/supervision/board").json["open"]["count"] == 1
    assert plans == ["force_generic_plan"]


def test_numbers_of_statement_are_in_the_order_of_counts():
    assert incidents.Counts._fields == ("open", *MARKS)
