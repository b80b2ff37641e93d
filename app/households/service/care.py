"""Use cases of care tags of residents (kinds of help that they need) and of consents."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.households.queries import care as queries
from app.households.queries import residents
from app.households.rules.register import CARE_DAYS_MAX
from app.households.rules.rows import national_id_faults
from app.households.service.guards import is_first, require_sound
from app.households.service.households import require_household
from app.households.service.local_day import today_in


def add_care_tag(
    session: Session, actor: Actor, *, resident_id: UUID, id: UUID, **payload: Any
) -> tuple[bytes, bool]:
    """Add a care tag (a kind of help that is needed) to a resident. Idempotent by `id`.

    Return the tag (JSON), and True if this call added it. The tag must end within a year. If the tag has a cycle, the help is
    due today.
    """
    is_new = is_first(
        session, actor, route="care-tags", key=id, payload=payload | {"resident_id": resident_id}
    )
    home = _home(session, actor, "resident", resident_id)
    if is_new:
        today = today_in(session, home["jurisdiction_id"])
        _check(payload["purpose"], payload["ends_on"], today)
        cycle = payload.get("cycle_days")
        values = payload | {
            "id": id,
            "resident_id": resident_id,
            "cycle_days": cycle,
            "next_due": today if cycle else None,
            "by": actor.id,
            "at": clock.now(),
        }
        if not queries.insert_care_tag(session, values):
            raise Conflict("id_reused")
        _note(session, actor, "care_tag.add", "care_tag", id)
    return queries.care_tag(session, id)["item"], is_new


def change_care_tag(
    session: Session, actor: Actor, *, tag_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change purpose, last day or cycle of a care tag. Return the tag (JSON) and its version.

    The last day must be within a year from today.
    """
    home = _home(session, actor, "care_tag", tag_id)
    facts = dict(queries.care_facts(session, tag_id))
    today = today_in(session, home["jurisdiction_id"])
    values = facts | changes
    _check(values["purpose"], values["ends_on"], today)
    if values["cycle_days"] != facts["cycle_days"]:
        values["next_due"] = today if values["cycle_days"] else None
    if not queries.update_care_tag(session, tag_id, expected=expected, values=values):
        raise Stale("version_stale")
    _note(session, actor, "care_tag.change", "care_tag", tag_id, fields=sorted(changes))
    row = queries.care_tag(session, tag_id)
    return row["item"], row["version"]


def end_care_tag(session: Session, actor: Actor, *, tag_id: UUID) -> None:
    """End a care tag, because the resident no longer needs this help.

    Raises:
        NotFound: The tag has ended before, or the actor may not edit residents there.
    """
    _home(session, actor, "care_tag", tag_id)
    queries.end_care_tag(session, tag_id, at=clock.now())
    _note(session, actor, "care_tag.end", "care_tag", tag_id)


def end_care_tag_once(session: Session, actor: Actor, *, tag_id: UUID) -> None:
    """End a care tag. Does nothing if it has ended before."""
    if queries.is_ended(session, tag_id):
        _home(session, actor, "care_tag", tag_id, is_ended=True)
    else:
        end_care_tag(session, actor, tag_id=tag_id)


def restore_care_tag(session: Session, actor: Actor, *, tag_id: UUID) -> None:
    """Make an ended care tag active again.

    Raises:
        NotFound: The tag has not ended, or its resident was erased.
    """
    _home(session, actor, "care_tag", tag_id, is_ended=True)
    if not queries.restore_care_tag(session, tag_id):
        raise NotFound("not_found")
    _note(session, actor, "care_tag.restore", "care_tag", tag_id)


def add_consent(
    session: Session,
    actor: Actor,
    *,
    household_id: UUID,
    id: UUID,
    happened_at: datetime | None = None,
    **payload: Any,
) -> tuple[bytes, bool]:
    """Store a consent of a household or of one resident. Idempotent by `id`.

    Return the consent (JSON), and True if this call stored it.

    Args:
        happened_at: When the consent was given, if the payload has no `given_at`. None: now.
    """
    is_new = is_first(
        session, actor, route="consents", key=id, payload=payload | {"household_id": household_id}
    )
    require_household(session, actor, household_id, Permission.RESIDENT_EDIT)
    if is_new:
        require_sound(national_id_faults({"purpose": payload["purpose"]}))
        resident_id = payload.get("resident_id")
        if resident_id and not residents.is_member(session, resident_id, household_id):
            household_id = _present_home(session, resident_id, household_id)
        given_at: datetime = payload.get("given_at") or happened_at or clock.now()
        if given_at > clock.now() + timedelta(minutes=5):
            raise invalid_field("given_at", "in_future")
        values = payload | {
            "id": id,
            "household_id": household_id,
            "resident_id": resident_id,
            "given_at": given_at,
            "by": actor.id,
        }
        if not queries.insert_consent(session, values):
            raise Conflict("id_reused")
        _note(session, actor, "consent.give", "consent", id)
    return queries.consent(session, id), is_new


def withdraw_consent(session: Session, actor: Actor, *, consent_id: UUID) -> bytes:
    """Withdraw a consent, and return it as JSON. Idempotent."""
    _home(session, actor, "consent", consent_id)
    if queries.withdraw_consent(session, consent_id, by=actor.id, at=clock.now()):
        _note(session, actor, "consent.withdraw", "consent", consent_id)
    return queries.consent(session, consent_id)


def _home(session: Session, actor: Actor, entity: str, row_id: UUID, *, is_ended: bool = False) -> Any:
    """Lock and return the household of a resident, care tag or consent.

    Raises:
        NotFound: The row does not exist, or the actor may not edit residents there.
    """
    household_id = residents.household_of(
        session,
        actor,
        entity=entity,
        row_id=row_id,
        permission=Permission.RESIDENT_EDIT,
        now=clock.now(),
        is_ended=is_ended,
    )
    if household_id is None:
        raise NotFound("not_found")
    return require_household(session, actor, household_id, Permission.RESIDENT_EDIT)


def _check(purpose: str, ends_on: date, today: date) -> None:
    require_sound(national_id_faults({"purpose": purpose}))
    if not today <= ends_on <= today + timedelta(days=CARE_DAYS_MAX):
        raise invalid_field("ends_on", "out_of_range")


def _note(session: Session, actor: Actor, action: str, entity: str, row_id: UUID, **detail: Any) -> None:
    accounts.record(session, actor, action=action, entity=entity, entity_id=row_id, detail=detail)


def _present_home(session: Session, resident_id: UUID, household_id: UUID) -> UUID:
    """Return the id of the present household of a resident who lives or lived in `household_id`.

    Raises:
        Invalid: The resident never lived in that household.
    """
    home = residents.home_of(session, resident_id)
    if home is None or household_id not in residents.homes_ever(session, resident_id):
        raise invalid_field("resident_id", "reference_unknown")
    return home
