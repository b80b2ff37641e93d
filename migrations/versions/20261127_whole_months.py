"""A fact of a month tells whether all that it counts was still there when it was counted."""

import sqlalchemy as sa
from alembic import op

revision = "0041_whole_months"
down_revision = "0049_import_faults"


def upgrade() -> None:
    op.add_column(
        "cycle_fact", sa.Column("is_whole", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("cycle_fact", "is_whole")
