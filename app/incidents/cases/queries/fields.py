"""One case as JSON: the shape that every list and answer uses."""

from app.accounts.rules.masking import masked_name
from app.dispatch.rules.states import ACTIVE_SQL, OFFER_STATE_SQL
from app.incidents.cases.queries.component_fields import COMPONENT_FIELDS
from app.incidents.cases.queries.related_cases import same_as
from app.incidents.scope import ENDED, LATE

# What a case that nobody has waits for, as `lifecycle.role_of` says it.
ROLE = """case when i.status in ('collected', 'verifying') then 'verify'
  when i.status in ('fed_back', 'checking') then 'check' else 'handle' end"""
EXTENSION = """case when i.extension_asked_at is not null
  then json_build_object('since', i.extension_asked_at, 'amount', i.extension_amount) end"""
SUPERVISED = """case when i.supervised_at is not null then json_build_object(
  'since', i.supervised_at, 'level', i.supervised_level, 'until', i.supervised_until) end"""

_RUNS = "stopped_at is null and paused_at is null and deleted_at is null"
# Of which limit whatsoever: warned of and not yet over; over, but neither that on the whole nor that on verifying; over,
# of verifying before filing; told to a level.
_WARNED = "warned_at is not null and due_at >= :now"
_STAGE_LATE = "stage not in ('handle', 'verify') and due_at < :now"
_VERIFY_LATE = "stage = 'verify' and due_at < :now"
_ESCALATED = "escalated > 0"
WARNED, STAGE_LATE, VERIFY_LATE, ESCALATED = (
    f"i.id in (select incident_id from deadline where {_RUNS} and {condition})"
    for condition in (_WARNED, _STAGE_LATE, _VERIFY_LATE, _ESCALATED)
)
# The same of all cases at once, to be joined.
DEADLINE_FLAGS_SQL = f"""
  select incident_id, bool_or({_WARNED}) is_warned, bool_or({_STAGE_LATE}) is_stage_late,
         bool_or({_VERIFY_LATE}) is_verify_late, bool_or({_ESCALATED}) is_escalated
  from deadline where {_RUNS} and (({_WARNED}) or ({_STAGE_LATE}) or ({_VERIFY_LATE}) or {_ESCALATED}) group by incident_id"""

# Whether a unit has returned its part of a case, and nobody has decided yet what becomes of it.
HAS_RETURNED_PART = """exists (
  select 1 from assignment p where p.incident_id = {case} and p.role = 'joint' and p.state = 'failed'
    and p.ended_because = 'part_returned')"""


def area_item(column: str) -> str:
    """The area with its present code and name, or its last ones if it was retired."""
    item = "json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)"
    return f"""coalesce(
      (select {item} from area_version v where v.area_id = {column} and upper_inf(v.valid)),
      (select {item} from area_version v where v.area_id = {column} order by lower(v.valid) desc limit 1))"""


def name_of_staff(column: str) -> str:
    """The name of somebody on the staff, masked for those who only look."""
    return f"case when :sees_names then {column} else {masked_name(column)} end"


def unit_item(column: str) -> str:
    return f"(select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = {column})"


ASSIGNMENT_FIELDS = f"""
  'id', a.id, 'role', a.role, 'state', a.state, 'reason', a.reason,
    'worker', (select json_build_object('id', w.id, 'name', {name_of_staff("w.name")}) from worker w where w.id = a.worker_id),
    'unit', {unit_item("a.unit_id")},
    'offer_expires_at', (select max(o.expires_at) from offer o where o.assignment_id = a.id and o.state = 'offered'),
    'offer_state', case when a.state = 'offered' then (
        select {OFFER_STATE_SQL} from offer o where o.assignment_id = a.id and o.state = 'offered' limit 1) end,
    'accepted_at', a.accepted_at, 'en_route_at', a.en_route_at, 'on_scene_at', a.on_scene_at
"""
ASSIGNMENT = f"json_build_object({ASSIGNMENT_FIELDS})"

