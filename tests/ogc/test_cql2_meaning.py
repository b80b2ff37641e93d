"""Filters mean in PostgreSQL what they mean on paper: thousands made at random, worked out in Python as well."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Permission
from app.ogc.queries.filters import Compiler
from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.cql2 import parse_json, parse_text
from app.ogc.rules.crs import STORED
from tests.ogc.filters import filters, meaning, sample, text_of

KINDS = {
    "n": Kind.INTEGER,
    "m": Kind.INTEGER,
    "t": Kind.TEXT,
    "s": Kind.TEXT,
    "u": Kind.UUID,
    "b": Kind.BOOLEAN,
    "d": Kind.DATE,
    "at": Kind.INSTANT,
    "till": Kind.INSTANT,
}
KNOWN = {name: Property(name, kind, f'r."{name}"', (name, name)) for name, kind in KINDS.items()}
SAMPLE = Collection(
    id="sample",
    title=("", ""),
    description=("", ""),
    needs=Permission.AREA_READ,
    scope="everybody",
    source="sample r",
    key="r.id",
    geometry="r.geometry",
    geometry_kind="Point",
    version="1",
    properties=tuple(KNOWN.values()),
)
ROWS = sample(120, seed=20261125)
FOUND = {"some": 0, "none": 0, "all": 0}


@pytest.fixture(scope="module")
def session(settings: Any) -> Iterator[Session]:
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=5_000)
    with Session(engine) as session:
        session.execute(
            text(
                """create temp table sample (id int, n bigint, m bigint, t text, s text, u uuid, b boolean, d date,
                     at timestamptz, till timestamptz, geometry geometry(point, 4326))"""
            )
        )
        columns = ["id", *KINDS]
        place = "ST_SetSRID(ST_MakePoint(:x, :y), 4326)"
        statement = text(
            f"insert into sample values ({', '.join(f':{c}' for c in columns)}, case when :has_place then {place} end)"
        )
        for row in ROWS:
            x, y = row["geometry"] or (0.0, 0.0)
            session.execute(statement, row | {"x": x, "y": y, "has_place": row["geometry"] is not None})
        yield session
        session.rollback()
    engine.dispose()


def matching(session: Session, tree: Any) -> list[int]:
    compiler = Compiler(SAMPLE, Reader("true", {}, {}), KNOWN, STORED)
    condition = compiler.condition(tree)
    statement = text(f"select r.id from sample r where {condition} order by r.id")
    return list(session.scalars(statement, compiler.binds.values))


def test_a_filter_means_the_same_in_sql_and_in_python(session):
    @settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filters())
    def same(tree: Any) -> None:
        said = text_of(tree)
        assert parse_text(said) == tree == parse_json(json.dumps(tree))
        expected = [row["id"] for row in ROWS if meaning(tree, row) is True]
        assert matching(session, parse_text(said)) == expected, said
        FOUND["none" if not expected else "all" if len(expected) == len(ROWS) else "some"] += 1

    same()
    # The proof is worth something only if filters tell rows apart.
    assert FOUND["some"] >= sum(FOUND.values()) / 2, FOUND
