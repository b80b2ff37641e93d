"""SQL fragments that select the state of each case, now or at a past moment.

The present state is read from `incident`, a past state from `incident_history`. The fragments for both have the same
columns: `id`, the columns in `_COLUMNS`, `is_handled`, `is_merged`, the handling deadline (`due_at`, `outcome`), and `at`.

A measure counts a case in the period of its report (REPORTED) or in the period of its handling deadline (DUE). This is the
*base* of the measure. The column `at` is the time of the report or the deadline.
"""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, or_
from sqlalchemy.orm import aliased

from app.core.db import Fragment
from app.incidents.models import Deadline, Incident, IncidentHistory
from app.profiles.rules.measures import DUE, REPORTED
from app.statistics.queries.columns import columns_of, constant, listed, named
from app.statistics.rules.figure_query import MomentKind

NOW = bindparam("now", None, DateTime(timezone=True))

_CASE = aliased(Incident, name="c")
_RECORD = aliased(IncidentHistory, name="h")
_LATER_RECORD = aliased(IncidentHistory, name="later_record")
_LIMIT = aliased(Deadline, name="d")

# Columns of a state that both sources have, apart from the limit.
_COLUMNS = (
    *("jurisdiction_id", "profile_version_id", "category", "status", "scope_path", "owner_unit_id"),
    *("about_kind", "about_id", "reported_at", "rework_count", "filed_at", "accepted_at", "handled_at"),
    *("is_returned", "handling_unit_id", "recurrence", "extended_count", "reporter_answers"),
)


def _is_limit(of: Any) -> ColumnElement[bool]:
    """Return the condition that a row of `deadline` is a valid handling deadline.

    A deadline is not valid if it was deleted, or replaced when the category of the case changed.
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
# A case has at most one valid handling deadline (index `uq_deadline_handling_limit`), which is in the index.
_PRESENT_WITH_LIMIT = Fragment(
    """
    select c.id, {columns}, {flags}, d.due_at, d.outcome, c.reported_at "at"
    from incident c left join deadline d on d.incident_id = c.id and ({is_limit})
    where c.deleted_at is null""",
    columns=_CASE_COLUMNS,
    flags=_CASE_FLAGS,
    is_limit=_is_limit(_LIMIT),
)
_PRESENT_DUE = Fragment(
    """
    select c.id, {columns}, {flags}, d.due_at, d.outcome, d.due_at "at"
    from deadline d join incident c on c.id = d.incident_id
    where c.deleted_at is null and c.status <> 'not_filed' and ({is_limit})""",
    columns=_CASE_COLUMNS,
    flags=_CASE_FLAGS,
    is_limit=_is_limit(_LIMIT),
)
_RECORD_COLUMNS = listed(columns_of("h", (*_COLUMNS, "is_handled", "is_merged", "due_at", "outcome")))


def source_of(case_id: Any) -> Fragment:
    """Return the SQL expression for the source of a case: the source of its first report.

    The expression is `unknown` for a case without a report. Reports never change, so the source is the same at every
    moment.
    """
    return Fragment(
        """coalesce((select r.source from report r where r.incident_id = {case_id}
                     order by r.received_at, r.id limit 1), 'unknown')""",
        case_id=case_id,
    )


def is_recorded(moment: MomentKind, of: Any) -> ColumnElement[bool]:
    """Return the condition that a row of `incident_history` was stored by the counted moment.

    The statement needs the bind :now if `moment` is `past`, and :snapshot if cases are counted by snapshot. If a row has a
    transaction id above all present ids, it is from before a restore of the database, and counts as older than every
    snapshot.
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
    """Return the SELECT of the state of each case that belongs to one of the ranges of time.

    Args:
        base: REPORTED: the time of the report lies in a range. DUE: the handling deadline lies in a range.
        moment: Select present states, or past states (by time or by snapshot).
        ranges: The number of ranges. Their binds are [:since_0, :until_0), [:since_1, :until_1) and so on.
        is_shown: Select the handling deadline also if `base` is REPORTED.
    """
    if moment != "present":
        return _recorded_states(base, moment, ranges)
    if base == DUE:
        return Fragment("{states} and ({within})", states=_PRESENT_DUE, within=_within(_LIMIT.due_at, ranges))
    return Fragment(
        "{states} and ({within})",
        states=_PRESENT_WITH_LIMIT if is_shown else _PRESENT_REPORTED,
        within=_within(_CASE.reported_at, ranges),
    )


def states_in_either(moment: MomentKind, ranges: int) -> Fragment:
    """Return the SELECT of the state of each case whose report or handling deadline lies in one of the ranges of time.

    It has the columns of `states_in` and each case once. Its column `at` means nothing.
    """
    if moment != "present":
        within = or_(_within(_RECORD.reported_at, ranges), _within(_RECORD.due_at, ranges))
        return Fragment("{states} and ({within})", states=_recorded(moment), within=within)
    within = or_(_within(_CASE.reported_at, ranges), _within(_LIMIT.due_at, ranges))
    return Fragment("{states} and ({within})", states=_PRESENT_WITH_LIMIT, within=within)


def _recorded_states(base: str, moment: MomentKind, ranges: int) -> Fragment:
    """Return the SELECT of the last state of each case that was recorded by the moment.

    States are read from `incident_history`. A case is selected only if its report or deadline (see `base`) lies in one of
    the ranges.
    """
    at = _RECORD.reported_at if base == REPORTED else _RECORD.due_at
    conditions = [_within(at, ranges)]
    if base == DUE:
        conditions.append(_RECORD.status != constant("not_filed"))
    return Fragment(
        "{states} and ({conditions})",
        states=_recorded(moment, named(at, "at")),
        conditions=and_(*conditions),
    )


def _recorded(moment: MomentKind, *columns: Any) -> Fragment:
    """Return the SELECT of the last state of each case that was recorded by the moment, with further `columns`."""
    return Fragment(
        """
    select h.incident_id id, {columns} from incident_history h
    where not h.is_deleted and ({is_recorded}) and not exists (
      select 1 from incident_history later_record
      where later_record.incident_id = h.incident_id and later_record.seq > h.seq and ({is_later_recorded}))""",
        columns=listed([_RECORD_COLUMNS, *columns]),
        is_recorded=is_recorded(moment, _RECORD),
        is_later_recorded=is_recorded(moment, _LATER_RECORD),
    )


def _within(at: Any, ranges: int) -> ColumnElement[bool]:
    """Return the condition that the column `at` lies in one of the ranges [:since_n, :until_n)."""
    return or_(
        *(
            and_(
                at >= bindparam(f"since_{number}", None, at.type),
                at < bindparam(f"until_{number}", None, at.type),
            )
            for number in range(ranges)
        )
    )
