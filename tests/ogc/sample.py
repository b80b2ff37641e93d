"""A made-up table of every kind of property, asked by the compiler of filters alone, without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import db
from app.core.actor import Permission
from app.ogc.queries.filters import Compiler
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import STORED
from tests.ogc.filters import sample

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


@contextmanager
def sampled(settings: Any) -> Iterator[Session]:
    """A session in which the table stands, with ROWS."""
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=60_000)
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
    """The ids of the rows for which a tree is true. Raises Fault."""
    compiler = Compiler(SAMPLE, KNOWN, STORED)
    condition = compiler.condition(tree)
    statement = text(f"select r.id from sample r where {condition} order by r.id")
    return list(session.scalars(statement, compiler.binds.values))
