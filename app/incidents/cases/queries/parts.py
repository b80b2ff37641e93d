"""SQL of the parts of joint handling, as JSON."""

from app.dispatch.rules.states import ACTIVE_SQL, STATE_SINCE_SQL
from app.incidents.cases.queries.fields import name_of_staff, unit_item

_JOINT = "(select 1 from assignment p where p.incident_id = i.id and p.role = 'joint')"
# Whether a joint unit works on a case, is asked to, or has returned its part and nobody has decided about it.
HAS_OPEN_PARTS = f"""exists (select 1 from assignment p where p.incident_id = i.id and p.role = 'joint'
  and (p.state in {ACTIVE_SQL} or p.state = 'failed' and p.ended_because = 'part_returned'))"""
_HOLDER = f"""(select json_build_object('id', c.id, 'name', {name_of_staff("c.name")})
  from account c where c.id = p.holder_id)"""


def _parts(item: str) -> str:
    """The unit that leads first, then each joint unit's newest part; empty where one handles it alone."""
    columns = (
        f"a.state, {STATE_SINCE_SQL} since, a.id, coalesce(a.account_id, a.worker_id) holder_id, "
        "a.ended_because, a.created_at"
    )
    return f"""case when exists {_JOINT} then (
      select json_agg(json_build_object({item}) order by p.part desc, p.created_at, p.id)
      from (
        (select 'lead' part, coalesce(a.unit_id, i.owner_unit_id) unit_id, {columns}
         from assignment a where a.incident_id = i.id and a.role = 'handle' order by a.created_at desc, a.id desc limit 1)
        union all
        (select distinct on (a.unit_id) 'joint', a.unit_id, {columns}
         from assignment a where a.incident_id = i.id and a.role = 'joint'
         order by a.unit_id, a.created_at desc, a.id desc)) p) else '[]' end"""


_STATE = "'part', p.part, 'state', p.state, 'since', p.since, 'because', p.ended_because"
PARTS_OF_CASE = _parts(f"{_STATE}, 'assignment_id', p.id, 'unit', {unit_item('p.unit_id')}, 'by', {_HOLDER}")
# Without names: what is told of a row depends on no other one.
PARTS_ON_PHONE = _parts(f"{_STATE}, 'unit_id', p.unit_id")
