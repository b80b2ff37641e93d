"""Places of premises after changes of many rows: counted as if all had been stored just now, each address read once.

The functions that read and write addresses return what they returned before they became faster.
"""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tests.seeds import dice, seeds

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# Reads the address of each row, as it did before.
BEFORE = MIGRATIONS / "places_0117.sql"
MIGRATION = MIGRATIONS / "versions" / "20261130_place_moves.py"
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


NUMBERS = ("12号", "3-2号", "十二号楼", "8A", "八幢", "3弄", "3弄5号", "12号3幢", "#7", "7#", "栋", "", None)
# Parts of texts of addresses, among them forms that NFKC changes.
PARTS = (
    *(
        "文三路",
        "翠苑新村",
        "古荡路12路",
        "Main St",
        "Flat",
        " ",
        "，",
        ",",
        "-",
        "\n",
        "无",
        "２号",
        "㈠号",
        "é",
        "A",
    ),
    *("12", "3-2", "8A", "十二", "号楼", "号院", "号", "幢", "栋", "座", "弄", "#", "2单元", "101室"),
)


ENGLISH = "select {name}(%s, %s, %s)"


def add_functions_before(owner: Any) -> None:
    """Add the functions that read and write addresses as they were, with `_before` at the end of their names."""
    spec = importlib.util.spec_from_file_location("place_moves", MIGRATION)
    assert spec is not None and spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    for name in migration.CHANGED:
        owner.execute(migration.function_before(name).replace(f"{name}(", f"{name}_before("))


@pytest.mark.parametrize("seed", seeds())
def test_building_of_address_is_as_before(owner, seed):
    chance = dice("buildings of addresses", seed)
    add_functions_before(owner)
    texts = ["".join(chance.choices(PARTS, k=chance.randrange(1, 9))) for _ in range(2_000)]
    differing = """
      select t, b.group_name, b.number, w.group_name, w.number from unnest(%s::text[]) t,
        building_of(t) b, building_of_before(t) w
      where (b.group_name, b.number) is distinct from (w.group_name, w.number)"""
    assert owner.execute(differing, [texts]).fetchall() == []
    numbered = "select count(number), count(*) - count(number) from unnest(%s::text[]) t, building_of(t)"
    assert min(owner.execute(numbered, [texts]).fetchone()) > 100


def test_english_address_is_as_before_in_one_expression(owner):
    """A function with a FROM of its own would be planned anew for each address."""
    add_functions_before(owner)
    for group, english in (("文三路", "Wensan Rd"), ("翠苑", "Cuiyuan"), ("Main St", "Main St"), ("", "")):
        for number in NUMBERS:
            is_now, was = (
                owner.execute(ENGLISH.format(name=name), [group, english, number]).fetchone()
                for name in ("english_address", "english_address_before")
            )
            assert is_now == was, (group, number)
    # A call of a function that is part of a statement is not counted as one.
    owner.execute("set local track_functions = 'all'")
    owner.execute(
        "select count(english_address('文三路', 'Wensan Rd', n || '号')) from generate_series(1, 3) n"
    )
    calls = (
        "select calls from pg_stat_xact_user_functions where funcname in ('english_address', 'number_parts')"
    )
    assert owner.execute(calls).fetchall() == []
