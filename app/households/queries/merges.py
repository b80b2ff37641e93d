"""SQL of premises merged into others, and parted from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Uuid, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.households.models import Household, Premises, PremisesMerge
from app.households.queries.row_conditions import IDS
from app.profiles.models import Jurisdiction
from app.workforce.scope import reach

_LOCK_JURISDICTIONS = (
    select(Jurisdiction.id)
    .where(Jurisdiction.id.in_(select(Premises.jurisdiction_id).where(Premises.id == IDS)))
    .order_by(Jurisdiction.id)
    .with_for_update(read=True, of=Jurisdiction)
)
_ARE_PREMISES = Premises.id == bindparam("premises_id")
_MERGED_INTO = select(Premises.merged_into).where(_ARE_PREMISES)
_PRESENT = select(func.present_premises(bindparam("premises_id", type_=Uuid()), type_=Uuid()))
_LABELS = (
    select(Household.id, Household.label)
    .where(Household.premises_id == bindparam("premises_id"), Household.deleted_at.is_(None))
    .order_by(Household.id)
    .with_for_update(key_share=True)
)
_BRING = text("""
  update household h set premises_id = :premises_id, label = given.label
  from unnest(cast(:ids as uuid[]), cast(:labels as text[])) given(id, label) where h.id = given.id
""")
_CLOSE = (
    update(Premises)
    .where(_ARE_PREMISES)
    .values(deleted_at=bindparam("at"), merged_into=bindparam("into_id"), possible_double_of=None)
)
_INTO_ID = bindparam("into_id", type_=Uuid())
_PASS_DOUBLES_ON = (
    update(Premises)
    .where(Premises.possible_double_of == bindparam("premises_id"))
    .values(possible_double_of=func.nullif(_INTO_ID, Premises.id))
)
_OPEN_AGAIN = update(Premises).where(_ARE_PREMISES).values(deleted_at=None, merged_into=None)
_SET_EXTERNAL_REF = update(Premises).where(_ARE_PREMISES).values(external_ref=bindparam("new_reference"))
_MERGE = select(
    PremisesMerge.id, PremisesMerge.into_id, PremisesMerge.gave_external_ref, PremisesMerge.households
).where(PremisesMerge.premises_id == bindparam("premises_id"), PremisesMerge.undone_at.is_(None))
_UNDO = (
    update(PremisesMerge)
    .where(PremisesMerge.id == bindparam("merge_id"))
    .values(undo_reason=bindparam("reason_given"), undone_by=bindparam("by"), undone_at=bindparam("at"))
)


def hold_each(
    session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Return those of the premises, living or merged, where the actor may merge; locked, in the order of their ids.

    Their jurisdictions are held first, so that no redraw passes between reading a place and copying it.
    """
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(ids)})
    there, binds = reach(actor, Permission.HOUSEHOLD_MERGE, "p.scope_path", now=now)
    sql = f"""
      select p.id, p.jurisdiction_id, p.kind, p.external_ref, p.merged_into, p.version from premises p
      where p.id = any(:ids) and (p.deleted_at is null or p.merged_into is not null) and {there}
      order by p.id for no key update of p
    """
    rows = session.execute(text(sql), binds | {"ids": list(ids)}).mappings()
    return {row["id"]: row for row in rows}


def merged_into(session: Session, premises_id: UUID) -> UUID | None:
    """Return the premises into which these were merged. None: they were not merged, or do not exist."""
    return session.scalar(_MERGED_INTO, {"premises_id": premises_id})


def present(session: Session, premises_id: UUID) -> UUID:
    """Return the premises at the end of the chain of merges: `premises_id` itself if it was not merged."""
    return session.execute(_PRESENT, {"premises_id": premises_id}).scalar_one()


def labels_at(session: Session, premises_id: UUID) -> dict[UUID, str]:
    """Lock the households of premises, and return their labels by id."""
    return {row.id: row.label for row in session.execute(_LABELS, {"premises_id": premises_id})}


def bring(session: Session, premises_id: UUID, labels: Mapping[UUID, str]) -> None:
    """Move households to premises, each with its label there. `rehoming.follow` has to store their areas afterwards."""
    binds = {"premises_id": premises_id, "ids": list(labels), "labels": list(labels.values())}
    session.execute(_BRING, binds)


def close(session: Session, premises_id: UUID, *, into_id: UUID, at: datetime) -> None:
    """Make premises a pointer to others. Premises that were possible doubles of them become those of the others."""
    binds = {"premises_id": premises_id, "into_id": into_id}
    session.execute(_CLOSE, binds | {"at": at})
    session.execute(_PASS_DOUBLES_ON, binds)


def open_again(session: Session, premises_id: UUID) -> None:
    """Separate merged premises from the others."""
    session.execute(_OPEN_AGAIN, {"premises_id": premises_id})


def set_external_ref(session: Session, premises_id: UUID, external_ref: str | None) -> None:
    """Set or remove the reference of premises in another register."""
    session.execute(_SET_EXTERNAL_REF, {"premises_id": premises_id, "new_reference": external_ref})


def insert_merge(session: Session, values: dict[str, Any]) -> None:
    """Store a merge; `values` are columns of `PremisesMerge`."""
    session.execute(insert(PremisesMerge), values)


def standing_merge(session: Session, premises_id: UUID) -> RowMapping:
    """Return the merge of merged premises: `id`, `into_id`, `gave_external_ref`, `households` (ids by label)."""
    return session.execute(_MERGE, {"premises_id": premises_id}).mappings().one()


def undo(session: Session, merge_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """Record that a merge was undone."""
    session.execute(_UNDO, {"merge_id": merge_id, "reason_given": reason, "by": by, "at": at})
