"""SQL of what stands with the actor: offers, work that was accepted, and the queues of the actor's units."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.actor import Actor
from app.core.db.raw_read import read_one
from app.dispatch.rules.states import ACTIVE_SQL
from app.incidents.cases.queries.fields import ASSIGNMENT_FIELDS, case_fields
from app.incidents.scope import for_alias, visible_clause

# What is never due comes last.
_DUE = "coalesce(i.due_at, timestamptz '9999-12-31 00:00Z')"
# Limits stand in the statement: of a bound one the planner of a prepared statement expects a tenth of all rows.
_BOUNDS = (51, 201)
# Each branch goes by an index of its own. Under OR they are no join, and all attempts of the city are read instead.
_MINE = f"""
  select a.id from assignment a where a.account_id = :me and a.state in {ACTIVE_SQL}
  union select a.id from assignment a where a.worker_id = :me and a.state = 'offered'
  union select a.id from offer o join assignment a on a.id = o.assignment_id and a.state = 'open'
        where o.worker_id = :me and o.state = 'offered'
  union select a.id from assignment a where a.unit_id = any(cast(:my_units as uuid[])) and a.state = 'queued'"""


def my_assignments(
    actor: Actor,
    *,
    role: str | None,
    states: Sequence[str],
    after: list[str] | None,
    limit: int,
    now: datetime,
) -> dict[str, Any]:
    """Return a page of the actor's live attempts, soonest due first: `items`, `n` (over `limit` if more follow), `last_key`."""
    clause, binds = visible_clause(actor, now)
    after_sql = f"and ({_DUE}, a.id) > (cast(:after_due as timestamptz), cast(:after_id as uuid))"
    bound = next((b for b in _BOUNDS if b > limit), limit + 1)
    sql = f"""
      with mine as ({_MINE}),
      page as (
        select a.id, {_DUE} due from mine join assignment a on a.id = mine.id join incident i on i.id = a.incident_id
        where a.state = any(:states) and (cast(:role as text) is null or a.role = :role) and {clause}
          {after_sql if after else ""}
        order by due, a.id limit {bound}),
      shown as (select * from page order by due, id limit :limit)
      select (select coalesce(json_agg(json_build_object({ASSIGNMENT_FIELDS},
                'incident', json_build_object({case_fields(for_alias(clause))})) order by shown.due, shown.id), '[]')
              from shown join assignment a on a.id = shown.id join incident i on i.id = a.incident_id) items,
             (select count(*) from page) n,
             (select array[to_char(due at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
              from shown order by due desc, id desc limit 1) last_key
    """
    binds |= {"role": role, "states": list(states), "now": now, "limit": limit}
    if after:
        binds |= {"after_due": after[0], "after_id": after[1]}
    row = read_one(sql, binds)
    assert row is not None  # it has no FROM
    return row
