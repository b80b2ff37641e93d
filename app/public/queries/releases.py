"""Statements on releases: what of a case a person may release, and what is released."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
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
          (select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'width', m.width, 'height', m.height,
             'created_at', m.created_at, 'boxes', coalesce(d.boxes, '[]'), 'copy_id', d.copy_id)
             order by m.created_at, m.id), '[]')
           from media m left join photo_redaction d on d.media_id = m.id
           where m.incident_id = i.id and m.deleted_at is null and m.state = 'ready' and m.width is not null) photos
        from incident i join report r on r.id = i.id left join public_release p on p.incident_id = i.id
        where i.id = :id and i.deleted_at is null and {is_directed}
        """,
        is_ordinary=is_ordinary(CASE_I),
        is_directed=rule.condition(CASE_I),
    )


def releasable(session: Session, actor: Actor, incident_id: UUID, *, now: datetime) -> dict[str, Any] | None:
    """Return a case in an area where the actor may release, with what is released; None: there is none.

    Columns: `id`, `jurisdiction_id`, `category`, `is_ordinary`, `reported_words`, `words`, `words_at`, `photo_ids`,
    `hidden_at`, `updated_at`, `photos` (the processed photos of the case, each an object with its boxes and copy).
    """
    directed = case_visibility(actor, now, Permission.PUBLIC_RELEASE)
    row = (
        session.execute(_releasable(directed.rule), directed.binds | {"id": incident_id})
        .mappings()
        .one_or_none()
    )
    return None if row is None else {**row, "photos": orjson.loads(row["photos"])}


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


_STORE_REDACTION = text("""
  insert into photo_redaction (media_id, boxes, copy_id, made_by, made_at)
  values (:media_id, cast(:boxes as jsonb), :copy_id, :me, :now)
  on conflict (media_id) do update set boxes = excluded.boxes, copy_id = excluded.copy_id, made_by = excluded.made_by,
    made_at = excluded.made_at
""")


def store_redaction(
    session: Session,
    media_id: UUID,
    actor: Actor,
    *,
    boxes: Sequence[Sequence[float]],
    copy_id: UUID | None,
    now: datetime,
) -> None:
    """Store the boxes of a photo, and the copy that has them."""
    binds = {
        "media_id": media_id,
        "boxes": orjson.dumps(boxes).decode(),
        "copy_id": copy_id,
        "me": actor.id,
        "now": now,
    }
    session.execute(_STORE_REDACTION, binds)


# A case waits until a person has decided about it: words and photos before the first decision, photos also after a decision
# that was earlier than their processing.
_WAITING = """
  select w.* from (
    select i.id, i.case_no, i.category, i.status, i.reported_at, r.words <> '' and p.incident_id is null has_words,
      (select count(*) from media m
       where k.has_photos and m.incident_id = i.id and m.deleted_at is null and m.state = 'ready' and m.width is not null
         and (p.updated_at is null or m.completed_at > p.updated_at)) photos
    from incident i
    join unnest(cast(:jurisdictions as uuid[]), cast(:categories as text[]), cast(:has_photos as boolean[]))
      k(jurisdiction_id, category, has_photos) on k.jurisdiction_id = i.jurisdiction_id and k.category = i.category
    join report r on r.id = i.id
    left join public_release p on p.incident_id = i.id
    where i.deleted_at is null and i.merged_into is null and i.reported_at >= :since and p.hidden_at is null
      and {is_ordinary} and {is_directed}
      and (cast(:after_at as timestamptz) is null
           or (i.reported_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))) w
  where w.has_words or w.photos > 0
  order by w.reported_at desc, w.id desc limit :limit
"""


@lru_cache(maxsize=100)
def _waiting(rule: CaseRule) -> Fragment:
    return Fragment(_WAITING, is_ordinary=is_ordinary(CASE_I), is_directed=rule.condition(CASE_I))


def waiting(
    session: Session,
    actor: Actor,
    categories: Sequence[tuple[UUID, str, bool]],
    *,
    since: datetime,
    after: tuple[str, str] | None,
    limit: int,
    now: datetime,
) -> Sequence[RowMapping]:
    """Return cases whose words or photos wait for a decision of a person, the newest first.

    Args:
        categories: The public ones: jurisdiction, code, whether released photos are shown.
        since: Earlier reports are left out.
        after: Time of report and id of the last row of the page before.
    """
    directed = case_visibility(actor, now, Permission.PUBLIC_RELEASE)
    binds: dict[str, Any] = {
        "jurisdictions": [jurisdiction_id for jurisdiction_id, _, _ in categories],
        "categories": [code for _, code, _ in categories],
        "has_photos": [has_photos for _, _, has_photos in categories],
        "since": since,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "limit": limit,
    }
    return session.execute(_waiting(directed.rule), directed.binds | binds).mappings().all()
