"""Public views of cases: one case, and pages of cases.

Every place is `public_cell(location)`, and every condition on a place is one on the cell, so that no answer depends on where
in its cell a case lies.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.scope import IS_LISTED, is_public, is_public_or_merged

# An instant before every case.
FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)

# `updated_at` is the last change of the state, or of what is released: internal notes do not move it.
_COLUMNS = """i.id, i.category, i.status, i.owner_unit_id, i.reported_at, i.closed_at, i.due_at, i.ended_reason,
  i.profile_version_id, i.merged_into, ST_X(cell.point) lon, ST_Y(cell.point) lat,
  greatest(i.reported_at, r.updated_at, (
    select max(e.occurred_at) from incident_event e
    where e.incident_id = i.id and e.from_status is distinct from e.to_status)) updated_at,
  r.words,
  case when i.category = any(cast(:photo_categories as text[])) then array(
    select m.id from unnest(r.photo_ids) with ordinality released(id, place) join media m on m.id = released.id
    where m.incident_id = i.id and m.deleted_at is null and m.state = 'ready' order by released.place) else '{}' end
    photo_ids,
  (select count(distinct s.reporter_id) from public_report pr join report s on s.id = pr.report_id
   where pr.incident_id = i.id) reporters"""
# Of shown cases only, after the limit of a page.
_SHOWN = """c.*, nearest_place(ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326), true) place,
  (select unit.name from unit where unit.id = c.owner_unit_id) agency"""
# The box of a search is widened by a cell for the index of places; the cell itself decides. It is compared as numbers, since
# `&&` compares boxes of single precision.
_PAGE = Fragment(
    """
    select {shown} from (
      select listed.* from (
        select {columns}
        from incident i
        cross join lateral (select public_cell(i.location) point) cell
        left join public_release r on r.incident_id = i.id
        where {is_listed}
          and (cast(:west as float8) is null or (
            i.location && ST_MakeEnvelope(:west - :margin_x, :south - :margin_y, :east + :margin_x, :north + :margin_y, 4326)
            and ST_X(cell.point) between :west and :east and ST_Y(cell.point) between :south and :north))
          and (cast(:after_at as timestamptz) is null
               or (i.reported_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))
        order by i.reported_at desc, i.id desc) listed
      where listed.updated_at >= cast(:updated_from as timestamptz)
      order by listed.reported_at desc, listed.id desc limit :limit) c
    order by c.reported_at desc, c.id desc
    """,
    columns=Fragment(_COLUMNS),
    shown=Fragment(_SHOWN),
    is_listed=IS_LISTED,
)


_POSITION = Fragment(
    """
    select i.reported_at, i.id from incident i where {is_listed}
    order by i.reported_at desc, i.id desc offset :skipped limit 1
    """,
    is_listed=IS_LISTED,
)


def position(session: Session, binds: dict[str, Any], *, number: int) -> tuple[datetime, UUID] | None:
    """Return the position of the case with a number in the list, from 1; None: the list is shorter.

    Only two columns are read, so a page by number costs about as much as one after a position. The list is by category, state
    and time of report.
    """
    row = session.execute(_POSITION, binds | {"skipped": number - 1}).one_or_none()
    return None if row is None else (row.reported_at, row.id)


def page(session: Session, binds: dict[str, Any]) -> Sequence[RowMapping]:
    """Return public cases, the newest first. `binds` has all filters; None: not filtered."""
    return session.execute(_PAGE, binds).mappings().all()


_BY_IDS = Fragment(
    """
    select {shown} from (
      select {columns} from incident i
      cross join lateral (select public_cell(i.location) point) cell
      left join public_release r on r.incident_id = i.id
      where i.id = any(cast(:ids as uuid[])) and {is_shown}
      order by i.reported_at desc, i.id desc limit :limit) c
    order by c.reported_at desc, c.id desc
    """,
    columns=Fragment(_COLUMNS),
    shown=Fragment(_SHOWN),
    is_shown=is_public_or_merged(),
)


def by_ids(
    session: Session, binds: dict[str, Any], ids: Sequence[UUID], *, limit: int
) -> Sequence[RowMapping]:
    """Return the public cases with these ids, and those merged into public ones (`merged_into`), the newest first."""
    return session.execute(_BY_IDS, binds | {"ids": list(ids), "limit": limit}).mappings().all()


_OWN = Fragment(
    """
    select {shown}, {is_public} is_public
    from (select {columns} from incident i
          cross join lateral (select public_cell(i.location) point) cell
          left join public_release r on r.incident_id = i.id
          where i.id = :id) c
    join incident i on i.id = c.id
    """,
    columns=Fragment(_COLUMNS),
    shown=Fragment(_SHOWN),
    is_public=is_public(),
)


def of_reporter(session: Session, incident_id: UUID, binds: dict[str, Any]) -> RowMapping | None:
    """Return the case of a secret link in its public form, also if it is not public (`is_public`)."""
    return session.execute(_OWN, binds | {"id": incident_id}).mappings().one_or_none()


_PHOTO = Fragment(
    """
    select d.copy_id from incident i join public_release r on r.incident_id = i.id join media m on m.incident_id = i.id
    left join photo_redaction d on d.media_id = m.id
    where i.id = :id and m.id = :media_id and m.id = any(r.photo_ids) and m.deleted_at is null and m.state = 'ready'
      and i.category = any(cast(:photo_categories as text[])) and {is_shown}
    """,
    is_shown=is_public_or_merged(),
)


def released_photo(
    session: Session, incident_id: UUID, media_id: UUID, binds: dict[str, Any]
) -> RowMapping | None:
    """Return `copy_id` of a released photo of a public case (None: it has no black boxes), or None if there is none."""
    return session.execute(_PHOTO, binds | {"id": incident_id, "media_id": media_id}).mappings().one_or_none()
