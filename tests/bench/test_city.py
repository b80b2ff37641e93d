"""The city that the benchmark measures is one that Gridward could have made: its books are right."""

import secrets
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import db
from app.supervision import service as supervision
from bench import city


@pytest.fixture(scope="module")
def loaded(settings, app) -> Iterator[Engine]:
    """A thousandth of the city in a database of its own."""
    name = f"scratch_{secrets.token_hex(6)}"
    server = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=0)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"create database {name} template template0 encoding 'UTF8'"))
        url = make_url(settings.database_url).set(database=name).render_as_string(hide_password=False)
        engine = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
        config = Config("alembic.ini")
        with engine.connect() as migrating:
            config.attributes["connection"] = migrating
            command.upgrade(config, "head")
        engine.dispose()
        with Session(engine) as session, session.begin():
            areas.ensure_default_jurisdiction(session)
        city.load(url, city.Size.of(0.001), quiet=True)
        yield engine
        engine.dispose()
        connection.execute(text(f"drop database {name} with (force)"))
    server.dispose()


def test_its_books_are_right(loaded):
    with Session(loaded) as session:
        broken = {found.name: found.ids for found in supervision.check(session) if found.count}
    assert broken == {}


def test_it_is_as_large_as_it_says(loaded):
    with Session(loaded) as session:
        rows = dict(
            session.execute(
                text("""
                  select 'cases', count(*) from incident union all select 'households', count(*) from household
                  union all select 'grids', count(*) from area where level = 'grid'
                  union all select 'workers', count(*) from worker union all select 'reports', count(*) from report
                """)
            ).all()
        )
        states = set(session.scalars(text("select distinct status from incident")))
    assert rows == {"cases": 1000, "households": 1000, "grids": 10, "workers": 10, "reports": 1000}
    assert states > {"closed", "not_filed", "dispatched"}


def test_every_grid_is_a_good_neighbour(loaded):
    """Gapless: the grids together are as large as the district that was made of them."""
    with Session(loaded) as session:
        difference = session.scalar(
            text("""
              select abs(sum(ST_Area(geom)) filter (where level = 'grid')
                         / sum(ST_Area(geom)) filter (where level = 'district') - 1)
              from area_version
            """)
        )
    assert difference < 1e-9
