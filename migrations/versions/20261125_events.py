"""Live hints: the change log is read by transaction, sessions that end are in it, one-time tickets for streams."""

import sqlalchemy as sa
from alembic import op

revision = "0011_events"
down_revision = "0010_access_tokens"


def upgrade() -> None:
    op.create_table(
        "stream_ticket",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("access_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_stream_ticket_session_id_session")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_stream_ticket")),
    )
    op.create_index(op.f("ix_stream_ticket_session_id"), "stream_ticket", ["session_id"])
    op.execute("grant delete on stream_ticket to gridward_job")
    # Beginnings are nobody's news; an end is what a stream has to hear of.
    op.execute(
        "create trigger log_change after update on session for each row "
        "when (old.revoked_at is distinct from new.revoked_at) "
        "execute function log_change('session', 'id', 'worker', 'account_id')"
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_change_log_xid")
        op.execute("create index concurrently ix_change_log_xid on change_log (xid)")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_change_log_xid")
    op.execute("drop trigger log_change on session")
    op.drop_table("stream_ticket")
