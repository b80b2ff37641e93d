"""Statements on how well deadlines are kept and what reporters said, over public cases only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.scope import is_public

_PUNCTUALITY = Fragment(
    """
    select i.category, count(*) due, count(*) filter (where d.outcome = 'met') on_time
    from incident i join deadline d on d.incident_id = i.id
    where d.stage = 'handle' and d.deleted_at is null and d.outcome in ('met', 'overdue')
      and i.reported_at >= :since and {is_public}
    group by i.category
    """,
    is_public=is_public(),
)


_ANSWERS = Fragment(
    """
    select count(*) asked,
      count(*) filter (where cast(i.reporter_answers ->> 'answers' as int) > 0) answered,
      count(*) filter (where i.reporter_answers ->> 'solved' = 'yes') solved,
      count(*) filter (where i.reporter_answers ->> 'score' is not null) scored,
      count(*) filter (where cast(i.reporter_answers ->> 'score' as int) >= 4) satisfied
    from incident i
    where i.status in ('closed', 'force_closed', 'not_filed') and i.reporter_answers is not null
      and i.reported_at >= :since and {is_public}
    """,
    is_public=is_public(),
)


def answers(session: Session, binds: dict[str, Any], *, since: datetime) -> RowMapping:
    """Return what reporters said of the ended public cases: `asked`, `answered`, `solved`, `scored`, `satisfied`."""
    return session.execute(_ANSWERS, binds | {"since": since}).mappings().one()


_CITED = Fragment(
    """
    select count(distinct i.id) from incident i
    where (i.id = any(cast(:case_ids as uuid[]))
           or i.id in (select p.incident_id from public_report p where p.report_id = any(cast(:report_ids as uuid[]))))
      and {is_public}
    """,
    is_public=is_public(),
)


def cited(session: Session, binds: dict[str, Any], *, case_ids: list[UUID], report_ids: list[UUID]) -> int:
    """Return the number of public cases among these, and among those of these reports."""
    return session.scalar(_CITED, binds | {"case_ids": case_ids, "report_ids": report_ids}) or 0


def punctuality(session: Session, binds: dict[str, Any], *, since: datetime) -> Sequence[RowMapping]:
    """Return for each category the public cases whose deadline of handling ended: `due`, and `on_time` of them."""
    return session.execute(_PUNCTUALITY, binds | {"since": since}).mappings().all()
