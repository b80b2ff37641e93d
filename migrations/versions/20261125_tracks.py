"""Fixes that are implausible are kept and flagged; the line of a duty outlives its fixes."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0017_tracks"
down_revision = "0016_media"


def upgrade() -> None:
    op.add_column(
        "position", sa.Column("is_implausible", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "duty_track",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fixes", sa.Integer(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("geom", Geometry("LINESTRINGM", 4326, dimension=3, spatial_index=False), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["duty.id"], name=op.f("fk_duty_track_id_duty")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_duty_track_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_track")),
    )
    op.create_index("ix_duty_track_geom", "duty_track", ["geom"], postgresql_using="gist")
    op.create_index("ix_duty_track_worker_id_since", "duty_track", ["worker_id", "since"])
    op.create_index("ix_duty_track_until", "duty_track", ["until"])
    op.execute("grant delete on duty_track to gridward_job")


def downgrade() -> None:
    op.drop_table("duty_track")
    op.drop_column("position", "is_implausible")
