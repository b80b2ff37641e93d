"""SQL of all reports of one person, for an export of personal data to that person."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Integer, RowMapping, Text, Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.cases.queries.erasure import SENT_WITH_REPORT
from app.incidents.models import Reporter
from app.incidents.scope import CASE_I, CaseRule, case_visibility

_NAMED_ALIKE = (
    select(Reporter.id)
    .where(
        Reporter.phone == bindparam("phone", None, Text()),
        Reporter.name == bindparam("name", None, Text()),
        Reporter.account_id.is_(None),
        Reporter.erased_at.is_(None),
    )
    .order_by(Reporter.id.desc())
    .limit(bindparam("limit", None, Integer()))
)
_REPORTER = select(
    Reporter.id,
    Reporter.kind,
    Reporter.name,
    Reporter.phone,
    Reporter.email,
    Reporter.may_be_shown_to_handlers,
).where(Reporter.id == bindparam("reporter_id", None, Uuid()))


def named_alike(session: Session, *, name: str | None, phone: str | None, limit: int) -> list[UUID]:
    """Return the ids of reporters without account that have exactly this name and phone number.

    The list is empty if `name` or `phone` is None.
    """
    return list(session.scalars(_NAMED_ALIKE, {"name": name, "phone": phone, "limit": limit}))


def facts(session: Session, reporter_id: UUID) -> RowMapping:
    """Return kind, name, phone number and e-mail of a reporter, and whether handlers may see them.

    They are not masked.
    """
    return session.execute(_REPORTER, {"reporter_id": reporter_id}).mappings().one()


@lru_cache(maxsize=100)
def _reports(rule: CaseRule) -> Fragment:
    return Fragment(
        """select r.reporter_id, i.id incident_id, case when {may_export} then jsonb_build_object(
            'case_no', i.case_no, 'incident_id', i.id, 'report_id', r.id, 'received_at', r.received_at,
            'occurred_at', r.occurred_at, 'source', r.source, 'category', r.category, 'words', r.words,
            'attributes', r.attributes, 'lon', r.lon_sent, 'lat', r.lat_sent, 'coord_sys', r.coord_sys,
            'status', i.status, 'ended_at', i.closed_at,
            'shown_to_handlers', p.may_be_shown_to_handlers,
            'replies', (
              select coalesce(jsonb_agg(jsonb_build_object('at', e.occurred_at, 'words', e.note) order by e.seq), '[]')
              from incident_event e where e.incident_id = i.id and e.action = 'reply'),
            'media', (
              select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'kind', m.kind, 'made_at', m.created_at)
                order by m.created_at), '[]') from media m
              where m.incident_id = i.id and m.deleted_at is null and {sent_with_report})) end item
          from report r join reporter p on p.id = r.reporter_id join incident i on i.id = r.incident_id
          where r.reporter_id = any(:ids) and i.deleted_at is null
          order by r.received_at desc, r.id""",
        may_export=rule.condition(CASE_I),
        sent_with_report=SENT_WITH_REPORT,
    )


def reports(
    session: Session, actor: Actor, reporter_ids: Sequence[UUID], *, now: datetime
) -> Sequence[RowMapping]:
    """Return the reports of these reporters, the newest first.

    Columns: `reporter_id`, `incident_id`, and `item` (JSON; null if the actor may not export personal data in the area of the
    case).
    """
    exportable = case_visibility(actor, now, Permission.PERSON_EXPORT)
    binds = exportable.binds | {"ids": list(reporter_ids)}
    return session.execute(_reports(exportable.rule), binds).mappings().all()
