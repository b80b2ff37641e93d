"""SQL of tiles that sum cases, from the kept numbers of `tile_case_count`.

Most cases are seen, or not, by their area and whether they are confidential; the kept numbers are by these. The rule of
visibility is applied to a number as to a case: to a row `i` with the columns of a case, of which those are null that
differ between the counted cases. Rows of cases are read only where other columns decide: cases about a person or unit,
and cases of the reader that the rule shows for no other reason. So a tile is made of as many rows as it has cells and
areas, and shows exactly what a count of the cases would.
"""

from functools import lru_cache
from typing import Any

from app.core.db import Fragment, RowRule
from app.ogc.queries.sources import Reader, constant
from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.tiling import COUNT_ZOOM, SUMS_ACROSS, Tile

# A case of which only the counted columns are known. `source` has these columns.
_COUNTED_CASE = """(select cast(null as uuid) as id, cast(null as uuid) as reported_by, cast(null as text) as about_kind,
  cast(null as uuid) as about_id, cast(null as timestamptz) as reported_at, {columns})"""
_KEPT = Fragment(
    _COUNTED_CASE.replace(
        "{columns}",
        """k.scope_path, k.profile_version_id, k.category, k.x, k.y, k.n, k.lon, k.lat from tile_case_count k
  where k.x between :count_x0 and :count_x1 and k.y between :count_y0 and :count_y1""",
    )
)
_CELLS = constant(str(2**COUNT_ZOOM))
_ACROSS = constant(str(SUMS_ACROSS))


def count_binds(tile: Tile) -> dict[str, Any]:
    """Return the bind parameters of `cells_of_cases`, in addition to `tile_binds`."""
    x, y, across = tile.count_cells()
    return {
        "count_x0": x,
        "count_x1": x + across - 1,
        "count_y0": y,
        "count_y1": y + across - 1,
        "count_size": across // SUMS_ACROSS,
    }


@lru_cache(maxsize=100)
def cells_of_cases(collection_id: str, condition: Any, personal_cases: Any) -> Fragment:
    """Return a select of the cells of a tile: column `i`, row `j` from the south, mean `lon` and `lat`, and the number `n`."""
    of_counts = RowRule(condition, "incident", "tile_case_count")
    counted_only = Fragment(
        _COUNTED_CASE.replace("{columns}", "i.scope_path, i.profile_version_id, i.category")
    )
    own = Reader(condition, {}).conditions(COLLECTIONS[collection_id], ())
    rows = Fragment(
        """select cast(floor(mercator_x(ST_X(i.location)) * {cells}) as int) as x,
                  cast(floor(mercator_y(ST_Y(i.location)) * {cells}) as int) as y, 1 as n,
                  cast(round(ST_X(i.location) * float8 '1e9') as bigint) as lon,
                  cast(round(ST_Y(i.location) * float8 '1e9') as bigint) as lat
           from incident i where {own} and """,
        cells=_CELLS,
        own=own,
    )
    return Fragment(
        """select i, j, cast(sum(lon) as float8) / cast(sum(n) as float8) / 1e9 as lon,
                  cast(sum(lat) as float8) / cast(sum(n) as float8) / 1e9 as lat, sum(n) as n
        from (
          select (x - :count_x0) / :count_size as i, {across} - (y - :count_y0) / :count_size as j, n, lon, lat
          from (
            select i.x, i.y, i.n, i.lon, i.lat from {kept} i where {of_counts}
            union all
            {rows} i.about_kind is not null
            union all
            {rows} i.about_kind is null and i.id in {personal_cases}
              and not exists (select 1 from {counted_only} i where {condition})
          ) part
          where x between :count_x0 and :count_x1 and y between :count_y0 and :count_y1
        ) square
        group by i, j having sum(n) <> 0""",
        across=_ACROSS,
        kept=_KEPT,
        of_counts=of_counts,
        rows=rows,
        personal_cases=personal_cases,
        counted_only=counted_only,
        condition=condition,
    )
