"""Public views of cases: what people without an account see, alike on pages, by Open311 and in files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import NotFound
from app.incidents.cases.rules.lifecycle import Status
from app.public.queries import cases as queries
from app.public.rules.states import BY_STATUS, CLOCK_RUNS, PlainState
from app.public.service.city import PublicCity
from app.public.service.redactions import shown_key

# Larger than half a cell, in degrees of latitude.
_MARGIN = 0.0009
PAGE_MAX = 1000


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case as people without an account see it.

    Attributes:
        id: Id of the case. Case numbers are not shown, because their gaps would count the cases that are not public.
        category: Code of the category.
        state: The state in plain words.
        reason: Why the case ended without being solved, by language; None: it did not.
        lon, lat: Centre of the cell of about 100 m that contains the place. WGS 84.
        place: The street or landmark nearest to the centre of the cell, by language; None: none within 200 m.
        agency: Name of the unit that has the case, by language; None: no unit has it.
        updated_at: Last change of the state, or of what is released.
        expected_at: When the case is to be handled; None: its clock does not run.
        words: The released words; None: none are released.
        photo_ids: Ids of the released photos.
        reporters: Number of people without an account who reported it.
    """

    id: UUID
    category: str
    state: PlainState
    reason: dict[str, str] | None
    lon: float
    lat: float
    place: dict[str, str] | None
    agency: dict[str, str] | None
    reported_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    closed_at: datetime | None
    words: str | None
    photo_ids: list[UUID]
    reporters: int

    @property
    def is_open(self) -> bool:
        return self.state.is_open


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Conditions on listed public cases. None: not filtered.

    Attributes:
        bbox: West, south, east, north in degrees (WGS 84). A case lies where the centre of its cell lies.
        reported_to: Exclusive.
    """

    bbox: tuple[float, float, float, float] | None = None
    categories: Sequence[str] | None = None
    is_open: bool | None = None
    reported_from: datetime | None = None
    reported_to: datetime | None = None
    updated_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicCasePage:
    """A page of public cases. `after`: the position from which the next page goes on; None: it is the last page."""

    cases: list[PublicCase]
    after: tuple[datetime, UUID] | None


def public_cases(
    session: Session,
    city: PublicCity,
    filters: CaseFilter | None = None,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> PublicCasePage:
    """Return the public cases of a city, the newest first.

    Args:
        after: Position from the page before.
        limit: At most 1000.
    """
    limit = max(1, min(limit, PAGE_MAX))
    given = filters or CaseFilter()
    binds = city_binds(city) | _filter_binds(given)
    binds |= {
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "limit": limit + 1,
    }
    rows = queries.page(session, binds)
    cases = [_public_case(city, row) for row in rows[:limit]]
    has_more = len(rows) > limit
    return PublicCasePage(cases, (cases[-1].reported_at, cases[-1].id) if has_more else None)


def case_position(
    session: Session, city: PublicCity, filters: CaseFilter, *, number: int
) -> tuple[datetime, UUID] | None:
    """Return the position of the public case with a number in the list, from 1; None: the list is shorter.

    Args:
        filters: By category, state and time of report only.
    """
    return queries.position(session, city_binds(city) | _filter_binds(filters), number=number)


def _filter_binds(filters: CaseFilter) -> dict[str, Any]:
    west, south, east, north = filters.bbox or (None, None, None, None)
    highest = 0.0 if south is None or north is None else max(abs(south), abs(north))
    return {
        "categories": None if filters.categories is None else list(filters.categories),
        "is_open": filters.is_open,
        "reported_from": filters.reported_from or queries.FIRST_INSTANT,
        "reported_to": filters.reported_to or clock.now() + timedelta(days=1),
        "updated_from": filters.updated_from or queries.FIRST_INSTANT,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "margin_x": _MARGIN / max(math.cos(math.radians(highest)), 0.001),
        "margin_y": _MARGIN,
    }


def public_case(session: Session, city: PublicCity, case_id: UUID) -> PublicCase:
    """Return one public case.

    Raises:
        NotFound: There is no such case, or it is not public. Both are answered alike.
    """
    for case, merged_into in cases_by_ids(session, city, [case_id], limit=1):
        if merged_into is None:
            return case
    raise NotFound("not_found")


def cases_by_ids(
    session: Session, city: PublicCity, ids: Sequence[UUID], *, limit: int
) -> list[tuple[PublicCase, UUID | None]]:
    """Return the public cases with these ids, the newest first, each with the id of the public case into which it was merged.

    A case that was merged into one that is not public is left out.
    """
    rows = queries.by_ids(session, city_binds(city), ids, limit=limit)
    return [(_public_case(city, row), row["merged_into"]) for row in rows]


def case_of_reporter(session: Session, city: PublicCity, case_id: UUID) -> tuple[PublicCase, bool]:
    """Return a case as its reporter sees it, and whether it is public.

    Raises:
        NotFound: There is no such case.
    """
    row = queries.of_reporter(session, case_id, city_binds(city))
    if row is None:
        raise NotFound("not_found")
    return _public_case(city, row), bool(row["is_public"])


def photo_key(session: Session, city: PublicCity, *, case_id: UUID, media_id: UUID) -> str:
    """Return the key of a released photo of a public case in the store, at most 1,024 pixels wide.

    A photo with black boxes is their copy, never the photo itself.

    Raises:
        NotFound: There is no such photo, it is not released, or the case is not public.
    """
    row = queries.released_photo(session, case_id, media_id, city_binds(city))
    if row is None:
        raise NotFound("not_found")
    return shown_key(media_id, row["copy_id"])


def city_binds(city: PublicCity) -> dict[str, Any]:
    """Return the binds of the rule of visibility for a city."""
    return {
        "jurisdiction_id": city.id,
        "public_categories": city.public_categories,
        "photo_categories": city.photo_categories,
    }


def _public_case(city: PublicCity, row: RowMapping) -> PublicCase:
    status = Status(row["status"])
    return PublicCase(
        id=row["id"],
        category=row["category"],
        state=BY_STATUS[status],
        reason=_reason(city, status, row["ended_reason"]),
        lon=row["lon"],
        lat=row["lat"],
        place=row["place"]["name"] if row["place"] else None,
        agency=row["agency"],
        reported_at=row["reported_at"],
        updated_at=row["updated_at"],
        expected_at=row["due_at"] if status in CLOCK_RUNS else None,
        closed_at=row["closed_at"],
        words=row["words"],
        photo_ids=list(row["photo_ids"]),
        reporters=row["reporters"],
    )


def _reason(city: PublicCity, status: Status, code: str | None) -> dict[str, str] | None:
    lifecycle = city.profile.lifecycle
    reasons = {Status.NOT_FILED: lifecycle.not_filed, Status.FORCE_CLOSED: lifecycle.force_closed}.get(status)
    if reasons is None or code is None:
        return None
    return reasons.get(code) or {"zh": "其他", "en": "Other"}
