"""Places of premises that move: the parts of an address are found faster, and thousands are joined by hashes.

The SQL is in `migrations/places_0128.sql`; before, it was as in `migrations/places_0127.sql` and `places_0084.sql`.
"""

from pathlib import Path

from alembic import op

revision = "0128_place_moves"
down_revision = "0127_place_doors"

FOLDER = Path(__file__).parents[1]
SQL = FOLDER / "places_0128.sql"
BEFORE = FOLDER / "places_0127.sql"
# Has the functions that read and write addresses, as they were.
FIRST = FOLDER / "places_0084.sql"
CHANGED = ("building_of", "english_address")


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons and percent signs for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def function_before(name: str) -> str:
    """Return the SQL of a function as it was before."""
    _, head, rest = FIRST.read_text(encoding="utf-8").partition(f"create function {name}(")
    body, end, _ = rest.partition("$$;\n")
    return head.replace("create", "create or replace", 1) + body + end


def upgrade() -> None:
    run(SQL.read_text(encoding="utf-8"))


def downgrade() -> None:
    for name in CHANGED:
        run(function_before(name))
    run(BEFORE.read_text(encoding="utf-8"))
    run("alter function keep_places() reset enable_nestloop; drop function number_parts(text);")
