"""SQL of positions in the list of public cases: the row before a page.

The list itself is `app.public`'s. A portal asks for pages by number, and the list goes on after a row, so that a page costs
the same as the first one. Only two columns are read to find that row.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.scope import IS_LISTED
from app.public.service import CaseFilter, PublicCity

_POSITION = Fragment(
    """
    select i.reported_at, i.id from incident i
    where {is_listed}
    order by i.reported_at desc, i.id desc offset :skipped limit 1
    """,
    is_listed=IS_LISTED,
)


def position(
    session: Session, city: PublicCity, filters: CaseFilter, *, number: int
) -> tuple[datetime, UUID] | None:
    """Return the position of the public case with a number in the list, from 1; None: the list is shorter."""
    binds: dict[str, Any] = {
        "jurisdiction_id": city.id,
        "public_categories": city.public_categories,
        "categories": None if filters.categories is None else list(filters.categories),
        "is_open": filters.is_open,
        "reported_from": filters.reported_from,
        "reported_to": filters.reported_to,
        "skipped": number - 1,
    }
    row: RowMapping | None = session.execute(_POSITION, binds).mappings().one_or_none()
    return None if row is None else (row["reported_at"], row["id"])
