"""The trigger of cases that writes the change log once for each statement: what it writes, and how often it runs."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

from app.dispatch.rules.states import ACTIVE
from tests.boards.test_open_cases import drawn_cases
from tests.seeds import dice, seeds

MIGRATION = Path(__file__).parents[2] / "migrations/versions/20261130_case_log.py"
# Two rows may come in one statement, of which one is stored already.
INSERT = """
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, status,
                        priority, location, reported_by, handled_by, reported_at, updated_at, deleted_at)
  select r.id, r.id::text, c.jurisdiction_id, c.profile_version_id, r.grid_id, r.area_id, c.scope_path, c.category, c.status,
         c.priority, c.location, r.reported_by, r.handled_by, c.reported_at, c.updated_at, r.deleted_at
  from jsonb_populate_recordset(null::incident, %(rows)s) r, (select * from incident where id = %(model)s) c
  on conflict (id) do update set grid_id = excluded.grid_id, area_id = excluded.area_id,
    reported_by = excluded.reported_by, handled_by = excluded.handled_by, deleted_at = excluded.deleted_at
"""
UPDATE = """
  update incident i set grid_id = r.grid_id, area_id = r.area_id, reported_by = r.reported_by,
    handled_by = r.handled_by, deleted_at = r.deleted_at
  from jsonb_populate_recordset(null::incident, %(rows)s) r where i.id = r.id
"""
# A linked case and a merged one are written by other triggers of the same statement.
STEP = """
  update incident i set status = %(status)s, closed_at = case when %(status)s = 'closed' then now() end
  from jsonb_populate_recordset(null::incident, %(rows)s) r where i.id = r.id
"""
HOLDER = """
  insert into assignment (id, incident_id, role, worker_id, unit_id, state, reason, created_at)
  values (gen_random_uuid(), %(case_id)s, %(role)s, %(worker_id)s, %(unit_id)s, %(state)s, 'by lot', now())
"""
LOGGED = "select bucket, row_id, op from change_log where entity = %s and seq > %s"
CALLS = "select funcname, calls from pg_stat_xact_user_functions where funcname = any(%s)"


def function_of_rows() -> str:
    """Return the trigger function as it was for each row, which logs cases as another entity."""
    spec = importlib.util.spec_from_file_location("case_log", MIGRATION)
    assert spec is not None and spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    source: str = migration.FUNCTION_OF_ROWS
    return source.replace("function log_case()", "function log_by_row()").replace("'incident'", "'by row'")


@pytest.mark.parametrize("seed", seeds())
def test_case_log_of_statement_equals_log_of_each_row(city, rows, owner, seed):
    chance = dice("case log", seed)
    case_ids = [str(case_id) for case_id in drawn_cases(city, rows, chance)]
    owner.execute(function_of_rows())
    owner.execute(
        "create trigger log_by_row after insert or update on incident for each row execute function log_by_row()"
    )
    owner.execute("update incident set merged_into = %s where id = %s", case_ids[:2])
    new_ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(3)]
    people = [None, *(str(city.worker(grid).id) for grid in ("g1", "g2"))]
    for case_id in case_ids:
        holder = {"worker_id": chance.choice(people), "unit_id": None, "state": chance.choice(ACTIVE)}
        if holder["state"] == "queued" or holder["worker_id"] is None:
            holder |= {
                "worker_id": None,
                "unit_id": chance.choice(list(city.units.values())),
                "state": "queued",
            }
        owner.execute(HOLDER, {"case_id": case_id, "role": chance.choice(["handle", "joint"]), **holder})
    grids = [None, *(str(city.areas[name]) for name in ("g1", "g2"))]
    areas = [None, str(city.areas["s"])]
    ops, kinds = Counter[str](), Counter[str]()
    for _ in range(40):
        statement = chance.choice([INSERT, UPDATE, UPDATE, STEP])
        ids = new_ids if statement is INSERT else [*case_ids, *new_ids]
        given = [
            {
                "id": row_id,
                "grid_id": chance.choice(grids),
                "area_id": chance.choice(areas),
                "reported_by": chance.choice(people),
                "handled_by": chance.choice(people),
                "deleted_at": chance.choice([None, None, "2026-11-30T00:00:00Z"]),
            }
            for row_id in chance.sample(ids, chance.randrange(len(ids)))
        ]
        (mark,) = owner.execute("select coalesce(max(seq), 0) from change_log").fetchone()
        binds = {
            "rows": json.dumps(given),
            "model": case_ids[0],
            "status": chance.choice(["handling", "closed"]),
        }
        owner.execute(statement, binds)
        by_statement, by_row = (
            Counter(owner.execute(LOGGED, [entity, mark]).fetchall()) for entity in ("incident", "by row")
        )
        assert by_statement == by_row, (seed, statement, given)
        ops.update(op for *_, op in by_statement)
        kinds.update(bucket.partition(":")[0] for bucket, *_ in by_statement)
    assert ops["P"] > 40 and ops["R"] > 10 and {"grid", "area", "worker", "unit"} <= set(kinds), (ops, kinds)


def test_case_log_runs_once_for_statement_of_many_cases(city, rows, owner):
    """A redraw moves hundreds of cases; and who holds a case is no call of a function for each."""
    case_ids = drawn_cases(city, rows, dice("case log", 1))
    owner.execute("set local track_functions = 'all'")
    owner.execute(
        "update incident set grid_id = %s, updated_at = now() where id = any(%s)",
        [city.areas["g2"], case_ids],
    )
    calls = dict(owner.execute(CALLS, [["log_case", "holders_of"]]).fetchall())
    assert calls == {"log_case": 1}
    moved = "select count(distinct row_id) from change_log where entity = 'incident' and xid = pg_current_xact_id()"
    assert owner.execute(moved).fetchone()[0] == len(case_ids) > 3
