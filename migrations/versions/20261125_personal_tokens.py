"""Tokens with which people's desktop programs read maps, and edit them if asked for."""

from alembic import op

revision = "0014_personal_tokens"
down_revision = "0013_push"


def _allow(kinds: str) -> None:
    op.execute(
        """-- squawk-ignore ban-drop-constraint
        alter table access_token drop constraint ck_access_token_kind"""
    )
    op.execute(
        f"""-- squawk-ignore constraint-missing-not-valid
        alter table access_token add constraint ck_access_token_kind check (kind in ({kinds}))"""
    )


def upgrade() -> None:
    _allow("'ingest', 'personal'")


def downgrade() -> None:
    op.execute("delete from access_token where kind = 'personal'")
    _allow("'ingest'")
