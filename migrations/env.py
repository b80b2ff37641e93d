"""Alembic's environment. Run through `gridward db upgrade`, which gives the connection."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.base import ischema_names

import app.schema  # noqa: F401  (every model)
from app.core.db import Base, Ltree, Xid8
from app.core.db.pool import make_engine
from app.core.revisions import require_upgradable

ischema_names.update(ltree=Ltree, xid8=Xid8)

# Partitions are made by a job, the job queue's tables are its own.
SKIPPED_TABLES = ("spatial_ref_sys",)


def include_object(obj, name, type_, reflected, compare_to):  # type: ignore[no-untyped-def]
    if type_ == "table" and (name in SKIPPED_TABLES or name.startswith("position_")):
        return False
    return alembic_helpers.include_object(obj, name, type_, reflected, compare_to)


options = {
    "target_metadata": Base.metadata,
    "include_object": include_object,
    "process_revision_directives": alembic_helpers.writer,
    "render_item": alembic_helpers.render_item,
    "compare_type": True,
    "transaction_per_migration": True,
}

# Waiting for a lock would block every request behind us: give up and say so instead.
SESSION = "set lock_timeout = '5s'; set search_path = public"


@contextmanager
def connected() -> Iterator[Connection]:
    """The caller's connection; without one a connection of our own, which is closed afterwards."""
    given = context.config.attributes.get("connection")
    if given is not None:
        yield given
        return
    engine = make_engine(os.environ["DATABASE_URL"], role=None, pool_size=1, statement_timeout_ms=0)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


if context.is_offline_mode():
    # Named parameters, or every percent sign in the SQL would be written twice.
    context.configure(
        url="postgresql+psycopg://", literal_binds=True, dialect_opts={"paramstyle": "named"}, **options
    )
    with context.begin_transaction():
        context.execute(SESSION)
        context.run_migrations()
else:
    with connected() as connection:
        connection.execute(text(SESSION))
        connection.commit()
        context.configure(connection=connection, **options)
        available = {script.revision for script in context.script.walk_revisions()}
        require_upgradable(context.get_context().get_current_heads(), available)
        connection.rollback()  # the transaction of the read above, or Alembic would commit nothing
        with context.begin_transaction():
            context.run_migrations()
