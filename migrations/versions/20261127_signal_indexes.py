"""A look for signals keeps the kinds that could not be looked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0045_signal_indexes"
down_revision = "0039_stamps"


def upgrade() -> None:
    op.add_column(
        "signal_run",
        sa.Column("failed", ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("signal_run", "failed")
