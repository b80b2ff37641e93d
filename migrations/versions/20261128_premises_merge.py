"""Premises that are registered twice are merged, and parted again: which households went, under which labels, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0073_premises_merge"
down_revision = "0073_doubles"

# The premises into which others went in the end; those that were not merged are their own.
PRESENT = """
create function present_premises(premises_id uuid) returns uuid language sql stable parallel safe as $$
  with recursive went(id, into_id, n) as (
    select p.id, p.merged_into, 1 from premises p where p.id = premises_id
    union all
    select p.id, p.merged_into, w.n + 1 from went w join premises p on p.id = w.into_id where w.n < 100)
  select coalesce((select w.id from went w order by w.n desc limit 1), premises_id)
$$;
"""


def upgrade() -> None:
    op.add_column("premises", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.execute(
        "alter table premises add constraint fk_premises_merged_into_premises "
        "foreign key (merged_into) references premises (id) not valid"
    )
    op.execute(PRESENT)
    op.create_table(
        "premises_merge",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("premises_id", sa.Uuid(), sa.ForeignKey("premises.id"), nullable=False),
        sa.Column("into_id", sa.Uuid(), sa.ForeignKey("premises.id"), nullable=False),
        sa.Column("households", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("gave_external_ref", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_premises_merge_into_id", "premises_merge", ["into_id"])
    op.create_index(
        "uq_premises_merge_premises_id",
        "premises_merge",
        ["premises_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, on in (
            ("ix_premises_merged_into", "(merged_into) where merged_into is not null"),
            (
                "ix_premises_merged_external_ref",
                "(jurisdiction_id, external_ref) where merged_into is not null",
            ),
        ):
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on premises {on}")
        op.execute("set lock_timeout = '5s'")
        op.execute("alter table premises validate constraint fk_premises_merged_into_premises")


def downgrade() -> None:
    op.drop_table("premises_merge")
    op.execute("drop function present_premises")
    op.drop_column("premises", "merged_into")
