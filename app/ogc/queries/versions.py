"""The version of a layer in a tile, as one reader sees it: the sum of changes there, and what else her clause looks at."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor
from app.incidents import service as incidents
from app.ogc.queries.sources import Reader
from app.ogc.rules.tiling import Layer, Tile
from app.workforce.scope import paths_sql

FOLDED_AT_ONCE = 50_000

# Cells with one row have nothing to fold. Those that somebody else folds now are left to him.
FOLD = f"""
  with busy as materialized (
    select layer, x, y from tile_change group by layer, x, y having count(*) > 1 limit {FOLDED_AT_ONCE}),
  held as materialized (
    select t.id from tile_change t join busy using (layer, x, y) limit {FOLDED_AT_ONCE} for update of t skip locked),
  gone as (delete from tile_change t using held where t.id = held.id returning t.layer, t.x, t.y, t.n),
  kept as (insert into tile_change (layer, x, y, n) select layer, x, y, sum(n) from gone group by layer, x, y)
  select count(*) from gone
"""


def version_sql(
    layer: Layer, actor: Actor, reader: Reader, tile: Tile, now: datetime
) -> tuple[str, dict[str, Any]]:
    """SQL for `version`, a text that is another one after every change of what the reader would see; and its binds.

    It hangs on nothing but what is committed: with the tile from the same snapshot, neither is older than the other.
    """
    x0, x1, y0, y1 = tile.cells()
    binds = reader.binds | {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    parts = ["(select epoch from sync_epoch)"]  # after a restore the same sums come once more
    for table in layer.counted:
        parts.append(f"""(select coalesce(sum(n), 0) from tile_change
          where layer = '{table}' and x between :x0 and :x1 and y between :y0 and :y1)""")
        parts.append(
            f"(select coalesce(sum(n), 0) from tile_change where layer = '{table}' and x = -1 and y = -1)"
        )
    # Where she looks can change by the clock alone.
    parts += [_places(name.removesuffix("scope_now")) for name in reader.binds if name.endswith("scope_now")]
    if layer.collection.scope == "incidents":
        besides, more = incidents.besides_cases(actor, now)
        parts.append(besides)
        binds |= more
    # A null would be left out by concat_ws, and 'a', null would read as null, 'a'.
    told = ", ".join(f"coalesce(cast({part} as text), '-')" for part in parts)
    return f"select concat_ws('|', {told}) as version", binds


def _places(prefix: str) -> str:
    paths = paths_sql().replace(":scope_", f":{prefix}scope_")
    return f"(select string_agg(cast(p as text), ',' order by p) from unnest({paths}) p)"
