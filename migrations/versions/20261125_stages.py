"""A case has limits on stages beside the one on the whole; a limit that is about to run out, or has, is told of; so are rules
that were published ahead, when they come into force."""

from alembic import op

revision = "0035_stages"
down_revision = "0034_permits"

INDEXES = {
    "ix_deadline_warn_at": "(warn_at) where stopped_at is null and paused_at is null and warned_at is null",
    "ix_deadline_escalate_at": "(escalate_at) where stopped_at is null and paused_at is null",
}


def upgrade() -> None:
    op.execute("alter table jurisdiction add column rules_number integer")
    op.execute("""
      alter table deadline add column name jsonb, add column ends_with text not null default 'fed_back',
        add column warn_at timestamptz, add column warned_at timestamptz, add column escalate_at timestamptz,
        add column escalated integer not null default 0, add column escalated_to text, add column told_id uuid
    """)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, of in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on deadline {of}")
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("alter table jurisdiction drop column rules_number")
    for name in INDEXES:
        op.execute(f"drop index {name}")
    # What is on stages says nothing without them.
    op.execute("delete from deadline where stage <> 'handle'")
    op.execute("set constraints all immediate")
    op.execute("""
      alter table deadline drop column name, drop column ends_with, drop column warn_at, drop column warned_at,
        drop column escalate_at, drop column escalated, drop column escalated_to, drop column told_id
    """)
