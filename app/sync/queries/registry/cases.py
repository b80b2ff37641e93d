"""Synchronised entities: cases, assignments, offers and notes.

A reader (the account of the device) gets the same cases as from the API. Nobody gets a case about themselves.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased, join

from app.accounts.models import Account
from app.core.actor import Permission
from app.core.db import Fragment
from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import ACTIVE_SQL
from app.incidents import service as incidents
from app.incidents.models import Incident, IncidentNote, Report
from app.incidents.scope import case_visibility
from app.sync.queries.registry.entity import (
    CLOSED_RETENTION,
    ME,
    REASON_SHOWN,
    Bucket,
    Clause,
    Entity,
    Reader,
    after,
    as_geojson,
    is_true,
    json_object,
    same_for_all,
)

# The alias that the SQL of incidents names.
_CASE = aliased(Incident, name="i")


def _is_state(column: Any, state: str) -> ColumnElement[bool]:
    return Fragment("{column} = {state}", column=column, state=literal_column(f"'{state}'"))


def _is_active(assignment: Any) -> ColumnElement[bool]:
    """Return the condition that an assignment has an active state, such as offered or accepted."""
    return Fragment(
        "{state} in {active_states}", state=assignment.state, active_states=literal_column(ACTIVE_SQL)
    )


# Cases that the reader handles, or is asked to handle.
_HANDLED_CASES = union_all(
    select(Assignment.incident_id).where(Assignment.account_id == ME, _is_active(Assignment)),
    select(Assignment.incident_id).where(
        Assignment.worker_id == ME, Assignment.account_id.is_(None), _is_active(Assignment)
    ),
    select(Offer.incident_id).where(Offer.worker_id == ME, _is_state(Offer.state, "offered")),
)
_IS_HANDLED = _CASE.id.in_(_HANDLED_CASES)
_IS_JOINED = _CASE.id.in_(select(Report.incident_id).where(Report.joined_by == ME))
_IS_REPORTED = is_true(_CASE.reported_by == ME)
_IS_REPORTED_OR_JOINED = or_(_IS_REPORTED, _IS_JOINED)

# Cases that the reader reported, joined, handled or has in hand, wherever they are. The first condition has an index for
# each of its parts.
_IS_OWN = and_(
    _CASE.id.in_(
        union_all(
            select(Incident.id).where(Incident.reported_by == ME),
            select(Assignment.incident_id).where(Assignment.account_id == ME),
            select(Assignment.incident_id).where(Assignment.worker_id == ME),
            select(Offer.incident_id).where(Offer.worker_id == ME, _is_state(Offer.state, "offered")),
            select(Report.incident_id).where(Report.joined_by == ME),
        )
    ),
    or_(_CASE.reported_by == ME, _CASE.handled_by == ME, _IS_JOINED, _IS_HANDLED),
)
# A case may be in the queues of several units at once, once in each.
_QUEUE = Fragment("(select distinct incident_id, unit_id from assignment where state = 'queued') queue")
_QUEUE_UNIT_ID: ColumnElement[Any] = literal_column("queue.unit_id")

# The case into which this one was merged, for its reporters. Whenever that one changes, this row is raised, too, so that the
# device gets it. Others, who may not see that one, get nothing of it: the device would keep it after access ended.
_MERGED_INTO = Fragment(
    """case when {merged_into} is not null and {is_reporter} then (
        select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
        from incident t where t.id = {merged_into}) end""",
    merged_into=_CASE.merged_into,
    is_reporter=_IS_REPORTED_OR_JOINED,
)
_MERGED_INTO_ID = Fragment(
    "case when {is_reporter} then {merged_into} end",
    is_reporter=_IS_REPORTED_OR_JOINED,
    merged_into=_CASE.merged_into,
)
# Cases linked with this one, for its reporters. This row is raised when a linked case ends, or is opened again.
_LINKED = Fragment(
    "case when {is_reporter} then {linked} end",
    is_reporter=or_(_CASE.reported_by == ME, _IS_JOINED),
    linked=incidents.linked_cases(_CASE),
)
# The newest replies to the reporters.
_REPLIES = Fragment(
    """case when {is_reporter} then (
      select json_agg(json_build_object('words', e.note, 'at', e.occurred_at) order by e.seq) from (
        select e.note, e.occurred_at, e.seq from incident_event e
        where e.incident_id = {case_id} and e.action = 'reply' order by e.seq desc limit 3) e) end""",
    is_reporter=or_(_CASE.reported_by == ME, _IS_JOINED),
    case_id=_CASE.id,
)
_DEADLINE = Fragment(
    """(select json_build_object('stage', d.stage, 'condition', d.condition, 'started_at', d.started_at,
        'due_at', d.due_at, 'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome,
        'warned_at', d.warned_at, 'told_me', coalesce(d.told_id = {me}, false),
        'extended', d.extended, 'first_due_at', d.first_due_at)
      from deadline d where d.incident_id = {case_id} and d.stage = 'handle' and d.deleted_at is null
      order by d.started_at desc, d.id desc limit 1)""",
    case_id=_CASE.id,
    me=ME,
)
# The stage that is due next, of those that have begun and not ended.
_NEXT_STAGE = Fragment(
    """(select json_build_object('stage', d.stage, 'name', d.name, 'ends_with', d.ends_with,
        'started_at', d.started_at, 'due_at', d.due_at, 'paused_at', d.paused_at, 'outcome', d.outcome,
        'warned_at', d.warned_at, 'told_me', coalesce(d.told_id = {me}, false))
      from deadline d
      where d.incident_id = {case_id} and d.stage <> 'handle' and d.stopped_at is null and d.deleted_at is null
      order by d.due_at, d.id limit 1)""",
    case_id=_CASE.id,
    me=ME,
)


def _since(instant: Any, **members: Any) -> Fragment:
    """Return the SQL for a JSON object with an instant and details, such as why a case waits.

    The expression is NULL if the instant is NULL. The object has the instant as `since`, and `members`.
    """
    return Fragment(
        "case when {instant} is not null then {members} end",
        instant=instant,
        members=json_object(since=instant, **members),
    )


def _visible(reader: Reader) -> Clause:
    """Return the condition that the reader may see a case. The API has the same condition."""
    visibility = case_visibility(reader.actor, reader.now)
    return Clause(visibility.condition(_CASE), visibility.binds)


@lru_cache(maxsize=200)
def _incident_item(media: ColumnElement[Any], place: ColumnElement[Any]) -> ColumnElement[Any]:
    of_report = "(select r.{column} from report r where r.id = {case_id})"
    return json_object(
        id=_CASE.id,
        case_no=_CASE.case_no,
        status=_CASE.status,
        category=_CASE.category,
        priority=_CASE.priority,
        description=Fragment(of_report, column=literal_column("words"), case_id=_CASE.id),
        source=Fragment(of_report, column=literal_column("source"), case_id=_CASE.id),
        location=as_geojson(_CASE.location),
        place=place,
        area_id=_CASE.area_id,
        grid_id=_CASE.grid_id,
        owner_unit_id=_CASE.owner_unit_id,
        component_id=_CASE.component_id,
        due_at=_CASE.due_at,
        deadline=_DEADLINE,
        next_stage=_NEXT_STAGE,
        waiting=_since(_CASE.waiting_since, reason=_CASE.waiting_reason),
        reported_at=_CASE.reported_at,
        updated_at=_CASE.updated_at,
        closed_at=_CASE.closed_at,
        rework_count=_CASE.rework_count,
        reported_by_me=_IS_REPORTED,
        handled_by_me=is_true(_CASE.handled_by == ME),
        joined_by_me=_IS_JOINED,
        replies=_REPLIES,
        report_count=_CASE.report_count,
        parts=incidents.case_parts(_CASE),
        merged_into=_MERGED_INTO_ID,
        same_as=_MERGED_INTO,
        linked=_LINKED,
        pinned_to_me=is_true(_CASE.pinned_to == ME),
        locked_at=_CASE.locked_at,
        returned_count=_CASE.returned_count,
        contested_count=_CASE.contested_count,
        urged_count=_CASE.urged_count,
        extended_count=_CASE.extended_count,
        ended_reason=_CASE.ended_reason,
        review_at=_CASE.review_at,
        extension=_since(_CASE.extension_asked_at, amount=_CASE.extension_amount),
        supervised=_since(_CASE.supervised_at, level=_CASE.supervised_level, until=_CASE.supervised_until),
        media=media,
    )


def _incident_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of a case.

    Only media that the reader may see are in the JSON.
    """
    media, binds = incidents.case_media(reader.actor, reader.now, _CASE)
    visibility = case_visibility(reader.actor, reader.now)
    place = visibility.rule.place_in_words(_CASE)
    return Clause(_incident_item(media, place), visibility.binds | binds)


