"""The history of cases as a log: state of the database for a cursor, windows of new events, pages of a window.

Events are found by snapshot, as `sync/queries/changes.py` finds changes: between two snapshots are the transactions that
began after the first one, and those that were running at its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, literal_column
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import CURRENT_LIFE
from app.core.db import Fragment
from app.incidents.scope import CASE_I, CaseRule, case_visibility

# A page looks at no more events than these; a reader with a small scope gets an empty page and the next cursor.
MOST_SCANNED = 20_000

_STATE = Fragment(
    """
    select left(e.epoch::text, 8) epoch, {life} life, durable_snapshot()::text cur,
      coalesce(pg_snapshot_xmin(cast(:prev as pg_snapshot)) >= e.pruned_below, true) is_kept,
      coalesce(is_past_snapshot(cast(:last as pg_snapshot), cast(:life as text)), true) is_past,
      greatest(e.pruned_below::text::bigint, 3) oldest
    from sync_epoch e
    """,
    life=literal_column(CURRENT_LIFE),
)

_PREV, _CUR = Fragment("cast(:prev as pg_snapshot)"), Fragment("cast(:cur as pg_snapshot)")
# `seq + 0`: PostgreSQL might find the lowest number by walking over the whole history in the order of numbers.
_WINDOW = Fragment(
    """
    select min(low) low, max(top) top from (
      select min(seq + 0) low, max(seq + 0) top from incident_event
      where xid >= pg_snapshot_xmax({prev}) and xid < pg_snapshot_xmax({cur}) and pg_visible_in_snapshot(xid, {cur})
      union all
      select min(seq + 0), max(seq + 0) from incident_event
      where xid = any(array(select pg_snapshot_xip({prev}))) and pg_visible_in_snapshot(xid, {cur})) part
    """,
    prev=_PREV,
    cur=_CUR,
)

# Rows that came with a dump have the transaction ids of another database: they were recorded before this epoch.
_SCANNED = Fragment(
    """
    select e.seq, e.incident_id, e.action, e.from_status, e.to_status, e.occurred_at, e.recorded_at
    from incident_event e
    where e.seq > :after and e.seq <= :top and pg_visible_in_snapshot(e.xid, {cur})
      and not pg_visible_in_snapshot(e.xid, {prev}) and e.recorded_at >= (select started_at from sync_epoch)
    order by e.seq limit :scanned
    """,
    prev=_PREV,
    cur=_CUR,
)
# A full page ends where its last event is, so a reader of a long window looks at no more events than it gets; `scanned` is
# null then. Because of `offset 0` the cases are looked up event by event, and not hashed for all of them.
_PAGE = """
  with found as materialized (
    select s.* from ({scanned}) s cross join lateral (
      select from incident i
      where i.id = s.incident_id and i.deleted_at is null and {is_visible}
        and (cardinality(cast(:categories as text[])) = 0 or i.category = any(cast(:categories as text[])))
        and (cast(:area_id as uuid) is null or i.scope_path <@ (
          select v.path from area_version v where v.area_id = cast(:area_id as uuid) and upper_inf(v.valid)))
      offset 0) i
    order by s.seq limit :most)
  select (select coalesce(json_agg(f order by f.seq), '[]') from found f) items,
    case when not n.is_full then l.scanned end scanned, l.scanned_to
  from (select count(*) >= :most is_full from found) n
  cross join lateral (
    select count(*) scanned, max(s.seq) scanned_to from ({scanned}) s where not n.is_full) l
"""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log at the time of reading.

    Attributes:
        cur: The present snapshot.
        is_kept: The log has all events since the cursor.
        is_past: The cursor is of the past of this database.
        oldest: Lowest transaction id from which on the log is complete.
    """

    epoch: str
    life: str
    cur: str
    is_kept: bool
    is_past: bool
    oldest: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events with numbers from `after` (not included) to `top` that were committed between two snapshots."""

    prev: str
    cur: str
    after: int
    top: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a subscription in SQL. Empty categories: all; no area: everywhere."""

    categories: Sequence[str] = ()
    area_id: UUID | None = None


def log_state(
    session: Session, *, prev: str | None = None, last: str | None = None, life: str | None = None
) -> LogState:
    """Return the state of the log for a cursor. None: there is no cursor."""
    row = session.execute(_STATE, {"prev": prev, "last": last, "life": life}).mappings().one()
    return LogState(**row)


def window_between(session: Session, *, prev: str, cur: str) -> tuple[int, int] | None:
    """Return the lowest and highest number of the events between two snapshots; None: there is none."""
    row = session.execute(_WINDOW, {"prev": prev, "cur": cur}).one()
    return None if row.low is None else (row.low, row.top)


@lru_cache(maxsize=500)
def _page(rule: CaseRule) -> Fragment:
    return Fragment(_PAGE, scanned=_SCANNED, is_visible=rule.condition(CASE_I))


def page(
    session: Session,
    actor: Actor,
    stretch: Stretch,
    *,
    filters: Filters,
    limit: int,
    now: datetime,
    most_scanned: int,
) -> RowMapping:
    """Return a page of the events of a stretch, of cases that the actor sees now and that meet the filters.

    Columns: `items` (events in order, as JSON), and of a page that is not full `scanned` (number of events
    looked at, at most `most_scanned`) and `scanned_to` (number of the last one).
    """
    visibility = case_visibility(actor, now)
    binds: dict[str, Any] = visibility.binds | {
        "prev": stretch.prev,
        "cur": stretch.cur,
        "after": stretch.after,
        "top": stretch.top,
        "categories": list(filters.categories),
        "area_id": filters.area_id,
        "scanned": most_scanned,
        "most": limit,
        "now": now,
    }
    return session.execute(_page(visibility.rule), binds).mappings().one()
