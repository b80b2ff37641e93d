"""Notes of the desk, and cases that are one and the same matter."""

import sqlalchemy as sa
from alembic import op

revision = "0006_desk"
down_revision = "0006_substitution"


class Xid8(sa.types.UserDefinedType):
    def get_col_spec(self, **_):
        return "xid8"


# The column is new and empty: no row breaks the reference, and the index has one quick look at the table.
MERGED = """
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table incident add column merged_into uuid constraint fk_incident_merged_into_incident references incident (id);
-- squawk-ignore require-concurrent-index-creation
create index ix_incident_merged_into on incident (merged_into) where merged_into is not null;
"""
INSERT_ONLY = """
create trigger refuse_change before update or delete on incident_note for each row execute function refuse_change();
revoke update on incident_note from gridward_app, gridward_job;
"""


def upgrade() -> None:
    op.execute(MERGED)
    op.create_table(
        "incident_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("audience in ('desk','handlers')", name=op.f("ck_incident_note_audience")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_note_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_note")),
    )
    op.create_index(
        "ix_incident_note_incident_id_occurred_at", "incident_note", ["incident_id", "occurred_at"]
    )
    op.execute(INSERT_ONLY)


def downgrade() -> None:
    op.drop_table("incident_note")
    op.execute("alter table incident drop column merged_into")
