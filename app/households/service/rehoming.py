"""Assignment of premises and households to areas after a redraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.households.queries import rehoming as queries


@dataclass(frozen=True, slots=True)
class Rehomed:
    """Counts of a redraw: households there, and households whose area changed.

    `lost`: premises that are in no area now.
    """

    inside: int
    moved: int
    lost: int


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> Rehomed:
    """Assign premises and households on redrawn land to the areas there now.

    Args:
        depth: Depth in the tree of the areas that premises should be in: premises that were in one and are in none are `lost`.
    """
    return Rehomed(**queries.rehome(session, area_ids=area_ids, depth=depth, at=at))
