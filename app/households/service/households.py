"""Use cases of households: list, read, find by a resident's name, add, change."""

import hmac
import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Forbidden, NotFound, Stale
from app.core.paging import id_after, page_body
from app.households.queries import households as queries
from app.households.queries import merges, residence
from app.households.queries import premises as premises_queries
from app.households.rules.register import LIVED_IN, RESIDENCES
from app.households.rules.rows import national_id_faults
from app.households.service.guards import is_first, require_no_number, require_selective, require_sound
from app.households.service.local_day import today_in
from app.settings import Settings

# The permission that a filter needs beyond the right to read households, as its result tells more about them.
_NEEDS = {
    "q": Permission.ADDRESS_READ,
    "care": Permission.RESIDENT_READ,
    "residence": Permission.RESIDENT_READ,
    "resident": Permission.RESIDENT_READ,
}


def list_households(
    session: Session, actor: Actor, *, limit: int = 100, cursor: str | None = None, **filters: Any
) -> bytes:
    """Return one page of the households that the actor sees, as JSON.

    Raises:
        Forbidden: A filter needs a permission that the actor does not hold.
    """
    for name, permission in _NEEDS.items():
        if filters.get(name) and not actor.may(permission):
            raise Forbidden("permission_missing", permission=permission.value)
    require_no_number(filters)
    require_selective(session, filters.get("q"))
    result = queries.households(
        session,
        actor,
        filters=filters | {"after": id_after(cursor)},
        now=clock.now(),
        today=clock.now().date(),
        limit=limit,
    )
    return page_body(result["items"], result["next_key"])


def count_residence(
    session: Session, actor: Actor, *, grid_id: UUID | None = None, area_id: UUID | None = None
) -> dict[str, dict[str, int]]:
    """Return the numbers of residents and households that the actor sees, by kind of residence."""
    result = residence.counts(session, actor, grid_id=grid_id, area_id=area_id, now=clock.now())
    return {name: result.get(name, {"residents": 0, "households": 0}) for name in RESIDENCES}


def find_households(
    session: Session, actor: Actor, *, resident: str, settings: Settings, **query: Any
) -> bytes:
    """Return one page of the households with a resident of exactly this name, as JSON.

    An actor could guess masked names by many searches. So each search counts as a disclosure of personal data. The audit event
    has a keyed hash instead of the name; the hash shows whether two searches were for the same name.

    Raises:
        Throttled: The actor made too many searches and disclosures within the time window of the settings.
    """
    require_no_number({"resident": resident})
    accounts.require_disclosures_left(session, actor, settings)
    key = accounts.derived_key(settings.signing_key_file, "names that were sought")
    sought = hmac.digest(key, unicodedata.normalize("NFKC", resident).casefold().encode(), "sha256")
    detail = {"sought": sought.hex()[:32]}
    accounts.record(session, actor, action="resident.search", entity="household", detail=detail)
    return list_households(session, actor, resident=resident, **query)


def household(session: Session, actor: Actor, *, household_id: UUID) -> tuple[bytes, int]:
    """Return a household that the actor sees (JSON), and its version.

    Raises:
        NotFound: There is no such household, or the actor does not see it.
    """
    result = queries.household(session, actor, household_id, now=clock.now(), today=clock.now().date())
    if result is None:
        raise NotFound("not_found")
    return result["item"], result["version"]


def add_household(session: Session, actor: Actor, *, id: UUID, **payload: Any) -> tuple[bytes, int, bool]:
    """Add a household to premises. Idempotent by `id`.

    Return the household (JSON), its version, and True if this call added it.
    """
    is_new = is_first(session, actor, route="households", key=id, payload=payload)
    if is_new:
        _add(session, actor, id, payload)
    return *household(session, actor, household_id=id), is_new


def _add(session: Session, actor: Actor, id: UUID, payload: dict[str, Any]) -> None:
    require_sound(national_id_faults({"label": payload.get("label")}))
    # A device without network may name premises that were merged meanwhile.
    payload = payload | {"premises_id": merges.present(session, payload["premises_id"])}
    there = premises_queries.lock(session, actor, payload["premises_id"], now=clock.now())
    if there is None:
        raise NotFound("not_found")
    if there["kind"] not in LIVED_IN:
        raise Conflict("premises_not_lived_in")
    values = {"label": "", "kind": "family"} | payload | {"id": id, "at": clock.now()}
    if not queries.insert_household(session, values):
        raise Conflict("id_reused")
    accounts.record(session, actor, action="household.add", entity="household", entity_id=id)


def change_household(
    session: Session, actor: Actor, *, household_id: UUID, expected: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change label, kind or next visit of a household. Return it (JSON) and its version.

    `is_declined` or `has_moved_away` with the value False undoes a final outcome of a visit.

    Raises:
        NotFound: There is no such household, or the actor may not edit there.
        Stale: The stored version is not `expected`.
    """
    require_sound(national_id_faults({"label": changes.get("label")}))
    home = require_household(session, actor, household_id, Permission.HOUSEHOLD_EDIT)
    changes = dict(changes)
    undone = [name for name in ("is_declined", "has_moved_away") if changes.pop(name, None) is False]
    columns = {"is_declined": "declined_at", "has_moved_away": "moved_away_at"}
    changes |= {columns[name]: None for name in undone}
    if undone:
        # The household is due at once: only a visit can show whether it wants visits again.
        changes.setdefault("next_visit_due", today_in(session, home["jurisdiction_id"]))
    if not queries.update_household(session, household_id, expected=expected, changes=changes):
        raise Stale("version_stale")
    accounts.record(
        session,
        actor,
        action="household.change",
        entity="household",
        entity_id=household_id,
        detail={"fields": sorted({*changes, *undone})},
    )
    return household(session, actor, household_id=household_id)


def change_households(
    session: Session, actor: Actor, changes: Sequence[tuple[UUID, int, dict[str, Any]]]
) -> None:
    """Change several households in one transaction, each with its expected version.

    If one change is refused, the function raises the error of `change_household` and changes nothing.
    """
    for _, _, payload in changes:
        require_sound(national_id_faults({"label": payload.get("label")}))
    ids = [row_id for row_id, _, _ in changes]
    held = queries.lock_each(session, actor, ids, Permission.HOUSEHOLD_EDIT, now=clock.now())
    if held.keys() != set(ids):
        raise NotFound("not_found")
    if queries.update_each(session, changes) != set(ids):
        raise Stale("version_stale")
    accounts.record_each(
        session,
        actor,
        action="household.change",
        entity="household",
        details=[(row_id, {"fields": sorted(payload)}) for row_id, _, payload in changes],
    )


def require_household(session: Session, actor: Actor, household_id: UUID, permission: Permission) -> Any:
    """Lock and return a household where the actor holds `permission`.

    Raises:
        NotFound: There is no such household, or the actor does not hold `permission` there.
    """
    result = queries.lock(session, actor, household_id, permission, now=clock.now())
    if result is None:
        raise NotFound("not_found")
    return result
