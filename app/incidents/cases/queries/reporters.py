"""SQL of what one reporter said, for an export to that person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.incidents.cases.queries.erasure import SENT_WITH
from app.incidents.scope import directed_clause


def named_alike(session: Session, *, name: str | None, phone: str | None, limit: int) -> list[UUID]:
    """Reporters of exactly this name and number, no accounts; nobody without both."""
    sql = """
      select id from reporter where phone = :phone and name = :name and account_id is null and erased_at is null
      order by id desc limit :limit
    """
    return list(session.scalars(sql_text(sql), {"name": name, "phone": phone, "limit": limit}))


def facts(session: Session, reporter_id: UUID) -> RowMapping:
    sql = "select id, kind, name, phone, may_be_shown_to_handlers from reporter where id = :id"
    return session.execute(sql_text(sql), {"id": reporter_id}).mappings().one()


def reports(
    session: Session, actor: Actor, reporter_ids: Sequence[UUID], *, now: datetime
) -> Sequence[RowMapping]:
    """Return the reports of these reporters: `item`, `reporter_id`, `incident_id`.

    `item` is null for a report where the actor may not export.
    """
    clause, binds = directed_clause(actor, now, Permission.PERSON_EXPORT)
    sql = f"""
      select r.reporter_id, i.id incident_id, case when {clause} then jsonb_build_object(
        'case_no', i.case_no, 'incident_id', i.id, 'report_id', r.id, 'received_at', r.received_at,
        'occurred_at', r.occurred_at, 'source', r.source, 'category', r.category, 'words', r.words,
        'attributes', r.attributes, 'lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys,
        'status', i.status, 'ended_at', i.closed_at,
        'shown_to_handlers', p.may_be_shown_to_handlers,
        'replies', (select coalesce(jsonb_agg(jsonb_build_object('at', e.occurred_at, 'words', e.note) order by e.seq), '[]')
          from incident_event e where e.incident_id = i.id and e.action = 'reply'),
        'media', (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'kind', m.kind, 'made_at', m.created_at)
            order by m.created_at), '[]') from media m
          where m.incident_id = i.id and m.deleted_at is null
            and {SENT_WITH})) end item
      from report r join reporter p on p.id = r.reporter_id join incident i on i.id = r.incident_id
      where r.reporter_id = any(:ids) and i.deleted_at is null
      order by r.received_at desc, r.id
    """
    return session.execute(sql_text(sql), binds | {"ids": list(reporter_ids)}).mappings().all()
