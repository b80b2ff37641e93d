"""Pairs of letters that indexes of premises keep: the same sets as before loops made them."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.seeds import dice, seeds

MIGRATION = Path(__file__).parents[2] / "migrations/versions/20261130_moved_homes.py"
LETTERS = "幸福路12号3单元 aÉ，路路"
GIVEN = """
  create temp table given as select * from jsonb_to_recordset(%s) t(address text, name text, path text)
"""
# The pairs of the first come once; those of the second may come twice.
DIFFERING = """
  select t.* from given t
  where array(select unnest(letter_pairs(address, name)) order by 1) is distinct from letter_pairs_before(address, name)
     or array(select distinct unnest(area_letter_pairs(path, address, name)) order by 1)
        is distinct from area_letter_pairs_before(path, address, name)
"""


def add_functions_before(owner: Any) -> None:
    """Add both functions as they were, with `_before` at the end of their names."""
    spec = importlib.util.spec_from_file_location("moved_homes", MIGRATION)
    assert spec is not None and spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    owner.execute(migration.FUNCTIONS_BEFORE.replace("letter_pairs(", "letter_pairs_before("))


@pytest.mark.parametrize("seed", seeds())
def test_letter_pairs_are_the_same_sets_as_before(owner, seed):
    chance = dice("letter pairs", seed)
    add_functions_before(owner)
    rows = [
        {
            "address": chance.choice([None, text, text, text]),
            "name": chance.choice([None, "", text[:3], "店"]),
            "path": chance.choice([None, "", "a", "a.b", "a.b.c"]),
        }
        for text in (
            "".join(chance.choices(LETTERS, k=chance.choice([0, 1, 2, 20, 100, 300]))) for _ in range(500)
        )
    ]
    owner.execute(GIVEN, [Jsonb(rows)])
    assert owner.execute("select count(*) from given").fetchone() == (500,)
    assert owner.execute(DIFFERING).fetchall() == []
