"""Places of premises after changes of many rows: counted as if all had been stored just now, each address read once."""

from pathlib import Path

import pytest

from tests.seeds import dice, seeds

# Reads the address of each row, as it did before.
BEFORE = Path(__file__).parents[2] / "migrations" / "places_0117.sql"
PLACES = """
  select id, scope_path::text, kind, name ->> 'zh', group_id, number, source_count from named_place
  where jurisdiction_id = %s and kind in ('address', 'landmark', 'street', 'compound') and source_count > 0 order by id
"""
COUNT_ANEW = """do $$ begin
  execute places_statement_before('select p.*, 1 weight from premises p where jurisdiction_id = ''{id}''');
end $$"""
NEW = """
  insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, name, address, room, location, created_at)
  select gen_random_uuid(), %(city)s, area_id, path, 'dwelling', '', '文三路' || n / 3 || '号' || n || '室', n,
         ST_PointOnSurface(geom), now()
  from area_version, generate_series(1, %(number)s) n where area_id = %(grid)s and upper_inf(valid)
"""
MOVE = """
  update premises p set grid_id = a.area_id, scope_path = a.path from area_version a
  where a.area_id = %(grid)s and upper_inf(a.valid) and p.jurisdiction_id = %(city)s and p.room = any(%(rooms)s)
"""
CHANGE = """
  update premises p set address = case when %(is_numbered)s then %(street)s || room || '号' else %(street)s end,
    kind = %(kind)s, name = %(name)s,
    deleted_at = case when %(gone)s then now() end
  where p.jurisdiction_id = %(city)s and p.room = any(%(rooms)s)
"""


@pytest.mark.parametrize("seed", seeds())
def test_places_equal_count_of_all_premises_after_changes_of_many(city, owner, seed):
    chance = dice("place counts", seed)
    owner.execute(BEFORE.read_text("utf-8").replace("places_statement(", "places_statement_before("))
    grids = [city.areas[name] for name in ("g1", "g2", "g3")]
    for grid in grids:
        owner.execute(NEW, {"city": city.jurisdiction_id, "grid": grid, "number": 12})
    for _ in range(15):
        binds = {
            "city": city.jurisdiction_id,
            "grid": chance.choice(grids),
            "rooms": chance.sample([str(n) for n in range(1, 13)], 5),
            "is_numbered": chance.random() < 0.5,
            "street": chance.choice(["文三路", "古荡路", "翠苑"]),
            "kind": chance.choice(["dwelling", "shop"]),
            "name": chance.choice(["", "小店"]),
            "gone": chance.random() < 0.2,
        }
        statement = chance.choice([MOVE, CHANGE])
        owner.execute(statement, binds)
        stored = owner.execute(PLACES, [city.jurisdiction_id]).fetchall()
        with owner.transaction(force_rollback=True):
            owner.execute("delete from named_place where jurisdiction_id = %s", [city.jurisdiction_id])
            owner.execute(COUNT_ANEW.replace("{id}", str(city.jurisdiction_id)))
            assert stored == owner.execute(PLACES, [city.jurisdiction_id]).fetchall(), (
                seed,
                statement,
                binds,
            )
    assert len(stored) > 2


def test_address_of_moved_premises_is_read_once(city, owner):
    binds = {"city": city.jurisdiction_id, "grid": city.areas["g1"], "number": 20}
    owner.execute(NEW, binds)
    owner.execute("set local track_functions = 'all'")
    owner.execute(MOVE, binds | {"grid": city.areas["g2"], "rooms": [str(n) for n in range(1, 21)]})
    calls = "select calls from pg_stat_xact_user_functions where funcname = 'building_of'"
    assert owner.execute(calls).fetchall() == [(20,)]
