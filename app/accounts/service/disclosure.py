"""Disclosure of masked personal fields in full, for a purpose, with limits and an audit."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import audit as queries
from app.accounts.rules.purposes import LEAST_CHARACTERS, LEAST_WORDS, PURPOSES, Reason, is_explained
from app.accounts.service.audit import record
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Throttled, invalid_field
from app.settings import Settings

PERSON_EXPORT = "person.export"
# Acts that count for the limit of disclosures. A search by name is one, as its result confirms the name.
DISCLOSURES = ("personal.disclose", "resident.search")


def disclose(
    session: Session,
    actor: Actor,
    *,
    purpose: str,
    explanation: str,
    fields: Sequence[str],
    entity: str,
    rows: Mapping[UUID, Mapping[str, Any]],
    action: str = "personal.disclose",
) -> dict[UUID, dict[str, Any]]:
    """Return the requested personal fields of rows in full, and store an audit event.

    The audit event has the purpose, its explanation, the names of the fields and the ids of the rows, and no values.

    Args:
        purpose: A code of `PURPOSES`.
        rows: Values of the fields by the row's id. The caller has to check that the actor may see these rows.

    Raises:
        Invalid: The purpose or a field is unknown, or the explanation is too short.
    """
    require_explained(Reason(purpose, explanation), among=PURPOSES)
    available_fields = {name for row in rows.values() for name in row}
    if not fields or (rows and not set(fields) <= available_fields):
        raise invalid_field("fields", "not_one_of")
    ids = sorted(rows)
    record(
        session,
        actor,
        action=action,
        entity=entity,
        entity_id=ids[0] if len(ids) == 1 else None,
        purpose=explanation.strip(),
        detail={"purpose": purpose, "fields": sorted(set(fields)), "rows": ids},
    )
    return {row_id: {name: row[name] for name in fields if name in row} for row_id, row in rows.items()}


def require_explained(reason: Reason, *, among: Collection[str]) -> None:
    """Refuse a reason whose purpose is not in `among` or whose explanation is too short.

    Raises:
        Invalid: `purpose` or `explanation` (HTTP 422).
    """
    if reason.purpose not in among:
        raise invalid_field("purpose", "not_one_of", allowed=list(among))
    if not is_explained(reason.explanation):
        raise invalid_field("explanation", "explanation_thin", words=LEAST_WORDS, characters=LEAST_CHARACTERS)


def require_disclosures_left(session: Session, actor: Actor, settings: Settings) -> None:
    """Refuse an actor who has made as many disclosures as the settings allow in a time window.

    Raises:
        Throttled: `reveal_throttled` (HTTP 429).
    """
    _require_left(session, actor, settings.reveals_per_window, settings.reveal_window, DISCLOSURES)


def require_person_exports_left(session: Session, actor: Actor, settings: Settings) -> None:
    """Refuse an actor who has exported as many people as the settings allow in a time window.

    Raises:
        Throttled: `reveal_throttled` (HTTP 429).
    """
    limit, window = settings.person_exports_per_window, settings.reveal_window
    _require_left(session, actor, limit, window, (PERSON_EXPORT,))


def _require_left(
    session: Session, actor: Actor, limit: int, window: timedelta, actions: Sequence[str]
) -> None:
    wait_time = disclosure_wait(session, actor, limit=limit, window=window, actions=actions)
    if wait_time is not None:
        raise Throttled("reveal_throttled", retry_after_s=max(1, int(wait_time / timedelta(seconds=1)) + 1))


def disclosure_wait(
    session: Session,
    actor: Actor,
    *,
    limit: int,
    window: timedelta,
    actions: Sequence[str],
) -> timedelta | None:
    """Return how long the actor must wait before the next disclosure is allowed; None: no wait.

    Args:
        limit: Maximum number of disclosures in `window`.
        actions: Actions of audit events that count as disclosures.
    """
    now = clock.now()
    oldest_counted = queries.disclosure_before(
        session, actor.id, number=limit, since=now - window, actions=actions
    )
    return None if oldest_counted is None else oldest_counted + window - now
