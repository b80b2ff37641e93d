"""SQL of photos and voice notes of cases.

An account can upload a file with the id of any case. The file belongs to the case only if the uploader reported the case or
had an assignment of it, or if an actor who sees the file and the case has confirmed the link. The SQL fragments use the alias
`m` for media and `i` for the case.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, or_, true
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Fragment, unscoped
from app.incidents.models import Incident
from app.incidents.scope import CASE_I, CASE_T, CaseRule, case_visibility

# A medium that was merely sent with the id of a case does not belong to the case. The uploader must have reported the case,
# or have or have had it as an assignment, or an account that sees both must have admitted the medium.
_BELONGS_TO_CASE = """(m.admitted_by is not null or m.uploaded_by = {reported_by}
  or exists (select 1 from assignment a where a.incident_id = {case_id} and a.account_id = m.uploaded_by)
  or exists (select 1 from report r join reporter p on p.id = r.reporter_id
             where r.incident_id = {case_id} and p.account_id = m.uploaded_by))"""
# Voices and reference photos are shown only to those who work on cases, and to the uploader.
_IS_PERSONAL = Fragment("(m.kind in ('voice', 'reference') and m.uploaded_by <> :me)")


def _belongs_to(of: Any) -> Fragment:
    return Fragment(_BELONGS_TO_CASE, case_id=of.id, reported_by=of.reported_by)


def _shows_medium(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    """Return the SQL condition that the actor may see the media row `m` of a case they see.

    Voice notes and reference photos are personal: only actors who handle cases, and the uploader, may see them.
    """
    if rule.always_shows_staff:
        return true()
    # Where no grant handles cases, `shows_staff` is a bind that is false.
    return or_(rule.shows_staff(of), not_(_IS_PERSONAL))


@lru_cache(maxsize=500)
def device_media(rule: CaseRule, of: Any = Incident) -> Fragment:
    """Return an SQL expression: the JSON list of the media of a case, for storage on a device.

    Uploader, size and digest of a file are left out.

    Args:
        rule: Visibility rule of the actor.
        of: `Incident` or an alias of it in the statement.
    """
    return Fragment(
        """(select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'state', m.state,
            'content_type', m.content_type) order by m.created_at, m.id), '[]')
          from media m where m.incident_id = {case_id} and m.deleted_at is null and {belongs_to_case} and {is_shown})""",
        case_id=of.id,
        belongs_to_case=_belongs_to(of),
        is_shown=_shows_medium(rule, of),
    )


@lru_cache(maxsize=500)
def _media_items(rule: CaseRule, item: Fragment, has_part: bool) -> Fragment:
    statement = Fragment(
        """select coalesce(json_agg(shown.item order by shown.created_at, shown.id), '[]') from (
          select m.id, m.created_at, {item} item
          from media m join incident i on i.id = m.incident_id
          where m.incident_id = any(array(select same.id from incident same where {is_same_matter}))
            and m.deleted_at is null and {belongs_to_case} and {is_shown}
          order by m.created_at, m.id limit :limit) shown""",
        item=item,
        is_same_matter=Fragment("(same.id = :id or same.merged_into = :id)" if has_part else "same.id = :id"),
        belongs_to_case=_belongs_to(CASE_I),
        is_shown=_shows_medium(rule, CASE_I),
    )
    return unscoped(statement, incident="media of a case that was read by its rule")


def media_items(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    item: Fragment,
    has_part: bool,
    now: datetime,
    limit: int,
) -> bytes:
    """Return the photos and voice notes of a case as a JSON list, oldest first.

    Files that the actor may not see are left out. The actor must see the case itself; the caller checks this.

    Args:
        item: SQL expression of the JSON of one media row `m`.
        has_part: Include the media of cases that were merged into the case.
    """
    visibility = case_visibility(actor, now)
    statement = _media_items(visibility.rule, item, has_part)
    items: bytes = session.execute(
        statement, visibility.binds | {"id": incident_id, "limit": limit}
    ).scalar_one()
    return items


@lru_cache(maxsize=500)
def _is_media_visible(rule: CaseRule) -> Fragment:
    return Fragment(
        """select exists (
          select 1 from media m join incident i on i.id = m.incident_id
          where m.id = :media_id and i.deleted_at is null and {belongs_to_case}
            and ({is_visible} or exists (
              select 1 from incident t where t.id = i.merged_into and t.reported_by is distinct from :me
                and {target_is_visible})))""",
        belongs_to_case=_belongs_to(CASE_I),
        is_visible=and_(rule.condition(CASE_I), _shows_medium(rule, CASE_I)),
        target_is_visible=and_(rule.condition(CASE_T), _shows_medium(rule, CASE_T)),
    )


def is_media_visible(session: Session, actor: Actor, *, media_id: UUID, now: datetime) -> bool:
    """Return True if the actor may see a file of a case.

    The actor must see the case of the file. If this case was merged into another case, it is enough that the actor sees the
    other case and did not report it. Voice notes and reference photos are visible only to actors who handle cases, and to the
    uploader.
    """
    visibility = case_visibility(actor, now)
    return bool(session.scalar(_is_media_visible(visibility.rule), visibility.binds | {"media_id": media_id}))
