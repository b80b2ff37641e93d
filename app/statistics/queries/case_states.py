"""SQL of the states of cases: rows of present cases, or of `incident_history` as recorded by a moment.

Both sources have the same columns: `id`, those of `_COLUMNS`, `is_handled`, `is_merged`, the limit on handling (`due_at`,
`outcome`), and the instant `at` of the base by which a case is counted.
"""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, or_
from sqlalchemy.orm import aliased

from app.core.db import Fragment
from app.incidents.models import Deadline, Incident, IncidentHistory
from app.profiles.rules.measures import DUE, REPORTED
from app.statistics.queries.columns import columns_of, constant, listed
from app.statistics.rules.figure_query import MomentKind

NOW = bindparam("now", None, DateTime(timezone=True))

_CASE = aliased(Incident, name="c")
_RECORD = aliased(IncidentHistory, name="h")
_LATER_RECORD = aliased(IncidentHistory, name="later_record")
_LIMIT = aliased(Deadline, name="d")
_LATER_LIMIT = aliased(Deadline, name="later_limit")

# Columns of a state that both sources have, apart from the limit.
_COLUMNS = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *("about_kind", "about_id", "reported_at", "rework_count", "filed_at", "accepted_at", "handled_at"),
    *("is_returned", "handling_unit_id", "recurrence", "extended_count"),
)


def _is_limit(of: Any) -> ColumnElement[bool]:
    """Return the condition that a deadline is a handling limit that counts.

    Deleted limits, and limits that were replaced when the category changed, do not count.
    """
    return and_(
        of.stage == constant("handle"),
        of.deleted_at.is_(None),
        of.outcome.is_distinct_from(constant("replaced")),
    )


_CASE_COLUMNS = listed(columns_of("c", _COLUMNS))
_CASE_FLAGS = Fragment("c.handled_by is not null is_handled, c.merged_into is not null is_merged")
_PRESENT_REPORTED = Fragment(
    """
    select c.id, {columns}, {flags}, null::timestamptz due_at, null::text outcome, c.reported_at "at"
    from incident c where c.deleted_at is null""",
    columns=_CASE_COLUMNS,
    flags=_CASE_FLAGS,
)
# Of several limits of a case the last one counts.
_PRESENT_REPORTED_WITH_LIMIT = Fragment(
    """
    select c.id, {columns}, {flags}, last_limit.due_at, last_limit.outcome, c.reported_at "at"
    from incident c left join lateral (
      select d.due_at, d.outcome from deadline d where d.incident_id = c.id and ({is_limit})
      order by d.started_at desc, d.id desc limit 1) last_limit on true
    where c.deleted_at is null""",
    columns=_CASE_COLUMNS,
    flags=_CASE_FLAGS,
    is_limit=_is_limit(_LIMIT),
)
_PRESENT_DUE = Fragment(
    """
    select c.id, {columns}, {flags}, d.due_at, d.outcome, d.due_at "at"
    from deadline d join incident c on c.id = d.incident_id
    where c.deleted_at is null and c.status <> 'not_filed' and ({is_limit})
      and not exists (
        select 1 from deadline later_limit where later_limit.incident_id = d.incident_id and ({is_later_limit})
          and (later_limit.started_at, later_limit.id) > (d.started_at, d.id))""",
    columns=_CASE_COLUMNS,
    flags=_CASE_FLAGS,
    is_limit=_is_limit(_LIMIT),
    is_later_limit=_is_limit(_LATER_LIMIT),
)
_RECORD_COLUMNS = listed(columns_of("h", (*_COLUMNS, "is_handled", "is_merged", "due_at", "outcome")))


def source_of(case_id: Any) -> Fragment:
    """Return the source of a case, `unknown` without a report. Reports never change, so it is the same at any moment."""
    return Fragment(
        """coalesce((select r.source from report r where r.incident_id = {case_id}
                     order by r.received_at, r.id limit 1), 'unknown')""",
        case_id=case_id,
    )


def is_recorded(moment: MomentKind, of: Any) -> ColumnElement[bool]:
    """Return the condition that a state of `incident_history` was recorded by a moment; needs :now or :snapshot.

    A transaction number beyond the newest one was written in an earlier life of the database, before a restore: such a
    state is older than every snapshot.
    """
    if moment == "past":
        condition: ColumnElement[bool] = of.recorded_at <= NOW
        return condition
    return Fragment(
        """(pg_visible_in_snapshot({xid}, cast(:snapshot as pg_snapshot))
            or {xid} >= pg_snapshot_xmax(pg_current_snapshot()))""",
        xid=of.xid,
    )


def states_in(base: str, moment: MomentKind, ranges: int, *, is_shown: bool) -> Fragment:
    """Return the states of cases whose report or deadline (`base`) lies in one of the ranges.

    The ranges are [:since_0, :until_0) and so on. `moment`: the moment at which the states held. `is_shown`: add the deadline
    for base REPORTED, too.
    """
    if moment != "present":
        return _recorded_states(base, moment, ranges)
    if base == DUE:
        return Fragment("{states} and ({within})", states=_PRESENT_DUE, within=_within(_LIMIT.due_at, ranges))
    return Fragment(
        "{states} and ({within})",
        states=_PRESENT_REPORTED_WITH_LIMIT if is_shown else _PRESENT_REPORTED,
        within=_within(_CASE.reported_at, ranges),
    )


def _recorded_states(base: str, moment: MomentKind, ranges: int) -> Fragment:
    """Return the state of each case at the moment, as the history recorded it.

    Only cases whose report or deadline (`base`) lies in one of the ranges.
    """
    at = _RECORD.reported_at if base == REPORTED else _RECORD.due_at
    conditions = [_within(at, ranges), is_recorded(moment, _RECORD)]
    if base == DUE:
        conditions.append(_RECORD.status != constant("not_filed"))
    return Fragment(
        """
    select h.incident_id id, {columns}, {at} "at" from incident_history h
    where not h.is_deleted and ({conditions}) and not exists (
      select 1 from incident_history later_record
      where later_record.incident_id = h.incident_id and later_record.seq > h.seq and ({is_later_recorded}))""",
        columns=_RECORD_COLUMNS,
        at=at,
        conditions=and_(*conditions),
        is_later_recorded=is_recorded(moment, _LATER_RECORD),
    )


def _within(at: Any, ranges: int) -> ColumnElement[bool]:
    """Return the condition that an instant lies in one of the ranges."""
    return or_(
        *(
            and_(
                at >= bindparam(f"since_{number}", None, at.type),
                at < bindparam(f"until_{number}", None, at.type),
            )
            for number in range(ranges)
        )
    )
