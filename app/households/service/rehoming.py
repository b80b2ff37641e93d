"""Households go with the land."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.households.queries import rehoming as queries


@dataclass(frozen=True, slots=True)
class Rehomed:
    """Households on redrawn land: all of them, those whose place changed; and premises that lost theirs."""

    inside: int
    moved: int
    lost: int


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> Rehomed:
    """Give what stands on the land of redrawn areas its place in the tree."""
    return Rehomed(**queries.rehome(session, area_ids=area_ids, depth=depth, at=at))
