"""Calls for help, and who was told of them."""

import sqlalchemy as sa
from alembic import op

revision = "0015_sos"
down_revision = "0014_personal_tokens"

# The row that reaches somebody told is the call itself: its id, in the bucket of each recipient.
TRIGGERS = """
create trigger raise_version before update on sos for each row execute function raise_version();
create trigger log_change after insert or update or delete on sos
  for each row execute function log_change('sos', 'id', 'worker', 'worker_id');
create trigger raise_version before update on sos_recipient for each row execute function raise_version();
create trigger log_change after insert or update or delete on sos_recipient
  for each row execute function log_change('sos', 'sos_id', 'worker', 'recipient_id');
"""


def upgrade() -> None:
    op.create_table(
        "sos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_on_duty", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("place_erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('helped','services_called','false_alarm','other')", name=op.f("ck_sos_outcome")
        ),
        sa.CheckConstraint(
            "(closed_at is null) = (outcome is null)", name=op.f("ck_sos_closed_with_outcome")
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_sos_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sos")),
    )
    op.create_index("ix_sos_worker_id", "sos", ["worker_id"])
    op.create_index(
        "ix_sos_told_at_unanswered",
        "sos",
        ["told_at"],
        postgresql_where=sa.text("acknowledged_at is null and closed_at is null"),
    )
    op.create_index(
        "ix_sos_closed_at_placed", "sos", ["closed_at"], postgresql_where=sa.text("place_erased_at is null")
    )
    op.create_table(
        "sos_recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sos_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason in ('chief','substitute','supervisor','admin')", name=op.f("ck_sos_recipient_reason")
        ),
        sa.ForeignKeyConstraint(["sos_id"], ["sos.id"], name=op.f("fk_sos_recipient_sos_id_sos")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["account.id"], name=op.f("fk_sos_recipient_recipient_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sos_recipient")),
    )
    op.create_index(
        "uq_sos_recipient_sos_id_recipient_id", "sos_recipient", ["sos_id", "recipient_id"], unique=True
    )
    op.create_index("ix_sos_recipient_recipient_id", "sos_recipient", ["recipient_id"])
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_table("sos_recipient")
    op.drop_table("sos")
