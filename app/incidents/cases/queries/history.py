"""SQL of the history of a case: its events as JSON, and the orders in force.

An order is a supervisor's decision `pin` (reserve for one worker) or `lock` (no automatic dispatch).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment, unscoped
from app.incidents.cases.queries.fields import staff_name
from app.incidents.scope import CASE_I, CASE_T, SEES_NAMES, CaseRule, case_visibility, is_ordinary

# The names of reporters who are residents, who complain of a person or unit or report something confidential are disclosed
# for a purpose only. All reporters of any other case are named to those who direct it if they are workers.
_REPORTED_IN_DUTY = Fragment(
    """(select {is_ordinary} and i.waiting_reason is distinct from 'conduct' and bool_and(p.kind = 'worker')
      from incident i join report r on r.incident_id = i.id join reporter p on p.id = r.reporter_id
      where i.id = :id group by i.id)""",
    is_ordinary=is_ordinary(CASE_I),
)
# Transitions that only reporters take. A note counts if it is about a repair on the spot that does not count as handled,
# or if its author reported or joined and has done no other transition.
_BY_REPORTER = Fragment(
    """(e.action in ('report', 'join', 'contest') or e.action = 'note' and (e.detail ? 'on_the_spot'
      or (select bool_or(s.action in ('report', 'join')) and bool_and(s.action in ('report', 'join', 'contest', 'note'))
          from incident_event s where s.incident_id = e.incident_id and s.actor_id = e.actor_id)))"""
)
_EVENTS = """
  select coalesce(json_agg(json_build_object('seq', e.seq, 'action', e.action, 'from_status', e.from_status,
    'to_status', e.to_status,
    'actor', case when {by_reporter} and not (:is_director and {reported_in_duty}) and e.actor_id <> :me
                  then json_build_object('kind', 'reporter')
                  else json_build_object('kind', e.actor_kind, 'id', e.actor_id,
                         'name', (select {actor_name} from account a where a.id = e.actor_id)) end,
    'occurred_at', e.occurred_at, 'note', case when not h.names_hidden or e.action = 'contest' then e.note end,
    'place', case when :is_director and e.location is not null then json_build_object(
      'lon', ST_X(e.location), 'lat', ST_Y(e.location), 'accuracy_m', e.accuracy_m) end,
    'detail', case when :is_director or e.actor_id = :me then e.detail
                   when e.action = 'propose' then jsonb_build_object('role', e.detail -> 'role')
                   else e.detail - 'presence' - 'gain_s' - 'received_at' end
              - case when h.names_hidden
                then array['with', 'into', 'from', 'to', 'same_as', 'said_of', 'case_no'] else '{}' end)
    order by e.seq), '[]')
  from incident_event e cross join lateral (
    select e.action in ('link', 'unlink', 'merge', 'take_in', 'unmerge', 'give_out', 'contest') and exists (
      select 1 from incident t
      where t.id = any(array(select cast(n.id as uuid) from unnest(array[e.detail ->> 'with', e.detail ->> 'into',
          e.detail ->> 'from', e.detail ->> 'to', e.detail ->> 'same_as', e.detail ->> 'said_of']) n(id)
          where n.id is not null))
        and {sees_other} is not true and (:is_reporter and (
          t.id = (select i.merged_into from incident i where i.id = :id) or e.actor_id = :me
          or e.action in ('link', 'unlink') and {other_is_ordinary})) is not true) names_hidden) h
  where e.incident_id = :id
"""


@lru_cache(maxsize=500)
def _events(rule: CaseRule) -> Fragment:
    return Fragment(
        _EVENTS,
        by_reporter=_BY_REPORTER,
        reported_in_duty=_REPORTED_IN_DUTY,
        actor_name=staff_name("a.name", SEES_NAMES),
        sees_other=rule.condition(CASE_T),
        other_is_ordinary=is_ordinary(CASE_T),
    )


def events(
    session: Session, *, incident_id: UUID, actor: Actor, facts: Mapping[str, Any], now: datetime
) -> bytes:
    """Return the events of a case as a JSON list, oldest first.

    Some values are shown only to actors who direct the case, and to the actor who took the action: the check of presence, the
    time that a redispatch saved, the proposed worker, and the time at which a backdated transition arrived. The position of a
    transition is only for actors who direct the case.

    Reporters are shown without name, with two exceptions. Actors see their own name. Actors who direct the case see the names
    if all reporters of the case are workers, and the case is neither confidential nor about a person or unit.

    Other cases are named only to actors who see them. Exception: a reporter of this case also sees the number of the case
    that it was merged into, and of linked cases that are neither confidential nor about a person or unit.

    Args:
        facts: Relations of the actor to the case and properties of the case: the row from `views.relation_facts`.
    """
    visibility = case_visibility(actor, now)
    binds = (
        visibility.binds
        | {"id": incident_id, "is_director": bool(facts["is_director"])}
        | {"is_reporter": bool(facts["is_reporter"]), "sees_names": facts["is_named"]}
    )
    items: bytes = session.execute(_events(visibility.rule), binds).scalar_one()
    return items


_ORDERS = unscoped(
    Fragment(
        """select e.action kind, e.occurred_at since, e.note, w.id worker_id, w.name worker_name
          from incident i cross join lateral (
            select distinct on (e.action) e.action, e.occurred_at, e.note from incident_event e
            where e.incident_id = i.id and (e.action = 'pin' and i.pinned_to is not null
                                            or e.action = 'lock' and i.locked_at is not null)
            order by e.action, e.seq desc) e
          left join worker w on e.action = 'pin' and w.id = i.pinned_to
          where i.id = :id order by e.action"""
    ),
    incident="orders about a case that was read by its rule",
    worker="names of the staff of visible cases",
)


def orders(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the orders of supervisors in force for a case, at most one of each kind.

    Columns: `kind` (`pin`: reserved for one worker, or `lock`: no automatic dispatch), `since`, `note`, `worker_id`,
    `worker_name` (null for `lock`).
    """
    return session.execute(_ORDERS, {"id": incident_id}).mappings().all()