INCIDENT = Entity(
    name="incident",
    source=_CASE,
    id=_CASE.id,
    buckets={
        "grid": Bucket(_CASE.grid_id),
        "area": Bucket(_CASE.area_id, _CASE.grid_id.is_(None)),
        "worker": Bucket(condition=_IS_OWN),
        "unit": Bucket(
            _QUEUE_UNIT_ID,
            source=Fragment(
                "{case} join {queue} on queue.incident_id = {case_id}",
                case=_CASE,
                queue=_QUEUE,
                case_id=_CASE.id,
            ),
        ),
    },
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    live=_CASE.deleted_at.is_(None),
    until=after(_CASE.closed_at, CLOSED_RETENTION),
    version=_CASE.version,
    item=_incident_json,
    # A case about somebody, or confidential from its first day, was never visible to the worker: the device gets no sign of it.
    quiet=Fragment(
        """({about_kind} is not null or not exists (
          select 1 from incident_event e
          where e.incident_id = {case_id} and e.action in ('recategorise', 'relocate', 'rehome')))""",
        about_kind=_CASE.about_kind,
        case_id=_CASE.id,
    ),
)

ASSIGNMENT = Entity(
    name="assignment",
    source=join(Assignment, _CASE, _CASE.id == Assignment.incident_id),
    id=Assignment.id,
    buckets={
        "worker": Bucket(condition=func.coalesce(Assignment.account_id, Assignment.worker_id) == ME),
        "unit": Bucket(Assignment.unit_id, _is_state(Assignment.state, "queued")),
    },
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    quiet=literal_column("true"),
    # An attempt that a rule withdrew remains for a while, so that the worker reads why.
    live=and_(
        Assignment.deleted_at.is_(None),
        or_(
            _is_active(Assignment),
            and_(_is_state(Assignment.state, "withdrawn"), Assignment.ended_because.is_not(None)),
        ),
    ),
    until=Fragment(
        "case when {state} = 'withdrawn' then {end} end",
        state=Assignment.state,
        end=after(Assignment.ended_at, REASON_SHOWN),
    ),
    version=Assignment.version,
    item=same_for_all(
        json_object(
            id=Assignment.id,
            incident_id=Assignment.incident_id,
            role=Assignment.role,
            state=Assignment.state,
            reason=Assignment.reason,
            worker_id=Assignment.worker_id,
            unit_id=Assignment.unit_id,
            account_id=Assignment.account_id,
            created_at=Assignment.created_at,
            accepted_at=Assignment.accepted_at,
            en_route_at=Assignment.en_route_at,
            on_scene_at=Assignment.on_scene_at,
            ended_at=Assignment.ended_at,
            ended_because=Assignment.ended_because,
        )
    ),
)

