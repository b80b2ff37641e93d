"""Assignment of premises and households to areas after the borders of areas were changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.households.queries import rehoming as queries


@dataclass(frozen=True, slots=True)
class Rehomed:
    """Numbers of households and premises that a redraw of areas concerned.

    Attributes:
        inside: Number of households on the redrawn land.
        moved: Number of households with another area now.
        lost: Number of premises that were in an area of the needed depth before and are in none now.
    """

    inside: int
    moved: int
    lost: int


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> Rehomed:
    """Assign premises and households on redrawn land to the areas that contain them now.

    Args:
        depth: Depth in the tree of areas at which premises should have an area. Premises that were in an area of this depth
            or deeper before, and are in none now, are counted as `lost`.
    """
    return Rehomed(**queries.rehome(session, area_ids=area_ids, depth=depth, at=at))
