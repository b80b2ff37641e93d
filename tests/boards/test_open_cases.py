"""Open cases in narrow rows: whatever is written to cases, attempts and deadlines, boards count what the rows say."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.core.ids import uuid7
from app.incidents import service as incidents
from app.integrity.queries.counter_invariants import COUNTER_INVARIANTS
from tests.nonempty import nonempty
from tests.seeds import dice, seeds
from tests.statistics.incident_rows import make_cases

STEPS, CASES = 90, 14
ENDED = ("not_filed", "closed", "force_closed")
STOPPED = ("deferred", "on_books", "fed_back", "checking")
STATUSES = (
    *("collected", "verifying", "filed", "dispatched", "accepted", "handling", "rework", "returned"),
    *STOPPED,
    *ENDED,
)
ACTIVE = ("open", "offered", "queued", "accepted", "en_route", "on_scene")
STATES = (*ACTIVE, "done", "withdrawn", "failed")
STAGES = ("handle", "verify", "stop", "punish")
PLACES = ("d", "s", "c1", "g1", "g2", "g3")
(EQUAL,) = (invariant for invariant in COUNTER_INVARIANTS if invariant.name == "boards_equal_open_cases")
# The rows of which a board shows the counts.
LIMITS = """
  select d.incident_id, d.stage, d.due_at, d.warned_at, d.escalated from deadline d
  join incident i on i.id = d.incident_id and i.jurisdiction_id = :jurisdiction_id
  where d.stopped_at is null and d.paused_at is null and d.deleted_at is null
"""
ATTEMPTS = """
  select a.incident_id, a.role, a.state, cast(a.unit_id as text) unit_id from assignment a
  join incident i on i.id = a.incident_id and i.jurisdiction_id = :jurisdiction_id where a.state = any(:active)
"""
CASE_COLUMNS = """
  select id, status, waiting_reason, cast(owner_unit_id as text) unit_id, priority, waiting_since, supervised_at,
    extension_asked_at, due_at, cast(scope_path as text) path from incident
  where jurisdiction_id = :jurisdiction_id and deleted_at is null and not status = any(:ended)
"""
NEW_ATTEMPT = """
  insert into assignment (id, incident_id, role, unit_id, state, reason, created_at)
  select :id, :case_id, :role, :unit_id, :state, 'by lot', :now where not exists (
    select 1 from assignment where incident_id = :case_id and state = any(:active)
      and (role = :role and role <> 'joint' or role = 'joint' and unit_id = :unit_id))
"""
OTHER_STATE = """
  update assignment a set state = :state where a.id = (
    select id from assignment where incident_id = :case_id order by md5(:lot || id::text) limit 1)
  and (not :state = any(:active) or not exists (
    select 1 from assignment b where b.incident_id = a.incident_id and b.id <> a.id and b.state = any(:active)
      and b.role = a.role and (b.role <> 'joint' or b.unit_id = a.unit_id)))
"""
NEW_LIMIT = """
  insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at,
    running_since, spent, warned_at, escalated)
  select :id, id, :stage, 'standard', 'work_day', 5, profile_version_id, reported_at, :at, reported_at, interval '0',
    :warned_at, :escalated from incident where id = :case_id and (:stage <> 'handle' or {has_none})
"""
OTHER_LIMIT = """
  update deadline set {column} = :value where {condition} and id = (
    select id from deadline where incident_id = :case_id order by md5(:lot || id::text) limit 1)
"""
# The database allows one valid limit of handling for a case.
HAS_NO_HANDLING_LIMIT = """not exists (
    select 1 from deadline h where h.incident_id = :case_id and h.stage = 'handle' and h.deleted_at is null)"""


@pytest.fixture(scope="module")
def app(app_alone):
    """Their rows contradict each other, as no service writes them: jobs of other tests are not to find these cases."""
    return app_alone


def drawn_cases(city, rows, draw, number=CASES):
    """Store cases of a city that are drawn by lot. Return the ids of the city's cases."""
    make_cases(
        [
            {
                "many": 1,
                "category": "E0102",
                "status": draw.choice(STATUSES),
                "reported_at": clock.now() - timedelta(days=2),
                "due_at": clock.now() + timedelta(hours=draw.choice([-5, 5])),
                "handled": False,
                "area": city.areas[draw.choice(PLACES)],
                "unit": draw.choice([None, *city.units.values()]),
            }
            for _ in range(number)
        ]
    )
    case_rows = rows("select id from incident where jurisdiction_id = :id", id=city.jurisdiction_id)
    return [row.id for row in nonempty(case_rows)]


