"""Failed sign-ins are counted by the device too, where the account knows it."""

from alembic import op

revision = "0066_known_devices"
down_revision = "0065_session_keys"


def upgrade() -> None:
    op.execute("alter table sign_in_attempt add column device_key text")


def downgrade() -> None:
    op.execute("alter table sign_in_attempt drop column device_key")
