"""Use cases of the audit trail: store, list and export events, list accesses to own data.

An event records who did what, when, and on which data.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import audit as queries
from app.accounts.service.pages import page_bytes
from app.core import clock
from app.core.actor import AREA_ROLES, ROLE_PERMISSIONS, Actor, Permission
from app.core.csv_injection import escape_formula
from app.core.errors import Invalid, invalid_field
from app.core.paging import number_after

EXPORT_MAX = 5_000
EXPORT_COLUMNS = (
    "id",
    "occurred_at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "entity",
    "entity_id",
    "label",
    "purpose",
    "sentence_en",
    "sentence_zh",
)


def record(
    session: Session,
    actor: Actor,
    *,
    action: str,
    entity: str,
    entity_id: UUID | None = None,
    purpose: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Store an audit event in the same transaction as the audited act.

    Args:
        detail: Data of the act: ids, codes, counts; no secrets and no values of personal fields.
    """
    row = {
        "occurred_at": clock.now(),
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "purpose": purpose,
        "detail": detail or {},
    }
    queries.insert_event(session, actor, row)


def record_each(
    session: Session,
    actor: Actor,
    *,
    action: str,
    entity: str,
    details: Sequence[tuple[UUID, dict[str, Any]]],
) -> None:
    """Store one audit event for each of many changed rows, in one statement.

    Args:
        details: Pairs of the id of a changed row and the detail of its event.
    """
    queries.insert_events(session, actor, at=clock.now(), action=action, entity=entity, details=details)


def list_events(
    session: Session, reader: Actor, *, limit: int, cursor: str | None = None, **filters: Any
) -> bytes:
    """Return a page of audit events in the reader's areas, newest first.

    The access is stored as an audit event, too.
    """
    after = _number_after(cursor)
    events = page_bytes(
        queries.event_page(session, filters=_filters(reader, **filters), after=after, limit=limit)
    )
    # The purpose is left out: a text that was searched for may have a name in it.
    criteria = {
        name: str(value) for name, value in filters.items() if value is not None and name != "purpose"
    }
    record(session, reader, action="audit.read", entity="audit", detail={"filters": criteria})
    return events


def export_events(session: Session, reader: Actor, *, reason: str, **filters: Any) -> bytes:
    """Return audit events as CSV, newest first.

    The export and its reason are stored as an audit event, too.

    Raises:
        Invalid: `sheet_too_long`: more than `EXPORT_MAX` events match. A truncated export would look complete.
    """
    events = queries.export_rows(session, filters=_filters(reader, **filters), limit=EXPORT_MAX)
    if len(events) > EXPORT_MAX:
        raise Invalid("sheet_too_long", rows=EXPORT_MAX)
    criteria = sorted(name for name, value in filters.items() if value is not None)
    record(
        session,
        reader,
        action="audit.export",
        entity="audit",
        purpose=reason,
        detail={"filters": criteria, "events": len(events)},
    )
    buffer = io.StringIO(newline="")
    sheet = csv.writer(buffer)
    sheet.writerow(EXPORT_COLUMNS)
    for event in events:
        values = [getattr(event, name) for name in EXPORT_COLUMNS]
        sheet.writerow(["" if value is None else escape_formula(str(value)) for value in values])
    return buffer.getvalue().encode("utf-8-sig")


def list_accesses_to_me(session: Session, actor: Actor, *, limit: int, cursor: str | None = None) -> bytes:
    """Return a page of other people's accesses to the actor's own data, newest first.

    An access is: reading a position or personal fields, resetting the password, revoking a token, blocking a device.
    """
    after = _number_after(cursor)
    return page_bytes(queries.events_about(session, me=actor.id, after=after, limit=limit))


def _filters(
    reader: Actor,
    *,
    actor_id: UUID | None = None,
    entity: str | None = None,
    entity_id: UUID | None = None,
    action: str | None = None,
    purpose: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    return {
        "everywhere": reader.everywhere_with(Permission.AUDIT_READ),
        "me": reader.id,
        "directing": [r.value for r in AREA_ROLES if Permission.INCIDENT_DIRECT in ROLE_PERMISSIONS[r]],
        "areas": reader.area_ids_with(Permission.AUDIT_READ),
        "actor": actor_id,
        "entity": entity,
        "entity_id": entity_id,
        "action": action,
        "purpose": purpose or None,
        "since": since,
        "until": until,
    }


def _number_after(cursor: str | None) -> int | None:
    after = number_after(cursor)
    if after is not None and not 0 <= after < 10**18:
        raise invalid_field("cursor", "cursor_invalid")
    return after
