"""Rows of phones about households that move: a trigger for each statement logs what one for each row would log."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.live.databases import plain
from tests.seeds import dice, seeds

# The rule for one household, written to a table of its own.
BY_ROW = """
  create temporary table logged_by_row (bucket text, entity text, row_id uuid, op text);
  create function pg_temp.log_one_household() returns trigger language plpgsql as $$
  begin
    insert into logged_by_row
    select 'grid:' || g.id, 'notice_task', d.task_id, 'P'
    from notice_delivery d, (select new.grid_id id union select old.grid_id where old.grid_id is distinct from new.grid_id) g
    where d.household_id = new.id and d.task_id is not null and g.id is not null
    union all
    select 'grid:' || g.id, 'notice', d.notice_id, 'P'
    from notice_delivery d, (values (old.grid_id), (new.grid_id)) g(id)
    where d.household_id = new.id and d.task_id is not null and g.id is not null and old.grid_id is distinct from new.grid_id;
    return null;
  end $$;
  create trigger log_one_household after update on household for each row
    when (old.grid_id is distinct from new.grid_id or old.scope_path::text is distinct from new.scope_path::text
      or old.deleted_at is distinct from new.deleted_at or old.moved_away_at is distinct from new.moved_away_at
      or old.declined_at is distinct from new.declined_at)
    execute function pg_temp.log_one_household();
"""
ON_PHONES = """
  update notice_delivery set task_id = gen_random_uuid() where household_id = any(%s) and channel = 'visit'
"""
LOGGED = (
    "select bucket, entity, row_id, op from change_log where entity in ('notice', 'notice_task') and seq > %s"
)
CALLS = "select coalesce(sum(calls), 0) from pg_stat_xact_user_functions where funcname like 'log_notice_household%%'"
# The fourth changes nothing that phones show.
CHANGES = (
    "grid_id = %(grid)s, scope_path = %(path)s",
    "moved_away_at = now()",
    "declined_at = case when declined_at is null then now() end",
    "label = label || 'x'",
    "deleted_at = case when deleted_at is null then now() end",
    "grid_id = null, scope_path = null",
)


@pytest.fixture
def owner(settings: Any) -> Iterator[Any]:
    with psycopg.connect(plain(settings.database_url)) as connection:
        connection.execute("set search_path = public")
        connection.execute("set track_functions = 'all'")
        yield connection
        connection.rollback()


def logged_by(owner: Any, change: str, **binds: Any) -> tuple[set[Any], int]:
    """Return what an UPDATE of households makes the trigger log, and how often it was called."""
    (mark,) = owner.execute("select coalesce(max(seq), 0) from change_log").fetchone()
    (before,) = owner.execute(CALLS).fetchone()
    owner.execute(f"update household set {change} where id = any(%(ids)s)", binds)
    rows = owner.execute(LOGGED, [mark]).fetchall()
    assert len(rows) == len(set(rows))
    return set(rows), owner.execute(CALLS).fetchone()[0] - before


@pytest.mark.parametrize("seed", seeds())
def test_statement_logs_rows_of_phones_as_each_household_would(world, owner, seed):
    chance = dice("households of phones", seed)
    homes = world.settle("g1", 4) + world.settle("g3", 2)
    world.published()
    world.published()
    owner.execute(ON_PHONES, [homes])
    homes += world.settle("g1", 2)  # nobody has them on a phone
    owner.execute(BY_ROW)
    seen = set()
    for change in [*CHANGES, *chance.choices(CHANGES, k=12)]:
        grid = chance.choice(("g1", "g3", "g4"))
        (path,) = owner.execute(
            "select path::text from area_version where area_id = %s and upper_inf(valid)",
            [world.city.areas[grid]],
        ).fetchone()
        ids = chance.sample(homes, chance.randrange(1, 8))
        logged, calls = logged_by(owner, change, grid=world.city.areas[grid], path=path, ids=ids)
        expected = set(owner.execute("delete from logged_by_row returning *").fetchall())
        assert logged == expected, change
        assert calls == 1
        seen |= {entity for _, entity, _, _ in logged}
    assert seen == {"notice", "notice_task"}
