"""Places of premises: the words of a street are read once for each statement, not once for each area.

The SQL is in `migrations/places_0117.sql`; before, it was as in `migrations/places_0084.sql`.
"""

from pathlib import Path

from alembic import op

revision = "0117_place_spellings"
down_revision = "0117_register_triggers"

FOLDER = Path(__file__).parents[1]
SQL = FOLDER / "places_0117.sql"
BEFORE = FOLDER / "places_0084.sql"
HEAD = "create function places_statement("


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons and percent signs for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    _, head, rest = BEFORE.read_text(encoding="utf-8").partition(HEAD)
    body, end, _ = rest.partition("\n$$;\n")
    run("create or replace " + head.removeprefix("create ") + body + end)
