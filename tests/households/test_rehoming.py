"""Areas of premises after a redraw: the deepest one at each point, however areas overlap."""

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.households import service as households
from tests.factories import make_city
from tests.seeds import dice
from tests.statements import recorded_with_binds
from tests.test_bulk_budget import OTHER_HOMES, homes
from tests.test_row_budget import owner, rows_read

__all__ = ["owner"]
# Each of the premises with its areas: those that are stored, and those by the rule.
_PLACED = """
  select p.id, p.scope_path::text path, p.grid_id,
         v.path::text path_by_rule, case when v.level = 'grid' then v.area_id end grid_id_by_rule,
         exists (select from area_version a where a.area_id = any(:area_ids) and upper_inf(a.valid)
                 and ST_Intersects(a.geom, p.location)) is_on_land
  from premises p left join lateral (
    select * from area_version v
    where upper_inf(v.valid) and v.jurisdiction_id = p.jurisdiction_id and ST_Covers(v.geom, p.location)
    order by nlevel(v.path) desc, v.code, v.area_id limit 1) v on true
  where p.jurisdiction_id = :city
"""
# What a look-up for each of the premises reads would be four areas more.
ROWS_READ_EACH = 8


@pytest.mark.parametrize(
    ("names", "depth"),
    [
        (("g1",), 4),
        (("g3", "g4"), 4),
        (("c2",), 3),
        (("s",), 2),
        (("d",), 1),
        (("g4",), 1),
        (("c1",), 4),
        (("g1", "g4"), 4),  # other areas lie in the box around both
        (("c2",), 4),  # a part of it is in no area of this depth
    ],
)
def test_rehomed_premises_get_the_deepest_area_at_their_point(app, settings, city, names, depth):
    make_city(app, settings, at=(city.lon, city.lat))  # another jurisdiction has the same land
    roll = dice("rehoming")
    points = [(x / 2, y / 2) for x in range(5) for y in range(5)]  # corners and edges of all areas
    points += [(2 * roll.random(), 2 * roll.random()) for _ in range(60)]
    rows = [home | city.at(*point) for home, point in zip(homes(city, len(points)), points, strict=True)]
    area_ids = [city.areas[name] for name in names]
    binds = {"city": city.jurisdiction_id, "area_ids": area_ids}
    with db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=rows)
        session.execute(
            text("update premises set scope_path = 'nowhere', grid_id = null where jurisdiction_id = :city"),
            binds,
        )
        households.rehome(session, area_ids=area_ids, depth=depth, at=clock.now())
        placed = session.execute(text(_PLACED), binds).mappings().all()
    assert len(placed) == len(points)
    on_land = [row for row in placed if row["is_on_land"]]
    assert len(on_land) > 10
    for row in placed:
        expected = (row["path_by_rule"], row["grid_id_by_rule"]) if row["is_on_land"] else ("nowhere", None)
        assert (row["path"], row["grid_id"]) == expected
    levels = {len(row["path"].split(".")) for row in on_land}
    assert levels == ({3, 4} if names[0] in ("c2", "s", "d") else {4})


def test_rehoming_reads_no_area_for_each_of_the_premises(city, owner):
    with db.transaction(SYSTEM) as session:
        households.register_many(session, SYSTEM, rows=homes(city, 500))
    with recorded_with_binds("redrawn_area") as statements, db.transaction(SYSTEM) as session:
        households.rehome(session, area_ids=[city.areas["g1"]], depth=4, at=clock.now())
    ((statement, binds),) = statements
    others = OTHER_HOMES.replace("{city}", str(city.jurisdiction_id))
    read = rows_read(owner, others, statement, binds)
    assert 500 < read < 500 * ROWS_READ_EACH, read
