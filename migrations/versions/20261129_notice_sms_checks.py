"""Validation of the channels of notices, in a transaction of its own, so that reads go on meanwhile."""

from alembic import op

revision = "0106_notice_sms_checks"
down_revision = "0106_notice_sms"

TABLES = ("notice_delivery", "notice_event", "notice_opt_out")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"alter table {table} validate constraint ck_{table}_channel")


def downgrade() -> None:
    """Leave the constraints as they are: valid ones hold, too."""
