"""Statements on cited cases and ratings, by the rule of visibility of the reader, and on the ratings of a case."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.scope import CASE_I, CaseRule, case_visibility


@lru_cache(maxsize=100)
def _cases(rule: CaseRule) -> Fragment:
    return Fragment(
        """
        select i.id, i.jurisdiction_id, i.case_no from incident i
        where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_visible}
        """,
        is_visible=rule.condition(CASE_I),
    )


def visible_cases(
    session: Session, actor: Actor, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Return those of the cases that the actor sees, by id: `jurisdiction_id`, `case_no`."""
    visibility = case_visibility(actor, now)
    rows = session.execute(_cases(visibility.rule), visibility.binds | {"ids": list(ids)}).mappings()
    return {row["id"]: row for row in rows}


# The last rating of a report counts: a reporter rates each end of a case.
_LAST_RATING = """lateral (
  select r.solved, r.score, r.words, r.rated_at, r.ended_at from public_rating r where r.report_id = p.report_id
  order by r.ended_at desc limit 1)"""


@lru_cache(maxsize=100)
def _ratings(rule: CaseRule) -> Fragment:
    return Fragment(
        """
        select p.report_id id, i.jurisdiction_id, i.id case_id, i.case_no, r.solved, r.score
        from public_report p join incident i on i.id = p.incident_id cross join {last_rating} r
        where p.report_id = any(cast(:ids as uuid[])) and i.deleted_at is null and {is_visible}
        """,
        last_rating=Fragment(_LAST_RATING),
        is_visible=rule.condition(CASE_I),
    )


def visible_ratings(
    session: Session, actor: Actor, report_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, RowMapping]:
    """Return the last ratings of these reports whose cases the actor directs, by the id of the report."""
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds = visibility.binds | {"ids": list(report_ids)}
    return {row["id"]: row for row in session.execute(_ratings(visibility.rule), binds).mappings()}


@lru_cache(maxsize=100)
def _ratings_of_case(rule: CaseRule) -> Fragment:
    return Fragment(
        """
        select p.report_id id, r.solved, r.score, r.words, r.rated_at, r.ended_at
        from incident i join incident o on o.id = i.id or o.merged_into = i.id
          join public_report p on p.incident_id = o.id cross join {last_rating} r
        where i.id = :id and i.deleted_at is null and {is_directed}
        order by r.rated_at desc, p.report_id limit :limit
        """,
        last_rating=Fragment(_LAST_RATING),
        is_directed=rule.condition(CASE_I),
    )


def ratings_of_case(
    session: Session, actor: Actor, case_id: UUID, *, now: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return the last rating of each reporter of a case that the actor directs, and of the cases merged into it."""
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    binds: dict[str, Any] = visibility.binds | {"id": case_id, "limit": limit}
    return session.execute(_ratings_of_case(visibility.rule), binds).mappings().all()


@lru_cache(maxsize=100)
def _reports(rule: CaseRule) -> Fragment:
    return Fragment(
        """
        select p.report_id from incident i join incident o on o.id = i.id or o.merged_into = i.id
          join public_report p on p.incident_id = o.id
        where i.id = :id and i.deleted_at is null and {is_visible} limit 1000
        """,
        is_visible=rule.condition(CASE_I),
    )


def report_ids(session: Session, actor: Actor, case_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of the reports without an account of a case that the actor sees, and of those merged into it."""
    visibility = case_visibility(actor, now)
    return list(session.scalars(_reports(visibility.rule), visibility.binds | {"id": case_id}))
