"""The version of a tile reads the changes of its own cells, not those of a whole strip of the city."""

import re

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import as_sql
from app.ogc.queries.versions import versions_statement
from app.ogc.rules.tiling import LAYERS, Tile
from app.ogc.service import tiles
from tests.ogc.test_tile_freshness import acting_as
from tests.ogc.test_tile_plans import actor_of

AWAY = 8_000


def test_version_of_a_tile_reads_no_changes_of_other_cells_in_its_columns(city, settings):
    place = Tile(14, 9_000, 12_000)
    plan = tiles._plan(LAYERS["incidents"], actor_of(city.supervisor()), place, clock.now())
    x0, x1, _, _ = place.cells()
    sql = as_sql(versions_statement((plan.version,)))
    binds = {name: plan.binds[name] for name in set(re.findall(r"(?<!:):(\w+)", sql))}
    with acting_as(settings, None) as engine, engine.connect() as connection:
        if connection.dialect.server_version_info < (17,):
            pytest.skip("before version 17 PostgreSQL searches an index anew for each value of a list")
        connection.execute(
            text(
                """insert into tile_change (layer, x, y, n)
                   select 'incident', x, y, 1 from generate_series(cast(:x0 as int), cast(:x1 as int)) x,
                     generate_series(0, cast(:away as int)) y"""
            ),
            {"x0": x0, "x1": x1, "away": AWAY},
        )
        connection.execute(text("analyze tile_change"))
        connection.execute(text("set local plan_cache_mode = 'force_generic_plan'"))
        explained = connection.execute(
            text(f"explain (analyze, buffers, timing off, format json) {sql}"), binds
        ).scalar_one()
        connection.rollback()
    top = explained[0]["Plan"]
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 100
