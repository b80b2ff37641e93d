"""SQL of premises merged into others, and parted from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.scope import reach


def hold_each(
    session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Return those of the premises, living or merged, where the actor may merge; locked, in the order of their ids.

    Their jurisdictions are held first, so that no redraw passes between reading a place and copying it.
    """
    held = """select j.id from jurisdiction j
              where j.id in (select p.jurisdiction_id from premises p where p.id = any(:ids))
              order by j.id for share of j"""
    session.execute(text(held), {"ids": list(ids)})
    there, binds = reach(actor, Permission.HOUSEHOLD_MERGE, "p.scope_path", now=now)
    sql = f"""
      select p.id, p.jurisdiction_id, p.kind, p.external_ref, p.merged_into, p.version from premises p
      where p.id = any(:ids) and (p.deleted_at is null or p.merged_into is not null) and {there}
      order by p.id for no key update of p
    """
    rows = session.execute(text(sql), binds | {"ids": list(ids)}).mappings()
    return {row["id"]: row for row in rows}


def merged_into(session: Session, premises_id: UUID) -> UUID | None:
    """Return the premises into which these were merged; None: none, or there are no such premises."""
    merged_into: UUID | None = session.scalar(
        text("select merged_into from premises where id = :id"), {"id": premises_id}
    )
    return merged_into


def present(session: Session, premises_id: UUID) -> UUID:
    """Return the premises into which these went in the end; themselves if they were not merged."""
    merged_into: UUID = session.execute(
        text("select present_premises(:id)"), {"id": premises_id}
    ).scalar_one()
    return merged_into


def labels_at(session: Session, premises_id: UUID) -> dict[UUID, str]:
    """Return the labels of the households of premises by id, locked."""
    sql = """select id, label from household where premises_id = :id and deleted_at is null
             order by id for no key update"""
    return {row.id: row.label for row in session.execute(text(sql), {"id": premises_id})}


def bring(session: Session, premises_id: UUID, labels: Mapping[UUID, str]) -> None:
    """Give households to premises, each with its label there. They have yet to follow to their place."""
    sql = """
      update household h set premises_id = :premises_id, label = given.label
      from unnest(cast(:ids as uuid[]), cast(:labels as text[])) given(id, label) where h.id = given.id
    """
    binds = {"premises_id": premises_id, "ids": list(labels), "labels": list(labels.values())}
    session.execute(text(sql), binds)


def close(session: Session, premises_id: UUID, *, into_id: UUID, at: datetime) -> None:
    """Make premises a pointer to others, and their possible doubles those of the others."""
    sql = """update premises set deleted_at = :at, merged_into = :into_id, possible_double_of = null where id = :id"""
    binds = {"id": premises_id, "into_id": into_id, "at": at}
    session.execute(text(sql), binds)
    sql = """update premises set possible_double_of = nullif(cast(:into_id as uuid), id) where possible_double_of = :id"""
    session.execute(text(sql), binds)


def open_again(session: Session, premises_id: UUID) -> None:
    """Let merged premises stand by themselves again."""
    sql = "update premises set deleted_at = null, merged_into = null where id = :id"
    session.execute(text(sql), {"id": premises_id})


def set_external_ref(session: Session, premises_id: UUID, external_ref: str | None) -> None:
    sql = "update premises set external_ref = :external_ref where id = :id"
    session.execute(text(sql), {"id": premises_id, "external_ref": external_ref})


def insert_merge(session: Session, values: dict[str, Any], households: Mapping[str, UUID]) -> None:
    """Keep a merge: `id`, `premises_id`, `into_id`, `gave_external_ref`, `reason`, `by`, `at`."""
    sql = """
      insert into premises_merge (id, premises_id, into_id, households, gave_external_ref, reason, merged_by, merged_at)
      values (:id, :premises_id, :into_id, cast(:households as jsonb), :gave_external_ref, :reason, :by, :at)
    """
    session.execute(text(sql), values | {"households": orjson.dumps(households).decode()})


def standing_merge(session: Session, premises_id: UUID) -> RowMapping:
    """Return the merge of merged premises: `id`, `into_id`, `gave_external_ref`, `households`."""
    sql = """select id, into_id, gave_external_ref, households from premises_merge
             where premises_id = :id and undone_at is null"""
    return session.execute(text(sql), {"id": premises_id}).mappings().one()


def undo(session: Session, merge_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    sql = "update premises_merge set undo_reason = :reason, undone_by = :by, undone_at = :at where id = :id"
    session.execute(text(sql), {"id": merge_id, "reason": reason, "by": by, "at": at})
