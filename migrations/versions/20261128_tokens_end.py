"""Tokens end with the password; a device that was cut off names who did it."""

from alembic import op

revision = "0060_tokens_end"
down_revision = "0059_linked_told"


def upgrade() -> None:
    op.execute("alter table access_token add column revoke_reason text")
    op.execute("alter table device add column revoked_by uuid")
    # Tokens of closed accounts would come back to life with the account.
    op.execute("""
        update access_token t set revoked_at = now(), revoke_reason = 'account_disabled'
        from account a
        where a.id = t.account_id and a.disabled_at is not null and t.revoked_at is null
    """)


def downgrade() -> None:
    op.execute("alter table device drop column revoked_by")
    op.execute("alter table access_token drop column revoke_reason")