# Only where somebody has joined is there anything to look up.
JOINED_BY_ME = """case when i.report_count > 1 then exists (
    select 1 from report r where r.incident_id = i.id and r.joined_by = :me) else false end"""


# Whoever said something of a case reads what became of it, wherever it goes on.
REPORTED_OR_JOINED_BY_ME = f"(coalesce(i.reported_by = :me, false) or {JOINED_BY_ME})"


def _case_fields(*, area: str, grid: str, unit: str, words: str, source: str, sees: str) -> str:
    return f"""
  'id', i.id, 'case_no', i.case_no, 'status', i.status, 'version', i.version, 'category', i.category,
  'priority', i.priority, 'description', {words}, 'source', {source},
  'location', ST_AsGeoJSON(i.location, 7)::json,
  'area', {area}, 'grid', {grid}, 'owner_unit', {unit},
  'due_at', i.due_at, 'is_overdue', coalesce({LATE}, false),
  'assignment', case when i.status not in {ENDED} then (
                  select {ASSIGNMENT} from assignment a
                  where a.incident_id = i.id and a.role <> 'joint' and a.state in {ACTIVE_SQL}
                  order by a.role = 'second', a.created_at desc limit 1) end,
  'waiting', case when i.waiting_since is not null
             then json_build_object('since', i.waiting_since, 'reason', i.waiting_reason) end,
  'reported_at', i.reported_at, 'updated_at', i.updated_at, 'closed_at', i.closed_at,
  'pinned_to', case when i.pinned_to is not null then (
      select json_build_object('id', w.id, 'name', {name_of_staff("w.name")}) from worker w where w.id = i.pinned_to) end,
  'locked_at', i.locked_at, 'rework_count', i.rework_count, 'returned_count', i.returned_count,
  'contested_count', i.contested_count, 'urged_count', i.urged_count, 'extended_count', i.extended_count,
  'extension', {EXTENSION}, 'supervised', {SUPERVISED}, 'review_at', i.review_at, 'ended_reason', i.ended_reason,
  'reported_by_me', coalesce(i.reported_by = :me, false),
  'report_count', i.report_count, 'joined_by_me', {JOINED_BY_ME}, {COMPONENT_FIELDS},
  'same_as', {same_as(f"({REPORTED_OR_JOINED_BY_ME} or {sees})")}
"""


def case_fields(sees: str) -> str:
    """SQL of one case `i`, for a reader who `sees` another one `t`. The report that opened a case has its id."""
    return _case_fields(
        area=area_item("i.area_id"),
        grid=area_item("i.grid_id"),
        unit=unit_item("i.owner_unit_id"),
        words="(select r.words from report r where r.id = i.id)",
        source="(select r.source from report r where r.id = i.id)",
        sees=sees,
    )


def _listed_fields(sees: str) -> str:
    """The same of many cases `i` of a CTE `shown`: an area or unit that several share is looked up once."""
    return _case_fields(
        area="area.item",
        grid="grid.item",
        unit="unit.item",
        words="said.words",
        source="said.source",
        sees=sees,
    )


AREAS_OF_SHOWN = f"""
  areas as materialized (
    select n.id, {area_item("n.id")} item from (select area_id id from shown union select grid_id from shown) n),
  units as materialized (
    select n.id, {unit_item("n.id")} item from (select distinct owner_unit_id id from shown) n)"""
JOINED_TO_SHOWN = """
  left join areas area on area.id = i.area_id left join areas grid on grid.id = i.grid_id
  left join units unit on unit.id = i.owner_unit_id left join report said on said.id = i.id"""


def item(sees: str) -> str:
    """SQL of a case `i` in a list, for a reader who `sees` another one `t`."""
    return f"json_build_object({_listed_fields(sees)})"


def feature(sees: str) -> str:
    """The same as a GeoJSON feature."""
    return f"""json_build_object('type', 'Feature', 'id', i.id, 'geometry', ST_AsGeoJSON(i.location, 7)::json,
      'properties', json_build_object({_listed_fields(sees)}))"""
