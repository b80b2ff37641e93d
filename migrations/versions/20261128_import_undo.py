"""What an import made is kept, so that it can be taken back; components are imported too."""

import sqlalchemy as sa
from alembic import op

revision = "0071_import_undo"
down_revision = "0070_residence"

KINDS = "'areas','units','households','workers','incidents'"


def upgrade() -> None:
    op.create_table(
        "import_made",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_made_run_id_import_run")),
        sa.PrimaryKeyConstraint("entity", "id", name=op.f("pk_import_made")),
    )
    op.create_index("ix_import_made_run_id", "import_made", ["run_id"])
    op.add_column("import_row", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "-- squawk-ignore ban-drop-constraint\nalter table import_run drop constraint ck_import_run_kind"
    )
    wider = f"add constraint ck_import_run_kind check (kind in ({KINDS},'components')) not valid"
    op.execute(f"alter table import_run {wider}")
    with op.get_context().autocommit_block():
        op.execute("alter table import_run validate constraint ck_import_run_kind")


def downgrade() -> None:
    op.execute(
        "delete from import_fault where run_id in (select id from import_run where kind = 'components')"
    )
    op.execute(
        "delete from import_row where undone_at is not null or run_id in (select id from import_run where kind = 'components')"
    )
    op.drop_constraint("ck_import_run_kind", "import_run")
    op.drop_column("import_row", "undone_at")
    op.drop_table("import_made")
    op.execute("delete from import_run where kind = 'components'")
    op.create_check_constraint("kind", "import_run", f"kind in ({KINDS})")