OFFER = Entity(
    name="offer",
    source=join(Offer, _CASE, _CASE.id == Offer.incident_id),
    id=Offer.id,
    buckets={"worker": Bucket(condition=Offer.worker_id == ME)},
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    quiet=literal_column("true"),
    live=and_(
        Offer.deleted_at.is_(None),
        or_(
            _is_state(Offer.state, "offered"),
            and_(_is_state(Offer.state, "withdrawn"), Offer.because.is_not(None)),
        ),
    ),
    until=Fragment(
        "case when {state} = 'withdrawn' then {end} end",
        state=Offer.state,
        end=after(Offer.answered_at, REASON_SHOWN),
    ),
    version=Offer.version,
    item=same_for_all(
        json_object(
            id=Offer.id,
            assignment_id=Offer.assignment_id,
            incident_id=Offer.incident_id,
            round=Offer.round,
            ring=Offer.ring,
            state=Offer.state,
            because=Offer.because,
            offered_at=Offer.offered_at,
            expires_at=Offer.expires_at,
        )
    ),
)

_NOTE_SOURCE = join(
    join(IncidentNote, _CASE, _CASE.id == IncidentNote.incident_id),
    Account,
    Account.id == IncidentNote.author_id,
    isouter=True,
)
NOTE = Entity(
    name="incident_note",
    source=_NOTE_SOURCE,
    id=IncidentNote.id,
    buckets={
        "worker": Bucket(condition=_IS_HANDLED),
        "unit": Bucket(
            _QUEUE_UNIT_ID,
            source=Fragment(
                "{notes} join {queue} on queue.incident_id = {case_id}",
                notes=_NOTE_SOURCE,
                queue=_QUEUE,
                case_id=_CASE.id,
            ),
        ),
    },
    permission=Permission.INCIDENT_READ,
    visible=_visible,
    # Notes that the desk made for itself do not go to devices.
    live=_is_state(IncidentNote.audience, "handlers"),
    version=literal_column("1"),
    item=same_for_all(
        json_object(
            id=IncidentNote.id,
            incident_id=IncidentNote.incident_id,
            words=IncidentNote.words,
            author=json_object(id=IncidentNote.author_id, name=Account.name),
            occurred_at=IncidentNote.occurred_at,
        )
    ),
    quiet=literal_column("true"),
)
