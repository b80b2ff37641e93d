"""What became of a reply to those who reported is kept with the answer to a signal."""

from alembic import op

revision = "0054_replies"
down_revision = "0051_rates"


def upgrade() -> None:
    op.execute("alter table signal_answer add column told integer, add column unheard integer")


def downgrade() -> None:
    op.execute("alter table signal_answer drop column told, drop column unheard")
