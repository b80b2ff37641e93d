"""Imports: runs and the rows that were taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_imports"
down_revision = "0007_register"


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows_seen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("upload", sa.LargeBinary(), nullable=True),
        sa.Column("error_file", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting','running','done','refused','failed','interrupted')",
            name=op.f("ck_import_run_state"),
        ),
        sa.CheckConstraint(
            "kind in ('areas','units','households','workers','incidents')", name=op.f("ck_import_run_kind")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_import_run_jurisdiction_id_jurisdiction")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["account.id"], name=op.f("fk_import_run_started_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_jurisdiction_id", "import_run", ["jurisdiction_id"])
    op.create_index("ix_import_run_started_by", "import_run", ["started_by"])
    op.create_index(
        "ix_import_run_beat_at_unfinished",
        "import_run",
        ["beat_at"],
        postgresql_where=sa.text("finished_at is null"),
    )
    op.create_index(
        "ix_import_run_finished_at_kept",
        "import_run",
        ["finished_at"],
        postgresql_where=sa.text("error_file is not null"),
    )
    op.create_table(
        "import_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_run_id", "import_row", ["run_id"])


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("import_run")
