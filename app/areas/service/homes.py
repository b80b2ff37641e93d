"""The area of a point, and the tree position of an area, for other packages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.queries import homes
from app.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Home:
    """The area to which a point belongs, with its tree path, as `home_of` returns it.

    All attributes are None if the jurisdiction has no area.

    Attributes:
        grid_id: None if no grid covers the point.
    """

    area_id: UUID | None
    grid_id: UUID | None
    path: str | None


@dataclass(frozen=True, slots=True)
class TreePosition:
    """The position of an area in the division tree of its jurisdiction.

    Attributes:
        path: Path of the tree (ltree), made of area ids.
    """

    area_id: UUID
    path: str
    jurisdiction_id: UUID


def home_of(session: Session, *, lon: float, lat: float, jurisdiction_id: UUID) -> Home:
    """Return the deepest area that covers a point, or else the top area of the jurisdiction."""
    (home,) = homes_of(session, [(lon, lat, jurisdiction_id)])
    return home


def homes_of(session: Session, points: Sequence[tuple[float, float, UUID]]) -> list[Home]:
    """Return `home_of` of many points, in their order.

    Args:
        points: (longitude, latitude, id of the jurisdiction) of each point, WGS 84.
    """
    return [
        Home(
            row["area_id"],
            row["area_id"] if row["is_inside"] and row["level"] == "grid" else None,
            row["path"],
        )
        for row in homes.home_rows(session, points)
    ]


def paths_of(session: Session, *, area_id: UUID | None) -> dict[str, str]:
    """Return the tree paths of an area and of its ancestors, by level.

    Args:
        area_id: None: the result is empty.
    """
    return homes.paths(session, area_id) if area_id else {}


def current_paths(session: Session, paths: Collection[str]) -> set[str]:
    """Return those of the stored tree paths that belong to an area in force."""
    return homes.current_paths(session, paths) if paths else set()


def tree_position_of(session: Session, area_id: UUID) -> TreePosition:
    """Return the position of a current area in the division tree.

    Raises:
        NotFound: The area is unknown or retired.
    """
    row = homes.tree_position(session, area_id)
    if row is None:
        raise NotFound("not_found")
    return TreePosition(row["area_id"], row["path"], row["jurisdiction_id"])