class Lot:
    """Changes of cases that are drawn by lot, with the rights of the application."""

    def __init__(self, city, draw: random.Random, case_ids) -> None:
        self.city, self.draw, self.case_ids = city, draw, case_ids

    def instant(self):
        return clock.now() + timedelta(hours=self.draw.choice([-40, -3, 3, 40]))

    def maybe(self, value):
        return self.draw.choice([None, value])

    def unit(self):
        return self.draw.choice([None, *self.city.units.values()])

    def step(self, session) -> str:
        kind = self.draw.choice(["case", "case", "attempt", "state", "state", "limit", "limit_change"])
        binds = {"case_id": self.draw.choice(self.case_ids), "id": uuid7(), "now": clock.now()}
        binds |= {"active": list(ACTIVE), "lot": str(self.draw.random())}
        session.execute(*getattr(self, f"_{kind}")(binds))
        return f"{kind} {binds}"

    def _case(self, binds):
        changes = {
            "status": lambda: self.draw.choice(STATUSES),
            "priority": lambda: self.draw.choice([1, 2, 3]),
            "owner_unit_id": self.unit,
            "waiting_since": lambda: self.maybe(clock.now()),
            "waiting_reason": lambda: self.draw.choice([None, "no_grid", "returned"]),
            "supervised_at": lambda: self.maybe(clock.now()),
            "extension_asked_at": lambda: self.maybe(clock.now()),
            "due_at": lambda: self.maybe(self.instant()),
            "deleted_at": lambda: self.draw.choice([None, None, clock.now()]),
            "scope_path": lambda: self.draw.choice([None, *PLACES]),
        }
        column = self.draw.choice(sorted(changes))
        value = changes[column]()
        if column == "scope_path":
            path = "(select path from area_version where area_id = :value and upper_inf(valid))"
            value = self.city.areas[value] if value else None
        else:
            path = ":value"
        statement = f"update incident set {column} = {path} where id = :case_id"
        return text(statement), binds | {"value": value}

    def _attempt(self, binds):
        role = self.draw.choice(["handle", "check", "verify", "second", "joint"])
        unit_id = self.draw.choice(list(self.city.units.values())) if role == "joint" else self.unit()
        return text(NEW_ATTEMPT), binds | {
            "role": role,
            "unit_id": unit_id,
            "state": self.draw.choice(STATES),
        }

    def _state(self, binds):
        return text(OTHER_STATE), binds | {"state": self.draw.choice(STATES)}

    def _limit(self, binds):
        return text(NEW_LIMIT.format(has_none=HAS_NO_HANDLING_LIMIT)), binds | {
            "stage": self.draw.choice(STAGES),
            "at": self.instant(),
            "warned_at": self.maybe(clock.now()),
            "escalated": self.draw.choice([0, 0, 1]),
        }

    def _limit_change(self, binds):
        changes = {
            "due_at": self.instant,
            "warned_at": lambda: self.maybe(clock.now()),
            "escalated": lambda: self.draw.choice([0, 1, 2]),
            "stopped_at": lambda: self.maybe(clock.now()),
            "paused_at": lambda: self.maybe(clock.now()),
            "deleted_at": lambda: self.maybe(clock.now()),
            "stage": lambda: self.draw.choice(STAGES),
        }
        column = self.draw.choice(sorted(changes))
        condition = HAS_NO_HANDLING_LIMIT if column in ("stage", "deleted_at") else "true"
        statement = OTHER_LIMIT.format(column=column, condition=condition)
        return text(statement), binds | {"value": changes[column]()}


def role_of(status):
    if status in ("collected", "verifying"):
        return "verify"
    return "check" if status in ("fed_back", "checking") else "handle"


