"""The component that a case is about, how it was found, and on what ground the owner was chosen."""

from alembic import op

revision = "0005_component_of_case"
down_revision = "0004_components"

# The columns are new and empty: PostgreSQL knows that no row breaks the reference, and the index has one quick
# look at the table.
LINK = """
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table incident add column component_id uuid constraint fk_incident_component_id_component references component (id);
alter table incident add column component_link text;
alter table incident add column owner_basis text;
-- squawk-ignore require-concurrent-index-creation
create index ix_incident_component_id on incident (component_id) where component_id is not null;
"""


def upgrade() -> None:
    op.execute(LINK)


def downgrade() -> None:
    op.execute(
        "alter table incident drop column component_id, drop column component_link, drop column owner_basis"
    )
