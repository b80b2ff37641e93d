"""Plans of days, and what people decided of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_plans"
down_revision = "0020_grid_audit"

# What a job has looked at and found as planned is told to nobody: only a plan that was made anew is a change.
TRIGGERS = """
create trigger raise_version before update of digest, deleted_at on day_plan
  for each row execute function raise_version();
create trigger log_change after insert or delete or update of digest, deleted_at on day_plan
  for each row execute function log_change('day_plan', 'id', 'worker', 'worker_id');
create trigger raise_version before update on plan_pin for each row execute function raise_version();
create trigger log_change after insert or update or delete on plan_pin
  for each row execute function log_change('plan_pin', 'id', 'worker', 'worker_id');
grant delete on day_plan, plan_pin to gridward_job;
"""


def upgrade() -> None:
    op.create_table(
        "day_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("profile_version_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stops", postgresql.JSONB(), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), nullable=False),
        sa.Column("more_due", sa.Integer(), nullable=False),
        sa.Column("solver", sa.Text(), nullable=False),
        sa.Column("solver_note", sa.Text(), nullable=True),
        sa.Column("travel_basis", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("watched", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cause in ('morning','change','asked')", name=op.f("ck_day_plan_cause")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_day_plan_worker_id_worker")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_day_plan_jurisdiction_id_jurisdiction")
        ),
        sa.ForeignKeyConstraint(
            ["profile_version_id"],
            ["profile_version.id"],
            name=op.f("fk_day_plan_profile_version_id_profile_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_plan")),
    )
    op.create_index(
        "uq_day_plan_worker_id_day",
        "day_plan",
        ["worker_id", "day"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index("ix_day_plan_day_id", "day_plan", ["day", "id"])
    op.create_index(op.f("ix_day_plan_jurisdiction_id"), "day_plan", ["jurisdiction_id"])
    op.create_table(
        "plan_pin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stop_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(at, place) = 1", name=op.f("ck_plan_pin_one_of")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_plan_pin_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_pin")),
    )
    op.create_index(
        "uq_plan_pin_stop",
        "plan_pin",
        ["worker_id", "day", "stop_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_table("plan_pin")
    op.drop_table("day_plan")
