"""Use cases of residents: add, change, move, disclose, erase.

The facts of a resident are the columns that describe the person, as name and telephone (`queries.residents.FACTS`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, erasures, idempotency
from app.core.actor import SYSTEM, Actor, Permission
from app.core.erasures import Ledger
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.households.queries import households as household_queries
from app.households.queries import residents as queries
from app.households.rules import rows as rules
from app.households.service.attachments import remove_media_of_home
from app.households.service.guards import is_first, require_sound
from app.households.service.households import require_household
from app.households.service.local_day import today_in
from app.settings import Settings

PURPOSE_MIN = 4


def add_resident(
    session: Session, actor: Actor, *, household_id: UUID, id: UUID, **payload: Any
) -> tuple[bytes, bool]:
    """Add a resident to a household. Idempotent by `id`.

    Return the resident (masked JSON), and True if this call added the resident.
    """
    is_new = is_first(
        session, actor, route="residents", key=id, payload=payload | {"household_id": household_id}
    )
    require_household(session, actor, household_id, Permission.RESIDENT_EDIT)
    if is_new:
        stored, faults = rules.read_resident(payload, this_year=clock.now().year)
        require_sound(faults)
        values = stored | {"id": id, "household_id": household_id, "at": clock.now()}
        if not queries.insert_resident(session, values):
            raise Conflict("id_reused")
        _note(session, actor, "resident.add", id)
    elif queries.facts(session, id) is None:
        raise NotFound("not_found")  # erased since
    return queries.resident(session, id, today=clock.now().date())["item"], is_new


def change_resident(
    session: Session, actor: Actor, *, resident_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change personal data of a resident. Return the resident (masked JSON) and the new version.

    Args:
        expected: The version that the caller has read. None: any version.
        changes: New values of columns such as `name` and `phone`.

    Raises:
        NotFound: There is no such resident, or the actor may not edit residents there.
        Stale: The stored version is not `expected`.
    """
    facts = known_resident(session, actor, resident_id, Permission.RESIDENT_EDIT)
    stored = _changed(facts, changes)
    if not queries.update_resident(session, resident_id, expected=expected, values=stored):
        raise Stale("version_stale")
    _note(session, actor, "resident.change", resident_id, fields=sorted(changes))
    row = queries.resident(session, resident_id, today=clock.now().date())
    return row["item"], row["version"]


def change_residents(
    session: Session, actor: Actor, changes: Sequence[tuple[UUID, int, dict[str, Any]]]
) -> None:
    """Change personal data of several residents in one transaction.

    If one change is refused, the function raises the error of `change_resident` and changes nothing.

    Args:
        changes: (resident id, expected version, new values by column) of each resident.
    """
    ids, permission, now = [row_id for row_id, _, _ in changes], Permission.RESIDENT_EDIT, clock.now()
    homes = queries.homes_of(session, actor, ids, permission, now=now)
    held = household_queries.lock_each(session, actor, set(homes.values()), permission, now=now)
    facts = queries.facts_each(session, ids)
    if not all(row_id in facts and homes.get(row_id) in held for row_id in ids):
        raise NotFound("not_found")
    stored = [
        {"id": row_id, "version": version} | _changed(facts[row_id], payload)
        for row_id, version, payload in changes
    ]
    if queries.update_each(session, stored) < len(ids):
        raise Stale("version_stale")
    accounts.record_each(
        session,
        actor,
        action="resident.change",
        entity="resident",
        details=[(row_id, {"fields": sorted(payload)}) for row_id, _, payload in changes],
    )


def move_resident(
    session: Session,
    actor: Actor,
    *,
    resident_id: UUID,
    household_id: UUID,
    expected: int | None,
    reason: str,
) -> tuple[bytes, int]:
    """Move a resident, with care tags and consents, to another household.

    Return the resident (masked JSON) and the version. Visits stay with the household that was visited. If the new household was
    marked as moved away, the mark is removed and a visit is due today. If the resident lives there already, nothing changes.

    Raises:
        NotFound: The actor may not edit residents in one of the two households.
        Stale: The stored version is not `expected`, or the resident was moved meanwhile.
    """
    require_sound(rules.national_id_faults({"reason": reason}))
    permission, now = Permission.RESIDENT_EDIT, clock.now()
    from_id = queries.household_of(
        session, actor, entity="resident", row_id=resident_id, permission=permission, now=now
    )
    homes = {household_id} | ({from_id} if from_id is not None else set())
    held = household_queries.lock_each(session, actor, homes, permission, now=now)
    if from_id is None or held.keys() != homes:
        raise NotFound("not_found")
    if from_id != household_id:
        if not queries.move(session, resident_id, from_id=from_id, to_id=household_id, expected=expected):
            raise Stale("version_stale")
        _reopen(session, held[household_id])
        accounts.record(
            session,
            actor,
            action="resident.move",
            entity="resident",
            entity_id=resident_id,
            purpose=reason,
            detail={"from": from_id, "to": household_id},
        )
    row = queries.resident(session, resident_id, today=now.date())
    return row["item"], row["version"]


