"""SQL of the version of a layer in a tile for one reader: counted changes, and other inputs of the visibility."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor
from app.core.db import as_sql
from app.incidents import service as incidents
from app.ogc.queries.sources import Reader
from app.ogc.rules.tiling import Layer, Tile
from app.workforce.scope import area_roots

FOLD_LIMIT = 50_000

# Cells with one row have nothing to fold. Rows that another transaction folds are skipped.
FOLD = f"""
  with busy as materialized (
    select layer, x, y from tile_change group by layer, x, y having count(*) > 1 limit {FOLD_LIMIT}),
  held as materialized (
    select t.id from tile_change t join busy using (layer, x, y) limit {FOLD_LIMIT} for update of t skip locked),
  gone as (delete from tile_change t using held where t.id = held.id returning t.layer, t.x, t.y, t.n),
  kept as (insert into tile_change (layer, x, y, n) select layer, x, y, sum(n) from gone group by layer, x, y)
  select count(*) from gone
"""


def version_sql(
    layer: Layer, actor: Actor, reader: Reader, tile: Tile, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Return SQL, with binds, for `version`, a text that differs after every change that the reader would see.

    It depends on committed data only: a tile from the same snapshot has exactly this version.
    """
    x0, x1, y0, y1 = tile.cells()
    binds = reader.binds | {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    parts = ["(select epoch from sync_epoch)"]  # after a restore the same sums may occur again
    for table in layer.counted:
        parts.append(f"""(select coalesce(sum(n), 0) from tile_change
          where layer = '{table}' and x between :x0 and :x1 and y between :y0 and :y1)""")
        parts.append(
            f"(select coalesce(sum(n), 0) from tile_change where layer = '{table}' and x = -1 and y = -1)"
        )
    # The areas of an actor can change by the clock alone.
    parts += [
        _scope_paths(name.removesuffix("scope_now")) for name in reader.binds if name.endswith("scope_now")
    ]
    if layer.collection.scope == "incidents":
        other_changes, other_binds = incidents.map_version_inputs(actor, now)
        parts.append(as_sql(other_changes))
        binds |= other_binds
    # A null would be left out by concat_ws, and 'a', null would read as null, 'a'.
    version_parts = ", ".join(f"coalesce(cast({part} as text), '-')" for part in parts)
    return f"select concat_ws('|', {version_parts}) as version", binds


def _scope_paths(prefix: str) -> str:
    roots = as_sql(area_roots(f"{prefix}scope"))
    return f"(select string_agg(cast(p as text), ',' order by p) from unnest({roots}) p)"
