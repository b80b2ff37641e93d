"""Cases whose record of figures may lack a state, all that is known of them, and storing what was missing."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.incidents.lifecycle.rules.history_rebuild import COLUMNS, Row

# What figures count of a case `i`, by the names that the record has; `d` is its limit on handling.
STATE = """
  i.jurisdiction_id, i.profile_version_id, i.category, i.status, cast(i.scope_path as text) scope_path, i.owner_unit_id,
  i.about_kind, i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null is_handled, i.rework_count,
  i.deleted_at is not null is_deleted, i.filed_at, i.accepted_at, i.handled_at, i.is_returned,
  i.merged_into is not null is_merged, i.handling_unit_id, i.extended_count, i.recurrence
"""
_LIMIT = """
  left join lateral (
    select d.due_at, d.outcome from deadline d
    where d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null and d.outcome is distinct from 'replaced'
    order by d.started_at desc, d.id desc limit 1) d on true
"""
_STORED = ", ".join(
    "cast(h.scope_path as text) scope_path" if name == "scope_path" else f"h.{name}" for name in COLUMNS
)
# The steps after which figures may count a case differently although it stays in its state.
_QUIET = """('recategorise', 'relocate', 'rehome', 'link_component', 'change_owner', 'grant_extension', 'merge', 'unmerge')"""

_BATCH = 200


def suspects(session: Session) -> Iterator[Sequence[UUID]]:
    """Cases with a step that may have left no row in the record, or whose last row is not how they stand; in batches."""
    sql = f"""
      with begun as (select incident_id, min(recorded_at) recorded_at from incident_history group by incident_id),
      last as (select distinct on (incident_id) * from incident_history order by incident_id, seq desc)
      select e.incident_id from incident_event e left join begun b on b.incident_id = e.incident_id
      where (e.from_status is distinct from e.to_status or e.action in {_QUIET})
        and (b.recorded_at is null or e.recorded_at > b.recorded_at)
        and not exists (select 1 from incident_history h where h.incident_id = e.incident_id and h.xid = e.xid)
      union
      select s.id from (select i.id, {STATE} from incident i {_LIMIT}) s left join last h on h.incident_id = s.id
      where ({", ".join(f"s.{name}" for name in COLUMNS)})
        is distinct from ({", ".join("cast(h.scope_path as text)" if n == "scope_path" else f"h.{n}" for n in COLUMNS)})
      order by 1
    """
    ids = session.scalars(text(sql)).all()
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def lock(session: Session, ids: Sequence[UUID]) -> None:
    """Lock cases, in the order of their ids. Nothing of them is written until the transaction ends."""
    session.execute(
        text("select 1 from incident where id = any(:ids) order by id for update"), {"ids": list(ids)}
    )


def recount(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Count anew how often the same had come in, of cases that were moved or recategorised; returns those that changed."""
    sql = """
      update incident i set recurrence = c.recurrence from (
        select n.id, 1 + (
          select count(*) from (
            select from incident o
            where o.grid_id = n.grid_id and o.reported_at > n.reported_at - interval '30 days'
              and o.reported_at <= n.reported_at and o.category = n.category and o.id <> n.id
              and o.about_kind is null and o.status <> 'not_filed' and o.deleted_at is null limit 99) before) recurrence
        from incident n where n.id = any(:ids) and n.about_kind is null and n.grid_id is not null
        union all
        select n.id, null from incident n where n.id = any(:ids) and (n.about_kind is not null or n.grid_id is null)) c
      where i.id = c.id and i.recurrence is distinct from c.recurrence returning i.id
    """
    return list(session.scalars(text(sql), {"ids": list(ids)}))


def present(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Cases as they stand, and when they were changed last (`updated_at`)."""
    sql = f"select i.id, i.updated_at, {STATE} from incident i {_LIMIT} where i.id = any(:ids)"
    return {row["id"]: dict(row) for row in session.execute(text(sql), {"ids": list(ids)}).mappings()}


def recorded(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return recorded rows of cases, in order within each case."""
    sql = f"""
      select h.incident_id, h.seq, h.xid, h.recorded_at, h.occurred_at, {_STORED}
      from incident_history h where h.incident_id = any(:ids) order by h.incident_id, h.seq
    """
    return session.execute(text(sql), {"ids": list(ids)}).mappings().all()


def events(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Steps of cases, each in order."""
    sql = """
      select e.incident_id, e.xid, e.recorded_at, e.action, e.from_status, e.to_status, e.occurred_at, e.detail,
             coalesce(cast(e.detail ->> 'received_at' as timestamptz), e.occurred_at) "at"
      from incident_event e where e.incident_id = any(:ids) order by e.incident_id, e.seq
    """
    return session.execute(text(sql), {"ids": list(ids)}).mappings().all()


def limits(session: Session, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Every state of the limits on handling cases, as their own history has it, in order."""
    sql = """
      select d.incident_id, d.id, f.xid, f.recorded_at, d.started_at,
             cast(f.row ->> 'due_at' as timestamptz) due_at, f.row ->> 'outcome' outcome,
             f.row ->> 'deleted_at' is not null is_deleted
      from deadline d join fact_history f on f.entity = 'deadline' and f.row_id = d.id
      where d.incident_id = any(:ids) and d.stage = 'handle' order by d.incident_id, f.seq
    """
    return session.execute(text(sql), {"ids": list(ids)}).mappings().all()


def open_record(session: Session) -> None:
    """Let this transaction, the owner's, take rows out of the record. Everybody else waits until it ends."""
    session.execute(text("alter table incident_history disable trigger refuse_change"))


def close_record(session: Session) -> None:
    session.execute(text("alter table incident_history enable trigger refuse_change"))


def store(session: Session, incident_id: UUID, rows: Sequence[Row], *, keep_first: int) -> None:
    """Replace the record of a case after its first `keep_first` rows by `rows`, in their order."""
    session.execute(
        text("""
          delete from incident_history where seq in (
            select seq from incident_history where incident_id = :id order by seq offset :kept)
        """),
        {"id": incident_id, "kept": keep_first},
    )
    values = ", ".join(f"cast(:{name} as ltree)" if name == "scope_path" else f":{name}" for name in COLUMNS)
    sql = f"""
      insert into incident_history (incident_id, {", ".join(COLUMNS)}, occurred_at, recorded_at, xid)
      values (:incident_id, {values}, :occurred_at, coalesce(:recorded_at, clock_timestamp()),
              coalesce(cast(cast(:xid as text) as xid8), pg_current_xact_id()))
    """
    for row in rows:
        facts = {name: row.state[name] for name in COLUMNS}
        times = {"occurred_at": row.occurred_at, "recorded_at": row.recorded_at, "xid": row.xid}
        session.execute(text(sql), {"incident_id": incident_id, **facts, **times})
