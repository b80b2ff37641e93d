"""Whose order it is that its reporter contests: she does not decide on it."""

import sqlalchemy as sa
from alembic import op

revision = "0042_contested_orders"
down_revision = "0045_signal_indexes"


def upgrade() -> None:
    op.add_column("incident", sa.Column("contested_order_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "contested_order_by")
