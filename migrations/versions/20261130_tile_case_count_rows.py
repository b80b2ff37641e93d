"""Numbers of the cases that are stored already, for tiles that sum cases.

Reads and writes of cases go on meanwhile: the triggers of the migration before count what changes.
"""

from alembic import op

revision = "0112_tile_case_count_rows"
down_revision = "0112_tile_case_counts"


def upgrade() -> None:
    op.execute("select recount_tile_cases()")


def downgrade() -> None:
    """Leave the numbers: their table goes with the migration before."""
