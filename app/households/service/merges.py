"""Merges of premises that were registered twice, and the undo of a merge.

Households are moved to the other premises and keep their ids. So residents, care tags, visits and later operations of offline
devices still refer to them. The merged premises stay in the table, marked as deleted, with the id of the other premises. So
imports, devices and links that use the old id or reference find the other premises.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.core.ids import uuid7
from app.households.queries import merges as queries
from app.households.queries import rehoming
from app.households.rules.merge_labels import relabelled
from app.households.rules.register import LIVED_IN
from app.households.rules.rows import national_id_faults
from app.households.service.guards import require_sound
from app.households.service.premises import premises


def merge_premises(
    session: Session, actor: Actor, *, premises_id: UUID, into_id: UUID, expected: int | None, reason: str
) -> tuple[bytes, int]:
    """Merge premises into the premises `into_id` of the same jurisdiction. Idempotent.

    Return the premises `into_id` (JSON) and their version. A number is appended to the label of a moved household if the
    label is used at the new premises. The external reference is passed on if `into_id` has none.

    Raises:
        Invalid: `into_id` is the id of the premises themselves, or the reason contains a national id number.
        NotFound: One of the two premises does not exist, or the actor may not merge premises there.
        Stale: The stored version is not `expected`.
        Conflict: `premises_merged`: one of the two premises was merged before (into `merged_into`). `other_jurisdiction`:
            they are in different jurisdictions. `premises_not_lived_in`: `into_id` is of a kind that has no households.
    """
    require_sound(national_id_faults({"reason": reason}))
    if premises_id == into_id:
        raise invalid_field("into_id", "not_itself")
    was, into = _locked(session, actor, premises_id, into_id)
    if was["merged_into"] == into_id:
        return premises(session, actor, premises_id=into_id)
    for row in (was, into):
        if row["merged_into"] is not None:
            raise Conflict("premises_merged", extra={"merged_into": row["merged_into"]})
    if expected not in (None, was["version"]):
        raise Stale("version_stale")
    if was["jurisdiction_id"] != into["jurisdiction_id"]:
        raise Conflict("other_jurisdiction")
    labels = queries.labels_at(session, premises_id)
    if labels and into["kind"] not in LIVED_IN:
        raise Conflict("premises_not_lived_in")
    taken = queries.labels_at(session, into_id).values()
    now = clock.now()
    queries.move_households(session, into_id, relabelled(labels, taken))
    queries.close(session, premises_id, into_id=into_id, at=now)
    gives = was["external_ref"] is not None and into["external_ref"] is None
    if gives:
        queries.set_external_ref(session, into_id, was["external_ref"])
    rehoming.follow(session, [into_id])
    merge = {
        "id": uuid7(),
        "premises_id": premises_id,
        "into_id": into_id,
        "households": {label: household_id for household_id, label in labels.items()},
        "gave_external_ref": gives,
        "reason": reason,
        "merged_by": actor.id,
        "merged_at": now,
    }
    queries.insert_merge(session, merge)
    detail = {"into": into_id, "households": len(labels)}
    _note(session, actor, "premises.merge", premises_id, reason, detail)
    return premises(session, actor, premises_id=into_id)


def unmerge_premises(
    session: Session, actor: Actor, *, premises_id: UUID, expected: int | None, reason: str
) -> tuple[bytes, int]:
    """Undo the merge of premises. Return the restored premises (JSON) and their version.

    Households that the merge moved return with their old labels, unless they were moved again. The external reference returns
    to the restored premises, too.

    Raises:
        NotFound: There are no such premises, or the actor may not merge premises at one of the two places.
        Stale: The stored version is not `expected`.
        Conflict: `not_merged`: the premises were not merged. `premises_merged`: the target premises were merged themselves
            (into `merged_into`), and that merge has to be undone first. `external_ref_taken`: other premises have the
            reference now.
    """
    require_sound(national_id_faults({"reason": reason}))
    into_id = queries.merged_into(session, premises_id)
    if into_id is None:
        premises(session, actor, premises_id=premises_id)
        raise Conflict("not_merged")
    was, into = _locked(session, actor, premises_id, into_id)
    if was["merged_into"] != into_id or expected not in (None, was["version"]):
        raise Stale("version_stale")
    if into["merged_into"] is not None:
        raise Conflict("premises_merged", extra={"merged_into": into["merged_into"]})
    merge = queries.active_merge(session, premises_id)
    there = queries.labels_at(session, into_id)
    back = {
        UUID(household_id): label
        for label, household_id in merge["households"].items()
        if UUID(household_id) in there
    }
    if merge["gave_external_ref"] and into["external_ref"] == was["external_ref"]:
        queries.set_external_ref(session, into_id, None)
    queries.separate(session, premises_id)
    queries.move_households(session, premises_id, back)
    rehoming.follow(session, [premises_id])
    queries.undo(session, merge["id"], reason=reason, by=actor.id, at=clock.now())
    detail = {"from": into_id, "households": len(back)}
    _note(session, actor, "premises.unmerge", premises_id, reason, detail)
    return premises(session, actor, premises_id=premises_id)


def _locked(session: Session, actor: Actor, *ids: UUID) -> list[RowMapping]:
    """Lock and return the premises with these ids, in the given order.

    Raises:
        NotFound: Premises do not exist, or the actor may not merge premises there.
    """
    rows = queries.lock_each(session, actor, ids, now=clock.now())
    if rows.keys() != set(ids):
        raise NotFound("not_found")
    return [rows[premises_id] for premises_id in ids]


def _note(
    session: Session, actor: Actor, action: str, premises_id: UUID, reason: str, detail: dict[str, Any]
) -> None:
    accounts.record(
        session,
        actor,
        action=action,
        entity="premises",
        entity_id=premises_id,
        purpose=reason,
        detail=detail,
    )
