"""SQL of the version of a tile layer for one reader.

The version is computed from the counted changes and from other data on which the visibility of rows depends.
"""

from functools import lru_cache
from typing import Any

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
# The same for the numbers of cases. Sums are read again only if their cell has a row that is no sum yet.
FOLD_COUNTS = """
  with new_row as materialized (
    select id, x, y from tile_case_count where not is_folded order by id limit 20000 for update skip locked),
  cell as (select distinct x, y from new_row),
  locked_row as materialized (
    select t.id from tile_case_count t join cell using (x, y) for update of t skip locked),
  deleted_row as (
    delete from tile_case_count t using locked_row where t.id = locked_row.id
    returning t.x, t.y, t.scope_path, t.profile_version_id, t.category, t.n, t.lon, t.lat),
  folded_row as (
    insert into tile_case_count (x, y, scope_path, profile_version_id, category, n, lon, lat, is_folded)
    select x, y, scope_path, profile_version_id, category, sum(n), sum(lon), sum(lat), true from deleted_row
    group by x, y, scope_path, profile_version_id, category having sum(n) <> 0 or sum(lon) <> 0 or sum(lat) <> 0)
  select count(*) from deleted_row
"""
# After a restore the same sums may occur again, so the epoch is a part of the version.
_EPOCH = Fragment("(select epoch from sync_epoch)")


def version_of(layer: Layer, reader: Reader, tile: Tile) -> Fragment:
    """Return an expression for the version of a tile layer; its binds are those of the reader and `version_binds`.

    The version is a text that is different after every change that the reader could see. It depends on committed data only, so
    a tile that is made in the same snapshot has exactly this version.
    """
    # The areas of an actor can change by the clock alone.
    scopes = tuple(name.removesuffix("_now") for name in reader.binds if name.endswith("scope_now"))
    condition = reader.condition if layer.collection.scope == "incidents" else None
    return _version(layer.counted, scopes, condition, is_narrow=_is_narrow(tile))


# A tile with at most so many columns of cells asks for each of them: between the first and the last column the index has all
# rows of the city, of which the tile needs a few.
_COLUMNS_MAX = 40


def _is_narrow(tile: Tile) -> bool:
    first, last, _, _ = tile.cells()
    return last - first < _COLUMNS_MAX


def version_binds(tile: Tile) -> dict[str, Any]:
    """Return the binds with the cells whose changes may affect a tile."""
    x0, x1, y0, y1 = tile.cells()
    if _is_narrow(tile):
        # Text, as psycopg makes an array of numbers with some calls for each of them.
        return {"xs": "{" + ",".join(map(str, range(x0, x1 + 1))) + "}", "y0": y0, "y1": y1}
    return {"x0": x0, "x1": x1, "y0": y0, "y1": y1}


@lru_cache(maxsize=300)
def versions_statement(versions: tuple[Fragment, ...]) -> Fragment:
    """Return a statement that selects an array `versions`, so that many layers are asked in one journey."""
    return Fragment("select array[{versions}] as versions", versions=Fragment.joined(", ", versions))


@lru_cache(maxsize=300)
def _version(
    tables: tuple[str, ...], scopes: tuple[str, ...], case_condition: Any, *, is_narrow: bool
) -> Fragment:
    parts: list[Any] = [_EPOCH]
    columns = "x = any(cast(:xs as int[]))" if is_narrow else "x between :x0 and :x1"
    for table in tables:
        parts.append(_changes(table, f"{columns} and y between :y0 and :y1"))
        parts.append(_changes(table, "x = -1 and y = -1"))
    for prefix in scopes:
        parts.append(
            Fragment(
                "(select string_agg(cast(root as text), ',' order by root) from unnest({roots}) root)",
                roots=area_roots(prefix),
            )
        )
    if case_condition is not None:
        parts.append(map_version_inputs(case_condition))
    # A null would be left out by concat_ws, and 'a', null would read as null, 'a'.
    texts = [Fragment("coalesce(cast({part} as text), '-')", part=part) for part in parts]
    return Fragment("concat_ws('|', {parts})", parts=Fragment.joined(", ", texts))


def _changes(table: str, cells: str) -> Fragment:
    return Fragment(
        "(select coalesce(sum(n), 0) from tile_change where layer = {table} and {cells})",
        table=constant(f"'{table}'"),
        cells=constant(cells),
    )
