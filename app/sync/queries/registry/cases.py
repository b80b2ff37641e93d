"""Cases, assignments, offers and notes. Visible as in the API: nobody gets a case about themselves."""

from typing import Any

from app.core.actor import Permission
from app.dispatch.rules.states import ACTIVE_SQL
from app.incidents import service as incidents
from app.sync.queries.registry.entity import CLOSED_RETENTION, REASON_SHOWN, Entity, Reader, json_object

_LIVE_ATTEMPT = f"state in {ACTIVE_SQL}"
_HANDLED_BY_ME = f"""i.id in (
  select incident_id from assignment where account_id = :me and {_LIVE_ATTEMPT}
  union all select incident_id from assignment where worker_id = :me and account_id is null and {_LIVE_ATTEMPT}
  union all select incident_id from offer where worker_id = :me and state = 'offered')"""
_JOINED_BY_ME = "i.id in (select incident_id from report where joined_by = :me)"
# What a merged case goes on as, for whoever said something of it: whenever that one moves, this row is raised too, so that she
# is told. Others, who may not see that one, get nothing of it: what their phones hold would outlive what they may see.
_REPORTED_OR_JOINED_BY_ME = f"(coalesce(i.reported_by = :me, false) or {_JOINED_BY_ME})"
_MERGED_INTO = """(select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
  from incident t where t.id = i.merged_into)"""
# For whoever said it: the same matter elsewhere. This row is raised when that one ends, or is opened again.
_LINKED = f"case when i.reported_by = :me or {_JOINED_BY_ME} then {incidents.linked_on_phone()} end"
# Reported, joined, handled, or in hand by her, wherever it stands. Found by the indexes first.
_OWN_CASES = f"""i.id in (select id from incident where reported_by = :me
    union all select incident_id from assignment where account_id = :me
    union all select incident_id from assignment where worker_id = :me
    union all select incident_id from offer where worker_id = :me and state = 'offered'
    union all select incident_id from report where joined_by = :me)
  and (i.reported_by = :me or i.handled_by = :me or {_JOINED_BY_ME} or {_HANDLED_BY_ME})"""
# A case may stand in the queues of several units at once, once in each.
_QUEUE = "(select distinct incident_id, unit_id from assignment where state = 'queued')"
_DEADLINE = """(select json_build_object('stage', d.stage, 'condition', d.condition, 'started_at', d.started_at,
    'due_at', d.due_at, 'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome,
    'warned_at', d.warned_at, 'told_me', coalesce(d.told_id = :me, false),
    'extended', d.extended, 'first_due_at', d.first_due_at)
  from deadline d where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null
  order by d.started_at desc, d.id desc limit 1)"""
# The stage that is due next, of those that have begun and not ended.
_NEXT_STAGE = """(select json_build_object('stage', d.stage, 'name', d.name, 'ends_with', d.ends_with,
    'started_at', d.started_at, 'due_at', d.due_at, 'paused_at', d.paused_at, 'outcome', d.outcome,
    'warned_at', d.warned_at, 'told_me', coalesce(d.told_id = :me, false))
  from deadline d where d.incident_id = i.id and d.stage <> 'handle' and d.stopped_at is null and d.deleted_at is null
  order by d.due_at, d.id limit 1)"""


# What she was told of a case that she reported or joined, the newest few.
_REPLIES = f"""case when i.reported_by = :me or {_JOINED_BY_ME} then (
  select json_agg(json_build_object('words', e.note, 'at', e.occurred_at) order by e.seq) from (
    select e.note, e.occurred_at, e.seq from incident_event e
    where e.incident_id = i.id and e.action = 'reply' order by e.seq desc limit 3) e) end"""


def _visible(reader: Reader) -> tuple[str, dict[str, Any]]:
    return incidents.on_phones(reader.actor, reader.now)


