"""Statements on releases: what of a case a person may release, and what is released."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.scope import CASE_I, CaseRule, case_visibility, is_ordinary


@lru_cache(maxsize=100)
def _releasable(rule: CaseRule) -> Fragment:
    return Fragment(
        """
        select i.id, i.jurisdiction_id, i.category, {is_ordinary} is_ordinary, r.words reported_words,
          p.words, p.words_at, coalesce(p.photo_ids, '{}') photo_ids, p.hidden_at, p.updated_at,
          array(select m.id from media m where m.incident_id = i.id and m.deleted_at is null and m.state = 'ready'
                and m.width is not null order by m.created_at, m.id) photos
        from incident i join report r on r.id = i.id left join public_release p on p.incident_id = i.id
        where i.id = :id and i.deleted_at is null and {is_directed}
        """,
        is_ordinary=is_ordinary(CASE_I),
        is_directed=rule.condition(CASE_I),
    )


def releasable(session: Session, actor: Actor, incident_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return a case in an area where the actor may release, with what is released; None: there is none.

    Columns: `id`, `jurisdiction_id`, `category`, `is_ordinary`, `reported_words`, `words`, `words_at`, `photo_ids`,
    `hidden_at`, `updated_at`, `photos` (ids of the processed photos of the case).
    """
    directed = case_visibility(actor, now, Permission.PUBLIC_RELEASE)
    return (
        session.execute(_releasable(directed.rule), directed.binds | {"id": incident_id})
        .mappings()
        .one_or_none()
    )


_STORE = text("""
  insert into public_release (incident_id, words, words_by, words_at, photo_ids, hidden_at, hidden_by, updated_at)
  values (:id, :words, case when cast(:words as text) is not null then cast(:me as uuid) end,
    case when cast(:words as text) is not null then cast(:now as timestamptz) end, cast(:photo_ids as uuid[]),
    case when :is_hidden then cast(:now as timestamptz) end, case when :is_hidden then cast(:me as uuid) end, :now)
  on conflict (incident_id) do update set
    words = excluded.words, photo_ids = excluded.photo_ids, updated_at = excluded.updated_at,
    words_by = case when public_release.words = excluded.words then public_release.words_by else excluded.words_by end,
    words_at = case when public_release.words = excluded.words then public_release.words_at else excluded.words_at end,
    hidden_at = case when excluded.hidden_at is not null then coalesce(public_release.hidden_at, excluded.hidden_at) end,
    hidden_by = case when excluded.hidden_at is not null then coalesce(public_release.hidden_by, excluded.hidden_by) end
""")


def store(
    session: Session,
    incident_id: UUID,
    actor: Actor,
    *,
    words: str | None,
    photo_ids: Sequence[UUID],
    is_hidden: bool,
    now: datetime,
) -> None:
    """Store what is released of a case."""
    binds: dict[str, Any] = {
        "id": incident_id,
        "me": actor.id,
        "words": words,
        "photo_ids": list(photo_ids),
        "is_hidden": is_hidden,
        "now": now,
    }
    session.execute(_STORE, binds)
