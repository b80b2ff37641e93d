"""Lists that were drawn by lot, for good."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


class Xid8(sa.types.UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **_):
        return "xid8"


revision = "0024_check_lots"
down_revision = "0024_visit_media"


def upgrade() -> None:
    op.create_table(
        "check_lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("members_hash", sa.Text(), nullable=False),
        sa.Column("drawn", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("kind in ('household','cell')", name=op.f("ck_check_lot_kind")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_check_lot_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_lot")),
    )
    op.create_index("ix_check_lot_area_id_id", "check_lot", ["area_id", "id"])
    op.execute(
        "create trigger refuse_change before update or delete on check_lot "
        "for each row execute function refuse_change()"
    )
    op.execute("revoke update on check_lot from gridward_app, gridward_job")


def downgrade() -> None:
    op.drop_table("check_lot")