_FIELDS = f"""'id', i.id, 'case_no', i.case_no, 'status', i.status, 'category', i.category, 'priority', i.priority,
  'description', (select r.words from report r where r.id = i.id),
  'source', (select r.source from report r where r.id = i.id), 'location', ST_AsGeoJSON(i.location, 7)::json,
  'area_id', i.area_id, 'grid_id', i.grid_id, 'owner_unit_id', i.owner_unit_id, 'component_id', i.component_id,
  'due_at', i.due_at, 'deadline', {_DEADLINE}, 'next_stage', {_NEXT_STAGE},
  'waiting', case when i.waiting_since is not null
             then json_build_object('since', i.waiting_since, 'reason', i.waiting_reason) end,
  'reported_at', i.reported_at, 'updated_at', i.updated_at, 'closed_at', i.closed_at, 'rework_count', i.rework_count,
  'reported_by_me', coalesce(i.reported_by = :me, false), 'handled_by_me', coalesce(i.handled_by = :me, false),
  'joined_by_me', {_JOINED_BY_ME}, 'replies', {_REPLIES}, 'report_count', i.report_count, 'parts', {incidents.parts_on_phone()},
  'merged_into', case when {_REPORTED_OR_JOINED_BY_ME} then i.merged_into end,
  'same_as', case when i.merged_into is not null and {_REPORTED_OR_JOINED_BY_ME} then {_MERGED_INTO} end, 'linked', {_LINKED},
  'pinned_to_me', coalesce(i.pinned_to = :me, false), 'locked_at', i.locked_at,
  'returned_count', i.returned_count, 'contested_count', i.contested_count, 'urged_count', i.urged_count,
  'extended_count', i.extended_count, 'ended_reason', i.ended_reason, 'review_at', i.review_at,
  'extension', case when i.extension_asked_at is not null
               then json_build_object('since', i.extension_asked_at, 'amount', i.extension_amount) end,
  'supervised', case when i.supervised_at is not null then json_build_object(
    'since', i.supervised_at, 'level', i.supervised_level, 'until', i.supervised_until) end"""


def _incident_json(reader: Reader) -> tuple[str, dict[str, Any]]:
    media, binds = incidents.media_on_phone(reader.actor, reader.now)
    return f"json_build_object({_FIELDS}, 'media', {media})", binds


INCIDENT = Entity(
    name="incident",
    source="incident i",
    id="i.id",
    buckets={
        "grid": ("i.grid_id", "true"),
        "area": ("i.area_id", "i.grid_id is null"),
        "worker": ("", _OWN_CASES),
        "unit": ("q.unit_id", "true"),
    },
    sources={"unit": f"incident i join {_QUEUE} q on q.incident_id = i.id"},
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    live="i.deleted_at is null",
    until=f"i.closed_at + {CLOSED_RETENTION}",
    version="i.version",
    item=_incident_json,
    # A matter about somebody, or of conduct from its first day, was never hers to see: no sign of it reaches a phone.
    quiet="""(i.about_kind is not null or not exists (
      select 1 from incident_event e
      where e.incident_id = i.id and e.action in ('recategorise', 'relocate', 'rehome')))""",
)

ASSIGNMENT = Entity(
    name="assignment",
    source="assignment a join incident i on i.id = a.incident_id",
    id="a.id",
    buckets={
        "worker": ("", "coalesce(a.account_id, a.worker_id) = :me"),
        "unit": ("a.unit_id", "a.state = 'queued'"),
    },
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    quiet="true",
    # What the rules took from her stays a while, so that she reads why.
    live=f"a.deleted_at is null and (a.{_LIVE_ATTEMPT} or a.state = 'withdrawn' and a.ended_because is not null)",
    until=f"case when a.state = 'withdrawn' then a.ended_at + {REASON_SHOWN} end",
    version="a.version",
    item=json_object("""'id', a.id, 'incident_id', a.incident_id, 'role', a.role, 'state', a.state, 'reason', a.reason,
      'worker_id', a.worker_id, 'unit_id', a.unit_id, 'account_id', a.account_id, 'created_at', a.created_at,
      'accepted_at', a.accepted_at, 'en_route_at', a.en_route_at, 'on_scene_at', a.on_scene_at,
      'ended_at', a.ended_at, 'ended_because', a.ended_because"""),
)

OFFER = Entity(
    name="offer",
    source="offer o join incident i on i.id = o.incident_id",
    id="o.id",
    buckets={"worker": ("", "o.worker_id = :me")},
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    quiet="true",
    live="o.deleted_at is null and (o.state = 'offered' or o.state = 'withdrawn' and o.because is not null)",
    until=f"case when o.state = 'withdrawn' then o.answered_at + {REASON_SHOWN} end",
    version="o.version",
    item=json_object("""'id', o.id, 'assignment_id', o.assignment_id, 'incident_id', o.incident_id, 'round', o.round,
      'ring', o.ring, 'state', o.state, 'because', o.because, 'offered_at', o.offered_at, 'expires_at', o.expires_at"""),
)

_NOTES = "incident_note n join incident i on i.id = n.incident_id left join account a on a.id = n.author_id"
NOTE = Entity(
    name="incident_note",
    source=_NOTES,
    id="n.id",
    buckets={"worker": ("", _HANDLED_BY_ME), "unit": ("q.unit_id", "true")},
    sources={"unit": f"{_NOTES} join {_QUEUE} q on q.incident_id = i.id"},
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    # What the desk noted for itself stays at the desk.
    live="n.audience = 'handlers'",
    version="1",
    item=json_object("""'id', n.id, 'incident_id', n.incident_id, 'words', n.words,
      'author', json_build_object('id', n.author_id, 'name', a.name), 'occurred_at', n.occurred_at"""),
    quiet="true",
)
