"""SQL of places that other domains build into their own statements."""

GRID_AND_PATH = "case when v.level = 'grid' then v.area_id end grid_id, v.path"


def deepest_area_sql(
    columns: str, point: str, *, from_items: str = "", jurisdiction: str | None = None, condition: str = ""
) -> str:
    """SELECT of `columns` of the deepest current area `v` that covers a point; none: no row.

    On a shared edge it is the one with the lowest code, and of two cities' of one code that with the lower id, so that
    whoever asks finds the same. `point`: an expression (EPSG:4326); `beside`: what else stands in FROM for it;
    `jurisdiction`: whose areas alone, SQL too; `such`: a condition on `v`.
    """
    restriction = f"and v.jurisdiction_id = {jurisdiction} " if jurisdiction else ""
    restriction += f"and {condition} " if condition else ""
    return f"""
        select {columns} from area_version v{f", {from_items}" if from_items else ""}
        where upper_inf(v.valid) {restriction}and v.geom && {point} and ST_Covers(v.geom, {point})
        order by nlevel(v.path) desc, v.code, v.area_id limit 1"""


# Joins to rows `of` the deepest area of their own jurisdiction at their `location`, as `leaf`.
LEAF_AREA_JOIN = f"""
  left join lateral (
    {deepest_area_sql(GRID_AND_PATH, "{of}.location", jurisdiction="{of}.jurisdiction_id")}) leaf on true
"""
