"""SQL of the version of a tile layer for one reader.

The version is computed from the counted changes and from other data on which the visibility of rows depends.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from app.core.actor import Actor
from app.core.db import Fragment
from app.incidents.scope import map_version_inputs
from app.ogc.queries.sources import Reader, constant
from app.ogc.rules.tiling import Layer, Tile
from app.workforce.scope import area_roots

# Cells with one row have nothing to fold. Rows that another transaction folds are skipped.
FOLD = """
  with repeated_cell as materialized (
    select layer, x, y from tile_change group by layer, x, y having count(*) > 1 limit 50000),
  locked_change as materialized (
    select t.id from tile_change t join repeated_cell using (layer, x, y) limit 50000 for update of t skip locked),
  deleted_change as (
    delete from tile_change t using locked_change where t.id = locked_change.id returning t.layer, t.x, t.y, t.n),
  folded_change as (
    insert into tile_change (layer, x, y, n) select layer, x, y, sum(n) from deleted_change group by layer, x, y)
  select count(*) from deleted_change
"""
# After a restore the same sums may occur again, so the epoch is a part of the version.
_EPOCH = Fragment("(select epoch from sync_epoch)")


def version_statement(
    layer: Layer, actor: Actor, reader: Reader, tile: Tile, now: datetime
) -> tuple[Fragment, dict[str, Any]]:
    """Return the statement that selects the `version` of a tile layer, and its binds.

    `version` is a text that is different after every change that the reader could see. It depends on committed data only, so a
    tile that is made in the same snapshot has exactly this version.
    """
    x0, x1, y0, y1 = tile.cells()
    binds = reader.binds | {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    # The areas of an actor can change by the clock alone.
    scopes = tuple(name.removesuffix("_now") for name in reader.binds if name.endswith("scope_now"))
    other_inputs = None
    if layer.collection.scope == "incidents":
        other_inputs, other_binds = map_version_inputs(actor, now)
        binds |= other_binds
    return _version(tuple(layer.counted), scopes, other_inputs), binds


@lru_cache(maxsize=300)
def _version(tables: tuple[str, ...], scopes: tuple[str, ...], other_inputs: Any) -> Fragment:
    parts = [_EPOCH]
    for table in tables:
        parts.append(_changes(table, "x between :x0 and :x1 and y between :y0 and :y1"))
        parts.append(_changes(table, "x = -1 and y = -1"))
    for prefix in scopes:
        parts.append(
            Fragment(
                "(select string_agg(cast(root as text), ',' order by root) from unnest({roots}) root)",
                roots=area_roots(prefix),
            )
        )
    if other_inputs is not None:
        parts.append(other_inputs)
    # A null would be left out by concat_ws, and 'a', null would read as null, 'a'.
    texts = [Fragment("coalesce(cast({part} as text), '-')", part=part) for part in parts]
    return Fragment("select concat_ws('|', {parts}) as version", parts=Fragment.joined(", ", texts))


def _changes(table: str, cells: str) -> Fragment:
    return Fragment(
        "(select coalesce(sum(n), 0) from tile_change where layer = {table} and {cells})",
        table=constant(f"'{table}'"),
        cells=constant(cells),
    )
