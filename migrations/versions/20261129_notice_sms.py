"""Channel `sms` of notices, and the subject of its message in the outbox. Constraints are validated by the next revision."""

from alembic import op

revision = "0106_notice_sms"
down_revision = "0105_photo_redactions"

TABLES = ("notice_delivery", "notice_event", "notice_opt_out")
_INDEXES = {
    "uq_notice_delivery_message_subject_id": """create unique index concurrently if not exists
        uq_notice_delivery_message_subject_id on notice_delivery (message_subject_id)
        where message_subject_id is not null""",
    "ix_notice_delivery_unmade": """create index concurrently if not exists ix_notice_delivery_unmade
        on notice_delivery (notice_id, household_id) where channel = 'sms' and message_subject_id is null""",
}


def _set_channels(channels: str) -> None:
    for table in TABLES:
        # The one that replaces it allows all that this one allows.
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nalter table {table} drop constraint ck_{table}_channel"
        )
        op.execute(
            f"alter table {table} add constraint ck_{table}_channel check (channel in ({channels})) not valid"
        )


def upgrade() -> None:
    op.execute("alter table notice_delivery add column message_subject_id uuid")
    _set_channels("'visit','link','paper','sms'")
    with op.get_context().autocommit_block():
        for statement in _INDEXES.values():
            op.execute(statement)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
    op.execute("delete from notice_opt_out where channel = 'sms'")
    op.execute("delete from notice_event where channel = 'sms'")
    op.execute("delete from notice_delivery where channel = 'sms'")
    _set_channels("'visit','link','paper'")
    op.execute("alter table notice_delivery drop column message_subject_id")
