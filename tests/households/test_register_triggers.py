"""Statement triggers of the register write what row triggers would write, and run once for each statement."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.factories import City
from tests.seeds import dice, seeds

# Two tables with the same rows: one has triggers for each row, the other those of the register.
TABLES = """
  create table by_row (id uuid primary key, grid_id uuid, location geometry(Point, 4326), note text,
                       version bigint default 1 not null, deleted_at timestamptz);
  create table by_statement (like by_row including all);
  create trigger log_change after insert or delete or update on by_row for each row
    execute function log_change('trial', 'id', 'grid', 'grid_id');
  create trigger keep_history after insert or update on by_row for each row execute function keep_history('trial');
  create trigger log_change after insert on by_statement referencing new table as new_rows for each statement
    execute function log_grid_changes('trial', 'id', 'grid', 'grid_id');
  create trigger log_change_of_changed after update on by_statement referencing old table as old_rows
    new table as new_rows for each statement execute function log_grid_changes('trial', 'id', 'grid', 'grid_id');
  create trigger log_change_of_deleted after delete on by_statement referencing old table as old_rows for each statement
    execute function log_grid_changes('trial', 'id', 'grid', 'grid_id');
  create trigger keep_history after insert on by_statement referencing new table as new_rows for each statement
    execute function keep_histories('trial');
  create trigger keep_history_of_changed after update on by_statement referencing new table as new_rows
    for each statement execute function keep_histories('trial')
"""
INSERT = """
  insert into {table} (id, grid_id, location, note, deleted_at)
  select id, nullif(grid, '00000000-0000-0000-0000-000000000000'), ST_SetSRID(ST_MakePoint(x, x / 2), 4326), note, gone
  from jsonb_to_recordset(%(rows)s) r(id uuid, grid uuid, x float, note text, gone timestamptz)
  on conflict (id) do update set grid_id = excluded.grid_id, note = excluded.note, deleted_at = excluded.deleted_at,
    version = {table}.version + 1
"""
UPDATE = """
  update {table} t set grid_id = nullif(r.grid, '00000000-0000-0000-0000-000000000000'), deleted_at = r.gone,
    version = t.version + 1
  from jsonb_to_recordset(%(rows)s) r(id uuid, grid uuid, x float, note text, gone timestamptz) where t.id = r.id
"""
DELETE = """
  delete from {table} where id in (select id from jsonb_to_recordset(%(rows)s) r(id uuid))
"""
LOGGED = "select bucket, entity, row_id, op from change_log where entity = 'trial' and seq > %s"
KEPT = "select entity, row_id, version, row from fact_history where entity = 'trial' and seq > %s"
CALLS = """
  select funcname, calls from pg_stat_xact_user_functions
  where funcname in ('log_change', 'keep_history', 'log_grid_changes', 'keep_histories', 'keep_premises_histories')
"""


def written(owner: Any, table: str, statement: str, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """What a statement writes to the change log and to the history."""
    marks = [
        owner.execute(f"select coalesce(max(seq), 0) from {log}").fetchone()[0]
        for log in ("change_log", "fact_history")
    ]
    owner.execute(statement.replace("{table}", table), {"rows": json.dumps(rows)})
    logged, states = owner.execute(LOGGED, [marks[0]]).fetchall(), owner.execute(KEPT, [marks[1]]).fetchall()
    return Counter(logged), sorted((*row[:3], json.dumps(row[3], sort_keys=True)) for row in states)


@pytest.mark.parametrize("seed", seeds())
def test_statement_triggers_write_what_row_triggers_write(owner, seed):
    chance = dice("register triggers", seed)
    for part in TABLES.split(";"):
        owner.execute(part)
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(12)]
    grids = [f"00000000-0000-0000-0000-{n:012}" for n in range(4)]  # the first stands for none
    logged_total = 0
    for _ in range(60):
        statement = chance.choice([INSERT, INSERT, UPDATE, UPDATE, DELETE])
        rows = [
            {
                "id": row_id,
                "grid": chance.choice(grids),
                "x": chance.uniform(-9, 9),
                "note": chance.choice([None, "路"]),
                "gone": chance.choice([None, None, "2026-11-30T00:00:00Z"]),
            }
            for row_id in chance.sample(ids, chance.randrange(len(ids)))
        ]
        by_row = written(owner, "by_row", statement, rows)
        assert written(owner, "by_statement", statement, rows) == by_row, (seed, statement, rows)
        logged_total += by_row[0].total()
    assert logged_total > 60


def test_register_triggers_run_once_a_statement(owner, city: City):
    """A thousand rows of an import must not be a thousand calls."""
    owner.execute("set local track_functions = 'pl'")
    owner.execute(
        """insert into premises (id, jurisdiction_id, grid_id, kind, address, location, created_at)
           select gen_random_uuid(), %s, %s, 'dwelling', '一号' || n, ST_SetSRID(ST_MakePoint(n, 1), 4326), now()
           from generate_series(1, 30) n""",
        [city.jurisdiction_id, city.areas["g1"]],
    )
    owner.execute("update premises set grid_id = %s where grid_id = %s", [city.areas["g2"], city.areas["g1"]])
    assert dict(owner.execute(CALLS).fetchall()) == {"log_grid_changes": 2, "keep_premises_histories": 2}
    # All columns, as other tables have them: the function for premises names its columns.
    differing = """
      select p.id from premises p join fact_history h on h.entity = 'premises' and h.row_id = p.id and h.version = p.version
      where p.jurisdiction_id = %s and h.row is distinct from to_jsonb(p)"""
    stored = "select count(*) from fact_history where entity = 'premises' and row ->> 'jurisdiction_id' = %s"
    assert owner.execute(differing, [city.jurisdiction_id]).fetchall() == []
    assert owner.execute(stored, [str(city.jurisdiction_id)]).fetchone()[0] == 60