def _reopen(session: Session, home: RowMapping) -> None:
    """Remove the mark that a household has moved away, and make a visit due today."""
    if home["moved_away_at"] is not None:
        changes = {"moved_away_at": None, "next_visit_due": today_in(session, home["jurisdiction_id"])}
        household_queries.update_household(session, home["id"], expected=None, changes=changes)


def _changed(facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a resident with the changes applied, after validation.

    If the resident is now registered here, the other place of registration is cleared.

    Raises:
        Invalid: A value is not valid.
    """
    if changes.get("is_registered_here") and "registered_at" not in changes:
        facts = facts | {"registered_at": None}
    stored, faults = rules.read_resident(facts | changes, this_year=clock.now().year)
    require_sound(faults)
    return stored


def reveal_resident(
    session: Session,
    actor: Actor,
    *,
    resident_id: UUID,
    purpose: str,
    explanation: str,
    fields: list[str],
    settings: Settings,
) -> dict[str, Any]:
    """Return fields of a resident without masks; store the purpose in the audit trail.

    Raises:
        NotFound: There is no such resident, or the actor may not reveal residents there.
        Throttled: The actor made too many disclosures within the time window of the settings.
    """
    facts = known_resident(session, actor, resident_id, Permission.RESIDENT_REVEAL)
    accounts.require_disclosures_left(session, actor, settings)
    shown = accounts.disclose(
        session,
        actor,
        purpose=purpose,
        explanation=explanation,
        fields=fields,
        entity="resident",
        rows={resident_id: facts},
    )
    return {"id": resident_id} | shown[resident_id]


def erase_resident(session: Session, actor: Actor, *, resident_id: UUID, reason: str, ledger: Ledger) -> None:
    """Erase the personal data of a resident from the rows and from their history.

    Care tags and consents are erased, too, and so are notes and photos of visits to all households of the resident, because
    they may be about the resident. The audit event and its reason stay. A name or number of the resident in that reason, or in
    earlier audit events about the resident, is blacked out.
    """
    reason = reason.strip()
    if len(reason) < PURPOSE_MIN:
        raise invalid_field("reason", "wrong_length")
    require_sound(rules.national_id_faults({"reason": reason}))
    known_resident(session, actor, resident_id, Permission.RESIDENT_ERASE)
    now = clock.now()
    accounts.record(
        session, actor, action="resident.erase", entity="resident", entity_id=resident_id, purpose=reason
    )
    _erase(session, resident_id, at=now)
    ledger.add(erasures.RESIDENT, [resident_id], at=now)


def addresses_of(session: Session, resident_ids: Sequence[UUID]) -> tuple[list[str], list[str]]:
    """Return telephone numbers and e-mail addresses of residents, for their erasure in other places. Nobody is shown them."""
    facts = queries.facts_each(session, resident_ids).values()
    phones, emails = ([row[name] for row in facts if row[name]] for name in ("phone", "email"))
    return phones, emails


def erase_residents(session: Session, resident_ids: Sequence[UUID], *, because: str) -> int:
    """Erase several residents on behalf of the system, as for expired data. Return their number.

    Args:
        because: Code of the reason, for the audit trail.
    """
    retained = queries.not_erased(session, resident_ids)
    details = [(row_id, {"because": because}) for row_id in retained]
    accounts.record_each(session, SYSTEM, action="resident.erase", entity="resident", details=details)
    for row_id in retained:
        _erase(session, row_id, at=clock.now())
    return len(retained)


def _erase(session: Session, resident_id: UUID, *, at: datetime) -> None:
    for household_id in queries.homes_ever(session, resident_id):
        remove_media_of_home(session, household_id)
    idempotency.erase_operations(session, queries.erase(session, resident_id, at=at))


def known_resident(
    session: Session, actor: Actor, resident_id: UUID, permission: Permission
) -> dict[str, Any]:
    """Lock the household of a resident, and return the resident's data without masks.

    Raises:
        NotFound: There is no such resident, or the actor does not hold `permission` there.
    """
    household_id = queries.household_of(
        session, actor, entity="resident", row_id=resident_id, permission=permission, now=clock.now()
    )
    if household_id is None:
        raise NotFound("not_found")
    require_household(session, actor, household_id, permission)
    facts = queries.facts(session, resident_id)
    if facts is None:
        raise NotFound("not_found")
    return facts


def _note(session: Session, actor: Actor, action: str, resident_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity="resident", entity_id=resident_id, detail=detail)