def expected(rows, city, part_names):
    """Count the open cases of district d by the definitions, one case after the other."""
    binds = {"jurisdiction_id": city.jurisdiction_id}
    now = clock.now()
    cases = rows(CASE_COLUMNS, ended=list(ENDED), **binds)
    limits = rows(LIMITS, **binds)
    attempts = rows(ATTEMPTS, active=list(ACTIVE), **binds)
    root = city.areas["d"].hex
    parts = {city.areas[name].hex: str(city.areas[name]) for name in part_names}
    counts = {kind: Counter() for kind in ("all", "status", "waiting_reason", "attempt", "unit", "part")}
    counts["joint_unit"] = Counter()
    for case in cases:
        if case.path is None or root not in case.path.split("."):
            continue
        own = [d for d in limits if d.incident_id == case.id]
        marks = {
            "open": True,
            "late": case.status not in STOPPED and case.due_at is not None and case.due_at < now,
            "urgent": case.priority == 1,
            "waiting": case.waiting_since is not None,
            "warned": any(d.warned_at is not None and d.due_at >= now for d in own),
            "stage_late": any(d.stage not in ("handle", "verify") and d.due_at < now for d in own),
            "verify_late": any(d.stage == "verify" and d.due_at < now for d in own),
            "escalated": any(d.escalated > 0 for d in own),
            "supervised": case.supervised_at is not None,
            "extension": case.extension_asked_at is not None,
        }
        active = [a for a in attempts if a.incident_id == case.id]
        attempt = next((a.state for a in active if a.role == role_of(case.status)), None)
        part = next((parts[label] for label in case.path.split(".") if label in parts), None)
        values = {
            "all": [None],
            "status": [case.status],
            "waiting_reason": [case.waiting_reason],
            "attempt": [attempt],
            "unit": [case.unit_id],
            "part": [part],
            "joint_unit": [a.unit_id for a in active if a.role == "joint"],
        }
        for kind, of_case in values.items():
            counts[kind].update(
                (value, mark) for value in of_case for mark, is_set in marks.items() if is_set
            )
    return counts


def counted(session, actor, city, part_names):
    tally = incidents.tally(
        session, actor, parts=[city.areas[name] for name in part_names], area_id=city.areas["d"]
    )
    marks = incidents.Counts._fields
    return {
        kind: Counter(
            {
                (value, mark): getattr(group, mark)
                for value, group in groups.items()
                for mark in marks
                if getattr(group, mark)
            }
        )
        for kind, groups in tally.items()
    }


@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("part_names", [("s",), ("c1", "c2"), ("c1", "g3"), ()])
def test_board_equals_its_members_after_each_random_change(city, rows, seed, part_names):
    draw = dice(f"open cases {part_names}", seed)
    case_ids = drawn_cases(city, rows, draw)
    lot = Lot(city, draw, case_ids)
    actor = Actor.of(id=city.supervisor("d").id, grants=(Grant(Role.SUPERVISOR, city.areas["d"]),))
    steps = []
    for _ in range(STEPS):
        with db.transaction(SYSTEM) as session:
            steps.append(lot.step(session))
            faults = session.execute(EQUAL.statement).scalars().all()
            assert not faults, steps[-1]
        with db.read_session() as session:
            assert counted(session, actor, city, part_names) == expected(rows, city, part_names), steps[-1]


def test_open_case_is_written_by_triggers_only(city, report):
    case = report(city.worker("g1"), city.in_grid("g1"))
    for statement in (
        "update open_case set attempt = 'queued' where id = :id",
        "delete from open_case where id = :id",
        "insert into open_case select * from open_case where id = :id",
        "delete from open_case_change",
        "insert into open_case_change (n, status) values (1, 'filed')",
        "update open_case_count set late = 0",
        "delete from open_case_count",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), db.transaction(SYSTEM) as session:
            session.execute(text(statement), {"id": case["id"]})


def test_filled_open_cases_equal_those_that_triggers_wrote(app, city, report, rows):
    worker = city.worker("g1", capacity=9)
    for grid in ("g1", "g2", "g3"):
        report(worker, city.in_grid(grid))
    before = rows("select * from open_case order by id")
    url = app.extensions["settings"].database_url
    engine = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
    with engine.begin() as connection:
        connection.execute(text("select fill_open_cases()"))
        assert connection.execute(text("select * from open_case order by id")).all() == before
        connection.rollback()
    engine.dispose()
    assert nonempty(before)
