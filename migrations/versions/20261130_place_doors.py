"""Places of premises: the address of premises that moved is read once, not once for the old and once for the new row.

The SQL is in `migrations/places_0127.sql`; before, it was as in `migrations/places_0117.sql`.
"""

from pathlib import Path

from alembic import op

revision = "0127_place_doors"
down_revision = "0126_case_log"

FOLDER = Path(__file__).parents[1]
SQL = FOLDER / "places_0127.sql"
BEFORE = FOLDER / "places_0117.sql"


def run(path: Path) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons and percent signs for parameters."""
    sql = path.read_text(encoding="utf-8")
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(SQL)


def downgrade() -> None:
    run(BEFORE)
