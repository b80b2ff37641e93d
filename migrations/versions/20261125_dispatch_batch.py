"""What waits in a district is solved together: the batch with its input, and runs that are parts of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019_dispatch_batch"
down_revision = "0018_tiles"


# The columns are new and empty: PostgreSQL knows that no row breaks the reference or the check, and the index has one
# quick look at the table.
RUN = """
alter table dispatch_run add column tier bigint not null default 0;
alter table dispatch_run add column batch_id uuid;
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table dispatch_run add constraint fk_dispatch_run_batch_id_dispatch_batch
  foreign key (batch_id) references dispatch_batch (id);
alter table dispatch_run add column input_hash text;
-- squawk-ignore constraint-missing-not-valid
alter table dispatch_run add constraint ck_dispatch_run_tier check ((tier = 1) = (batch_id is not null));
-- squawk-ignore require-concurrent-index-creation
create index ix_dispatch_run_batch_id on dispatch_run (batch_id) where batch_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index ix_dispatch_run_at on dispatch_run using brin (at);
"""


def upgrade() -> None:
    op.create_table(
        "dispatch_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("profile_version_id", sa.Uuid(), nullable=False),
        sa.Column("weights_version", sa.Text(), nullable=False),
        sa.Column("solver", sa.Text(), nullable=False),
        sa.Column("demands", sa.Integer(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("objective", sa.BigInteger(), nullable=False),
        sa.Column("solve_ms", sa.Double(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("workers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("input", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_dispatch_batch_area_id_area")),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_dispatch_batch_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_batch")),
    )
    op.create_index("ix_dispatch_batch_area_id_at", "dispatch_batch", ["area_id", "at"])
    op.create_index(
        "ix_dispatch_batch_at_kept", "dispatch_batch", ["at"], postgresql_where=sa.text("input is not null")
    )
    op.execute(RUN)


def downgrade() -> None:
    op.drop_index("ix_dispatch_run_at", table_name="dispatch_run")
    op.execute(
        "alter table dispatch_run drop constraint ck_dispatch_run_tier, drop column tier, drop column batch_id, "
        "drop column input_hash"
    )
    op.drop_table("dispatch_batch")
