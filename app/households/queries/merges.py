"""SQL that merges premises into other premises, and undoes a merge.

Merged premises stay in the table: `deleted_at` is set (a tombstone), and `merged_into` is the id of the other premises.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Uuid,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.households.models import Household, Premises, PremisesMerge
from app.households.queries.row_conditions import IDS
from app.households.queries.visibility import premises_visibility
from app.profiles.models import Jurisdiction

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
_MOVE_HOUSEHOLDS = text("""
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
_SEPARATE = update(Premises).where(_ARE_PREMISES).values(deleted_at=None, merged_into=None)
_SET_EXTERNAL_REF = update(Premises).where(_ARE_PREMISES).values(external_ref=bindparam("new_reference"))
_MERGE = select(
    PremisesMerge.id, PremisesMerge.into_id, PremisesMerge.gave_external_ref, PremisesMerge.households
).where(PremisesMerge.premises_id == bindparam("premises_id"), PremisesMerge.undone_at.is_(None))
_UNDO = (
    update(PremisesMerge)
    .where(PremisesMerge.id == bindparam("merge_id"))
    .values(undo_reason=bindparam("reason_given"), undone_by=bindparam("by"), undone_at=bindparam("at"))
)


@lru_cache(maxsize=100)
def _lock_each(in_reach: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Premises.id,
            Premises.jurisdiction_id,
            Premises.kind,
            Premises.external_ref,
            Premises.merged_into,
            Premises.version,
        )
        .where(
            Premises.id == IDS,
            or_(Premises.deleted_at.is_(None), Premises.merged_into.is_not(None)),
            in_reach,
        )
        .order_by(Premises.id)
        .with_for_update(key_share=True, of=Premises)
    )


def lock_each(
    session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Lock the given premises where the actor may merge premises, and return them by id.

    Premises that were merged into others are included. The premises are locked in order of their ids, after their
    jurisdictions. Otherwise a redraw of areas could move premises after their area was read and before this area is copied to
    another row.
    """
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(ids)})
    visibility = premises_visibility(actor, now, Permission.HOUSEHOLD_MERGE)
    result = session.execute(_lock_each(visibility.condition), visibility.binds | {"ids": list(ids)})
    return {row["id"]: row for row in result.mappings()}


def merged_into(session: Session, premises_id: UUID) -> UUID | None:
    """Return the id of the premises that these premises were merged into.

    None: the premises were not merged, or do not exist.
    """
    return session.scalar(_MERGED_INTO, {"premises_id": premises_id})


def present(session: Session, premises_id: UUID) -> UUID:
    """Return the id of the premises that replace the given premises after all merges.

    Premises can be merged several times; the end of the chain is returned. It is the given id if they were not merged.
    """
    return session.execute(_PRESENT, {"premises_id": premises_id}).scalar_one()


def labels_at(session: Session, premises_id: UUID) -> dict[UUID, str]:
    """Lock the households of premises, and return their labels by household id."""
    return {row.id: row.label for row in session.execute(_LABELS, {"premises_id": premises_id})}


def move_households(session: Session, premises_id: UUID, labels: Mapping[UUID, str]) -> None:
    """Set premises and label of households.

    The caller then runs `rehoming.follow`, which stores the area of the premises in these households.

    Args:
        labels: New label by household id.
    """
    binds = {"premises_id": premises_id, "ids": list(labels), "labels": list(labels.values())}
    session.execute(_MOVE_HOUSEHOLDS, binds)


def close(session: Session, premises_id: UUID, *, into_id: UUID, at: datetime) -> None:
    """Mark premises as deleted that were merged into the premises `into_id`.

    Premises that were marked as possible doubles of the deleted premises are marked as possible doubles of `into_id`.
    """
    binds = {"premises_id": premises_id, "into_id": into_id}
    session.execute(_CLOSE, binds | {"at": at})
    session.execute(_PASS_DOUBLES_ON, binds)


def separate(session: Session, premises_id: UUID) -> None:
    """Restore merged premises: clear the marks of deletion and of the merge."""
    session.execute(_SEPARATE, {"premises_id": premises_id})


def set_external_ref(session: Session, premises_id: UUID, external_ref: str | None) -> None:
    """Set the external reference of premises (their id in another register); None removes it."""
    session.execute(_SET_EXTERNAL_REF, {"premises_id": premises_id, "new_reference": external_ref})


def insert_merge(session: Session, values: dict[str, Any]) -> None:
    """Store a merge; `values` are columns of `PremisesMerge`."""
    session.execute(insert(PremisesMerge), values)


def active_merge(session: Session, premises_id: UUID) -> RowMapping:
    """Return the record of the merge of these premises that was not undone.

    Columns: `id`, `into_id`, `gave_external_ref` (the external reference was passed to the premises `into_id`) and
    `households` (the ids of the moved households by the labels that they had before the merge).
    """
    return session.execute(_MERGE, {"premises_id": premises_id}).mappings().one()


def undo(session: Session, merge_id: UUID, *, reason: str, by: UUID, at: datetime) -> None:
    """Store that a merge was undone: reason, actor and time."""
    session.execute(_UNDO, {"merge_id": merge_id, "reason_given": reason, "by": by, "at": at})
