"""SQL conditions on premises: words of the address or name, and a bounding box."""

from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Float, and_, bindparam, func, text
from sqlalchemy.orm import Session

from app.core.db import SRID, Fragment, unscoped
from app.households.models import Premises

# Words stand in address or name; needs `words_binds`. Pairs of letters are indexed, so words have two letters at least.
_HAS_WORDS = Fragment("""(letter_pairs(premises.address, premises.name) @> cast(:pairs as text[])
  and lower(premises.address || ' ' || coalesce(premises.name, '')) like :words)""")
# The second index has the pairs of letters of each area of the second level, such as a street, so that a search in a
# street reads nothing of other streets. An area of the first level holds so much of the city that the index of all
# premises serves it.
_HAS_WORDS_WITHIN = """premises.id in (
  select found.id from (
    select part, area_pairs(part, cast(:pairs as text[])) pairs
    from (select distinct split_part(cast(path as text), '.', 2) part
          from unnest({roots}) path where nlevel(path) > 1) parts) of_part
  cross join lateral (
    select p.id from premises p
    where area_letter_pairs(cast(p.scope_path as text), p.address, p.name) @> of_part.pairs
      and lower(p.address || ' ' || coalesce(p.name, '')) like :words) found
  union all
  select p.id from premises p
  where exists (select 1 from unnest({roots}) path where nlevel(path) = 1)
    and letter_pairs(p.address, p.name) @> cast(:pairs as text[])
    and lower(p.address || ' ' || coalesce(p.name, '')) like :words)"""
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


@lru_cache(maxsize=100)
def has_words(roots: ColumnElement[Any] | None) -> Fragment:
    """Return the condition that words occur in address or name of `premises`. It needs `words_binds`.

    Args:
        roots: The areas (ltree[]) in which the actor sees premises. None: everywhere. The condition only finds premises
            quickly in these areas; the rule of visibility is still needed.
    """
    return _HAS_WORDS if roots is None else Fragment(_HAS_WORDS_WITHIN, roots=roots)


def words_binds(words: str) -> dict[str, Any]:
    """Return the bind parameters with which the condition `has_words` finds these words."""
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
