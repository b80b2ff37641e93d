"""SQL expressions for the joint parts of a case, as JSON.

In joint handling several units handle a case: the lead unit, and joint units that each have a part.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, literal_column

from app.core.db import Fragment
from app.dispatch.rules.states import STATE_SINCE_SQL
from app.incidents.cases.queries.fields import ACTIVE_STATES, staff_name, unit_item
from app.incidents.scope import CASE_I

# A joint unit works on a case `i`, is asked to, or has returned its part and nobody has decided about that.
HAS_OPEN_PARTS = Fragment(
    """exists (select 1 from assignment p where p.incident_id = i.id and p.role = 'joint'
      and (p.state in {active_states} or p.state = 'failed' and p.ended_because = 'part_returned'))""",
    active_states=ACTIVE_STATES,
)


def _parts(of: Any, fields: Fragment) -> Fragment:
    """Return an SQL expression: a JSON list of the units that work jointly on a case.

    The lead unit is first. Each other unit has its newest `joint` assignment. The list is empty if only one unit works on
    the case.

    Args:
        of: `Incident` or an alias of it in the statement.
        fields: SQL arguments of `json_build_object` for a part `p`.
    """
    return Fragment(
        """case when exists (select 1 from assignment p where p.incident_id = {case_id} and p.role = 'joint') then (
          select json_agg(json_build_object({fields}) order by p.part desc, p.created_at, p.id)
          from (
            (select 'lead' part, coalesce(a.unit_id, {owner_unit_id}) unit_id, {columns}
             from assignment a where a.incident_id = {case_id} and a.role = 'handle'
             order by a.created_at desc, a.id desc limit 1)
            union all
            (select distinct on (a.unit_id) 'joint', a.unit_id, {columns}
             from assignment a where a.incident_id = {case_id} and a.role = 'joint'
             order by a.unit_id, a.created_at desc, a.id desc)) p) else '[]' end""",
        case_id=of.id,
        owner_unit_id=of.owner_unit_id,
        fields=fields,
        columns=Fragment(
            """a.state, {state_since} since, a.id, coalesce(a.account_id, a.worker_id) holder_id, a.ended_because,
              a.created_at""",
            state_since=Fragment(STATE_SINCE_SQL),
        ),
    )


_STATE = Fragment("'part', p.part, 'state', p.state, 'since', p.since, 'because', p.ended_because")


@lru_cache(maxsize=500)
def parts_of_case(shows_staff: ColumnElement[bool]) -> Fragment:
    """Return an SQL expression: the JSON list of the parts of a case `i`, with unit and worker.

    Args:
        shows_staff: Condition that the actor reads names of staff.
    """
    fields = Fragment(
        """{state}, 'assignment_id', p.id, 'unit', {unit},
          'by', (select json_build_object('id', c.id, 'name', {holder_name}) from account c where c.id = p.holder_id)""",
        state=_STATE,
        unit=unit_item(literal_column("p.unit_id")),
        holder_name=staff_name("c.name", shows_staff),
    )
    return _parts(CASE_I, fields)


@lru_cache
def parts_for_device(of: Any) -> Fragment:
    """Return an SQL expression: the JSON list of the parts of a case, without names.

    Devices would store the names of units and workers with the case. A change of a name does not send the case to the devices
    again, so they would keep an old name.

    Args:
        of: `Incident` or an alias of it in the statement.
    """
    return _parts(of, Fragment("{state}, 'unit_id', p.unit_id", state=_STATE))
