"""SQL expressions for the JSON of a case, in lists and in single answers.

The fragments use the alias `i` for the case. The alias `t` is another case: a linked case, or the case that `i` was merged
into.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_

from app.accounts.rules.masking import masked_name
from app.core.db import Fragment, unscoped
from app.core.json_sql import Encoding, object_text
from app.dispatch.rules.states import ACTIVE_SQL, OFFER_STATE_SQL
from app.dispatch.scope import constant
from app.incidents.cases.queries.related_cases import same_as
from app.incidents.models import Deadline
from app.incidents.scope import CASE_I, CASE_T, NOW, SEES_NAMES, CaseRule, is_late, is_open

ACTIVE_STATES = Fragment(ACTIVE_SQL)
# The role of the attempt that a case without one waits for, as `lifecycle.role_of`.
ROLE = Fragment(
    """case when i.status in ('collected', 'verifying') then 'verify'
      when i.status in ('fed_back', 'checking') then 'check' else 'handle' end"""
)

_IS_RUNNING = and_(Deadline.stopped_at.is_(None), Deadline.paused_at.is_(None), Deadline.deleted_at.is_(None))
# Conditions on limits that run: warned of and not exceeded; exceeded, on a stage other than verifying; exceeded, on
# verifying before the case is filed; escalated to a level.
IS_WARNED = and_(Deadline.warned_at.is_not(None), Deadline.due_at >= NOW)
IS_STAGE_LATE = and_(Deadline.stage.not_in([constant("handle"), constant("verify")]), Deadline.due_at < NOW)
IS_VERIFY_LATE = and_(Deadline.stage == constant("verify"), Deadline.due_at < NOW)
IS_ESCALATED = Deadline.escalated > constant(0)


def has_limit(condition: ColumnElement[bool]) -> Fragment:
    """Return the SQL condition that the case `i` has a running deadline that meets `condition`.

    Args:
        condition: Condition on a row of `deadline`.
    """
    return Fragment(
        "i.id in (select incident_id from deadline where {condition})", condition=and_(_IS_RUNNING, condition)
    )


def of_visible_cases(statement: Fragment, *, has_component: bool = True) -> Fragment:
    """Return a statement that the check of visibility accepts without a rule for workers.

    The check demands a visibility rule for each table that a statement reads. This function exempts the table of workers. The
    statement must still have the visibility rule for cases: an actor who sees a case may read the names of its workers (masked
    or not) and its component, even if these lie in areas where the actor has no rights.

    Args:
        has_component: The statement also reads components, so their table is exempted, too.
    """
    reasons = {"worker": "names of the staff of visible cases"}
    if has_component:
        reasons["component"] = "components of visible cases"
    return unscoped(statement, **reasons)


def area_item(area_id: Any) -> Fragment:
    """Return an SQL expression: the JSON of an area, with id, code and name.

    Code and name are the present ones; for a retired area, the last ones.
    """
    return Fragment(
        """coalesce(
          (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
           from area_version v where v.area_id = {area_id} and upper_inf(v.valid)),
          (select json_build_object('id', v.area_id, 'code', v.code, 'name', v.name)
           from area_version v where v.area_id = {area_id} order by lower(v.valid) desc limit 1))""",
        area_id=area_id,
    )


def unit_item(unit_id: Any) -> Fragment:
    """Return an SQL expression: the JSON of a unit, with id and name."""
    return Fragment(
        "(select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = {unit_id})",
        unit_id=unit_id,
    )


def staff_name(column: str, shows_staff: ColumnElement[bool]) -> Fragment:
    """Return an SQL expression: the name of a staff member, masked where `shows_staff` is false.

    Args:
        column: SQL text of the column with the name.
        shows_staff: SQL condition that the actor may read names of staff.
    """
    return Fragment(
        "case when {shows_staff} then {name} else {masked} end",
        shows_staff=shows_staff,
        name=literal_column(column),
        masked=Fragment(masked_name(column)),
    )


@lru_cache(maxsize=500)
def assignment_fields(shows_staff: ColumnElement[bool]) -> Fragment:
    """Return the JSON members of an assignment `a`, as SQL arguments of `json_build_object`.

    Args:
        shows_staff: SQL condition that the actor may read names of staff. Names are masked where it is false.
    """
    return Fragment(
        """'id', a.id, 'role', a.role, 'state', a.state, 'reason', a.reason,
          'worker', (select json_build_object('id', w.id, 'name', {worker_name}) from worker w where w.id = a.worker_id),
          'unit', case when a.unit_id is not null then {unit} end,
          'handler', case when a.worker_id is null then (
            select json_build_object('id', c.id, 'name', {account_name}) from account c where c.id = a.account_id) end,
          'offer_expires_at', (
            select max(o.expires_at) from offer o where o.assignment_id = a.id and o.state = 'offered'),
          'offer_state', case when a.state = 'offered' then (
            select {offer_state} from offer o where o.assignment_id = a.id and o.state = 'offered' limit 1) end,
          'accepted_at', a.accepted_at, 'en_route_at', a.en_route_at, 'on_scene_at', a.on_scene_at""",
        worker_name=staff_name("w.name", shows_staff),
        unit=unit_item(literal_column("a.unit_id")),
        account_name=staff_name("c.name", shows_staff),
        offer_state=Fragment(OFFER_STATE_SQL),
    )


# `report_count` spares the look-up of reports where nobody has joined.
JOINED_BY_ME = Fragment(
    """case when i.report_count > 1 then exists (
      select 1 from report r where r.incident_id = i.id and r.joined_by = :me) else false end"""
)
# A person who reported a case or joined it reads the outcome of the matter in whatever case it is dealt with.
REPORTED_OR_JOINED_BY_ME = Fragment("(coalesce(i.reported_by = :me, false) or {joined})", joined=JOINED_BY_ME)
_COMPONENT = Fragment(
    """case when i.component_id is not null then (
      select json_build_object('id', k.id, 'code', k.code, 'name', k.name, 'category', k.category,
        'state', k.state, 'location', ST_AsGeoJSON(k.location, 7)::json,
        'distance_m', round(cast(ST_Distance(cast(k.location as geography), cast(i.location as geography)) as numeric), 1),
      'owning_unit', {owning_unit}, 'managing_unit', {managing_unit})
    from component k where k.id = i.component_id) end""",
    owning_unit=unit_item(literal_column("k.owning_unit_id")),
    managing_unit=unit_item(literal_column("k.managing_unit_id")),
)
_PINNED_TO = """case when i.pinned_to is not null then (
      select json_build_object('id', w.id, 'name', {worker_name}) from worker w where w.id = i.pinned_to) end"""
_EXTENSION = Fragment(
    """case when i.extension_asked_at is not null
      then json_build_object('since', i.extension_asked_at, 'amount', i.extension_amount, 'unit', (
      select d.unit from deadline d
      where d.incident_id = i.id and d.stage = 'handle' and d.outcome is distinct from 'replaced'
      and d.deleted_at is null order by d.started_at desc limit 1)) end"""
)
# The members of a case in JSON: their SQL and encoding by name.
_PLAIN, _QUOTED, _ESCAPED = Encoding.PLAIN, Encoding.QUOTED, Encoding.ESCAPED
_CASE_MEMBERS = {
    "id": ("i.id", _QUOTED),
    "case_no": ("i.case_no", _ESCAPED),
    "status": ("i.status", _QUOTED),
    "version": ("i.version", _PLAIN),
    "category": ("i.category", _ESCAPED),
    "priority": ("i.priority", _PLAIN),
    "description": ("{words}", _ESCAPED),
    "source": ("{source}", _QUOTED),
    "location": ("{location}", _PLAIN),
    "place": ("{place}", _PLAIN),
    "area": ("{area}", _PLAIN),
    "grid": ("{grid}", _PLAIN),
    "owner_unit": ("{unit}", _PLAIN),
    "due_at": ("i.due_at", _ESCAPED),
    "is_overdue": ("{is_late}", _PLAIN),
    "assignment": (
        """case when {is_open} then (
      select json_build_object({assignment_fields}) from assignment a
      where a.incident_id = i.id and a.role <> 'joint' and a.state in {active_states}
      order by a.role = 'second', a.created_at desc limit 1) end""",
        _PLAIN,
    ),
    "waiting": (
        """case when i.waiting_since is not null
      then json_build_object('since', i.waiting_since, 'reason', i.waiting_reason) end""",
        _PLAIN,
    ),
    "reported_at": ("i.reported_at", _ESCAPED),
    "updated_at": ("i.updated_at", _ESCAPED),
    "closed_at": ("i.closed_at", _ESCAPED),
    "pinned_to": ("{pinned_to}", _PLAIN),
    "locked_at": ("i.locked_at", _ESCAPED),
    "rework_count": ("i.rework_count", _PLAIN),
    "returned_count": ("i.returned_count", _PLAIN),
    "contested_count": ("i.contested_count", _PLAIN),
    "urged_count": ("i.urged_count", _PLAIN),
    "extended_count": ("i.extended_count", _PLAIN),
    "extension": ("{extension}", _PLAIN),
    "supervised": (
        """case when i.supervised_at is not null then json_build_object(
      'since', i.supervised_at, 'level', i.supervised_level, 'until', i.supervised_until) end""",
        _PLAIN,
    ),
    "review_at": ("i.review_at", _ESCAPED),
    "ended_reason": ("i.ended_reason", _ESCAPED),
    "reported_by_me": ("coalesce(i.reported_by = :me, false)", _PLAIN),
    "report_count": ("i.report_count", _PLAIN),
    "joined_by_me": ("{joined_by_me}", _PLAIN),
    "component": ("{component}", _PLAIN),
    "component_link": ("i.component_link", _ESCAPED),
    "owner_basis": ("i.owner_basis", _ESCAPED),
    "same_as": ("{same_as}", _PLAIN),
}
# The same as arguments of `json_build_object`, and as the text of a JSON object.
_CASE_FIELDS = ", ".join(f"'{name}', {sql}" for name, (sql, _) in _CASE_MEMBERS.items())
_CASE_TEXT = object_text((name, sql, encoding) for name, (sql, encoding) in _CASE_MEMBERS.items())
_LOCATION = Fragment("ST_AsGeoJSON(i.location, 7)")
_LOCATION_JSON = Fragment("ST_AsGeoJSON(i.location, 7)::json")


def _case_fields(
    rule: CaseRule, shows_staff: ColumnElement[bool], sql: str = _CASE_FIELDS, **members: Any
) -> Fragment:
    worker_name = staff_name("w.name", shows_staff)
    holes = {
        "location": _LOCATION_JSON,
        "is_late": func.coalesce(is_late(NOW, CASE_I), false()),
        "is_open": is_open(CASE_I),
        "assignment_fields": assignment_fields(shows_staff),
        "active_states": ACTIVE_STATES,
        "pinned_to": Fragment(_PINNED_TO, worker_name=worker_name),
        "extension": _EXTENSION,
        "joined_by_me": JOINED_BY_ME,
        "component": _COMPONENT,
        "same_as": same_as(or_(REPORTED_OR_JOINED_BY_ME, rule.condition(CASE_T))),
    }
    return Fragment(sql, **holes | members)


_FIRST_WORDS = Fragment("(select r.words from report r where r.id = i.id)")
_FIRST_SOURCE = Fragment("(select r.source from report r where r.id = i.id)")


@lru_cache(maxsize=500)
def case_fields(rule: CaseRule, shows_staff: ColumnElement[bool] = SEES_NAMES) -> Fragment:
    """Return the JSON members of one case `i`, as SQL arguments of `json_build_object`.

    Text and source are from the report that opened the case, which has the same id as the case.

    Args:
        rule: Visibility rule of the actor. If the case was merged into another case, the rule decides whether the other case
            is shown.
        shows_staff: SQL condition on the case that the actor may read names of staff.
    """
    return _case_fields(
        rule,
        shows_staff,
        place=rule.place_in_words(CASE_I),
        area=area_item(CASE_I.area_id),
        grid=area_item(CASE_I.grid_id),
        unit=unit_item(CASE_I.owner_unit_id),
        words=_FIRST_WORDS,
        source=_FIRST_SOURCE,
    )


@lru_cache(maxsize=500)
def plain_case_fields(rule: CaseRule) -> Fragment:
    """Return the members of `case_fields` for a case that `plain_case` reads, whose row `rel` has some of them already."""
    null = Fragment("cast(null as json)")
    return _case_fields(
        rule,
        SEES_NAMES,
        pinned_to=null,
        extension=null,
        joined_by_me=literal_column("rel.has_joined"),
        place=literal_column("i.public_place" if rule.reads_addresses is False else "i.place"),
        same_as=literal_column("rel.same_as"),
        area=literal_column("rel.area"),
        grid=literal_column("rel.grid"),
        unit=unit_item(CASE_I.owner_unit_id),
        words=_FIRST_WORDS,
        source=_FIRST_SOURCE,
    )


@lru_cache(maxsize=500)
def item(rule: CaseRule) -> Fragment:
    """Return an SQL expression: one case in a list as JSON text.

    The cases of the list are in the CTE `shown`. Areas and units are joined to it, so each of them is read once even if
    several cases have it.

    Args:
        rule: Visibility rule of the actor.
    """
    return _case_fields(
        rule,
        rule.shows_staff(CASE_I),
        _CASE_TEXT,
        location=_LOCATION,
        place=rule.place_of_visible(CASE_I),
        area=literal_column("area.item"),
        grid=literal_column("grid.item"),
        unit=literal_column("unit.item"),
        words=literal_column("first_report.words"),
        source=literal_column("first_report.source"),
    )


# The columns of the CTEs `page` and `shown`: the row of a case, and what `AREAS_OF_SHOWN` needs. A page is searched and sorted
# with these alone; sixty columns of each case that is found take longer than to read a hundred rows again.
SHOWN_COLUMNS = Fragment("i.ctid t, i.id, i.area_id, i.grid_id, i.owner_unit_id")
AREAS_OF_SHOWN = Fragment(
    """areas as materialized (
        select n.id, {area} item from (select area_id id from shown union select grid_id from shown) n),
      units as materialized (
        select n.id, {unit} item from (select distinct owner_unit_id id from shown) n)""",
    area=area_item(literal_column("n.id")),
    unit=unit_item(literal_column("n.id")),
)
JOINED_TO_SHOWN = Fragment(
    """join incident i on i.ctid = shown.t
      left join areas area on area.id = shown.area_id left join areas grid on grid.id = shown.grid_id
      left join units unit on unit.id = shown.owner_unit_id left join report first_report on first_report.id = shown.id"""
)


def items_of_shown(form: Fragment, order: Fragment) -> Fragment:
    """Return a subquery in parentheses: the JSON list of the cases in the CTE `shown`, as UTF-8.

    Args:
        form: JSON of one case `i`: `item` or `feature`.
        order: ORDER BY terms with columns of `shown`.
    """
    return Fragment(
        """(select convert_to(concat('[', string_agg(cast({form} as text), ', ' order by {order}), ']'), 'UTF8')
          from shown {joined})""",
        form=form,
        order=order,
        joined=JOINED_TO_SHOWN,
    )


def feature(rule: CaseRule) -> Fragment:
    """Return an SQL expression: one case in a list as the text of a GeoJSON feature.

    Args:
        rule: Visibility rule of the actor.
    """
    return Fragment(
        """concat('{"type" : "Feature", "id" : "', i.id, '", "geometry" : ', ST_AsGeoJSON(i.location, 7),
          ', "properties" : ', {item}, '}')""",
        item=item(rule),
    )
