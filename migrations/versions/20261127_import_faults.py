"""What is wrong with each row of an import, to be looked through; and how many rows its file has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049_import_faults"
down_revision = "0043_step_places"


def upgrade() -> None:
    op.add_column("import_run", sa.Column("rows_expected", sa.Integer(), nullable=True))
    op.create_table(
        "import_fault",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("sentence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_fault_run_id_import_run")
        ),
        sa.PrimaryKeyConstraint("run_id", "row", "n", name=op.f("pk_import_fault")),
    )
    # Erased when their days are over.
    op.execute("grant delete on import_fault to gridward_app, gridward_job")


def downgrade() -> None:
    op.drop_table("import_fault")
    op.drop_column("import_run", "rows_expected")
