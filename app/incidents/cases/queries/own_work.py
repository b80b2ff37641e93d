"""SQL of the actor's own work.

This is open offers, accepted assignments, and assignments in the queues of the actor's units.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.core.actor import Actor
from app.core.db import Fragment
from app.core.db.raw_read import read_one
from app.dispatch.scope import constant
from app.incidents.cases.queries.fields import ACTIVE_STATES, assignment_fields, case_fields, of_visible_cases
from app.incidents.scope import CASE_I, SEES_NAMES, CaseRule, case_visibility

# Attempts at cases without a deadline come last.
_DUE = Fragment("coalesce(i.due_at, timestamptz '9999-12-31 00:00Z')")
# A bound limit makes the planner of a prepared statement expect a tenth of all rows, so the limit is a constant of the
# statement; few limits keep the number of statements low.
_BOUNDS = (51, 201)
# Each branch has an index of its own. With OR in their place they are no join, and every attempt of the city is read.
_OWN_ATTEMPTS = Fragment(
    """select a.id from assignment a where a.account_id = :me and a.state in {active_states}
      union select a.id from assignment a where a.worker_id = :me and a.state = 'offered'
      union select a.id from offer o join assignment a on a.id = o.assignment_id and a.state = 'open'
            where o.worker_id = :me and o.state = 'offered'
      union select a.id from assignment a where a.unit_id = any(cast(:my_units as uuid[])) and a.state = 'queued'""",
    active_states=ACTIVE_STATES,
)
_PAGE = """
  with own_attempts as ({own_attempts}),
  page as (
    select a.id, {due} due
    from own_attempts join assignment a on a.id = own_attempts.id join incident i on i.id = a.incident_id
    where a.state = any(:states) and (cast(:role as text) is null or a.role = :role) and {is_visible} and {is_after}
    order by due, a.id limit {bound}),
  shown as (select * from page order by due, id limit :limit)
  select (select coalesce(json_agg(json_build_object({assignment_fields},
            'incident', json_build_object({case_fields})) order by shown.due, shown.id), '[]')
          from shown join assignment a on a.id = shown.id join incident i on i.id = a.incident_id) items,
         (select count(*) from page) n,
         (select array[to_char(due at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), id::text]
          from shown order by due desc, id desc limit 1) last_key
"""
_IS_AFTER = Fragment("({due}, a.id) > (cast(:after_due as timestamptz), cast(:after_id as uuid))", due=_DUE)


@lru_cache(maxsize=500)
def _page(rule: CaseRule, bound: int, *, is_first: bool) -> Fragment:
    statement = Fragment(
        _PAGE,
        own_attempts=_OWN_ATTEMPTS,
        due=_DUE,
        is_visible=rule.condition(CASE_I),
        is_after=Fragment("true") if is_first else _IS_AFTER,
        bound=constant(bound),
        assignment_fields=assignment_fields(SEES_NAMES),
        case_fields=case_fields(rule),
    )
    return of_visible_cases(statement)


def my_assignments(
    actor: Actor,
    *,
    role: str | None,
    states: Sequence[str],
    after: list[str] | None,
    limit: int,
    now: datetime,
) -> dict[str, Any]:
    """Return one page of the actor's active assignments, the soonest due first.

    Keys: `items` (JSON), `n` (number of rows, greater than `limit` if there is a next page) and `last_key` (due time and id of
    the last item, the key of the next page).

    Args:
        role: Only assignments of this role. None: of all roles.
        states: Only assignments in these states.
        after: `last_key` of the page before.
    """
    visibility = case_visibility(actor, now)
    bound = next((bound for bound in _BOUNDS if bound > limit), limit + 1)
    statement = _page(visibility.rule, bound, is_first=not after)
    binds = visibility.binds | {"role": role, "states": list(states), "now": now, "limit": limit}
    if after:
        binds |= {"after_due": after[0], "after_id": after[1]}
    row = read_one(statement, binds)
    assert row is not None  # it has no FROM
    return row
