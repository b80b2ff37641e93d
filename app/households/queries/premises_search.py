"""SQL conditions on premises: words of the address or name, and a bounding box."""

from typing import Any

import orjson
from sqlalchemy import ColumnElement, Float, and_, bindparam, func, text
from sqlalchemy.orm import Session

from app.core.db import SRID, Fragment, unscoped
from app.households.models import Premises

# Words stand in address or name; needs `words_binds`. Pairs of letters are indexed, so words have two letters at least.
HAS_WORDS = Fragment("""(letter_pairs(premises.address, premises.name) @> cast(:pairs as text[])
  and lower(premises.address || ' ' || coalesce(premises.name, '')) like :words)""")
_BOX = func.ST_MakeEnvelope(
    *(bindparam(side, None, Float()) for side in ("west", "south", "east", "north")), SRID
)
# Premises lie in a box; needs `box_binds`.
IS_IN_BOX: ColumnElement[bool] = and_(
    Premises.location.bool_op("&&")(_BOX), func.ST_Intersects(Premises.location, _BOX)
)
_EXPLAIN_WORDS = unscoped(
    text("""
      explain (format json) select from premises p
      where letter_pairs(p.address, p.name) @> cast(:pairs as text[])
    """),
    premises="the statement is planned and reads no row",
)
_TOTAL = text("select reltuples from pg_class where oid = cast('premises' as regclass)")


def words_binds(words: str) -> dict[str, Any]:
    """Return the bind parameters with which the condition `HAS_WORDS` finds these words."""
    plain = words.lower()
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"pairs": sorted({plain[i : i + 2] for i in range(len(plain) - 1)}), "words": f"%{escaped}%"}


def box_binds(bbox: tuple[float, float, float, float]) -> dict[str, Any]:
    """Return the bind parameters with which the condition `IS_IN_BOX` finds premises in a box.

    Args:
        bbox: West, south, east, north in degrees (WGS 84).
    """
    return dict(zip(("west", "south", "east", "north"), bbox, strict=True))


def share_with(session: Session, words: str) -> tuple[float, float]:
    """Return the estimated number of premises with these words, and of all premises.

    Both numbers come from the planner and its statistics. No row is read.
    """
    plan: bytes = session.execute(_EXPLAIN_WORDS, {"pairs": words_binds(words)["pairs"]}).scalar_one()
    total = session.scalar(_TOTAL)
    return float(orjson.loads(plan)[0]["Plan"]["Plan Rows"]), float(total or 0)
