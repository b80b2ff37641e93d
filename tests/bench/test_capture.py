"""What a request sends is taken by pgbench with the same types."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from app.core import db
from bench.capture import Merged, Script, recording, write
from bench.environment import pgbench

_STATEMENT = text("""
  select id from incident
  where about_id = any(:units) and category = any(:categories) and reported_at < :until and id <> :id and status <> :status
""")


def test_captured_statement_runs_in_pgbench_with_empty_and_filled_lists(settings, tmp_path):
    engine = db.make_engine(settings.database_url, role=None, pool_size=1, statement_timeout_ms=10_000)
    binds = {
        "units": [],
        "categories": ["E0102"],
        "until": datetime(2026, 11, 1, tzinfo=UTC),
        "id": UUID("01890000-0000-7000-8000-000000000001"),
        "status": "closed",
    }
    with recording(engine) as sent, engine.connect() as connection:
        connection.execute(_STATEMENT, binds)
    engine.dispose()
    statements = [statement for statement in sent if "about_id" in statement.statement]
    assert len(statements) == 1

    for number, script in enumerate((Script(0, statements), Merged([statements, statements]))):
        arguments = write([script], tmp_path / str(number))
        assert pgbench(settings.database_url, arguments, 1, connections=1) > 0
