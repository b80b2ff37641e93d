"""The register of components."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004_components"
down_revision = "0003_triggers"


class Ltree(sa.types.UserDefinedType):
    def get_col_spec(self, **_):
        return "ltree"


TRIGGERS = """
create trigger raise_version before update on component for each row execute function raise_version();
create trigger log_change after insert or update or delete on component
  for each row execute function log_change('component', 'id', 'grid', 'grid_id');
create trigger keep_history after insert or update on component
  for each row execute function keep_history('component');
"""


def upgrade() -> None:
    op.create_geospatial_table(
        "component",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owning_unit_id", sa.Uuid(), nullable=True),
        sa.Column("managing_unit_id", sa.Uuid(), nullable=True),
        sa.Column("maintaining_unit_id", sa.Uuid(), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("scope_path", Ltree(), nullable=True),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "code ~ '^[0-9]{16}$' and category = substr(code, 7, 4)", name=op.f("ck_component_code")
        ),
        sa.CheckConstraint(
            "state in ('in_use','damaged','missing','retired')", name=op.f("ck_component_state")
        ),
        sa.CheckConstraint(
            "(state = 'retired') = (deleted_at is not null)", name=op.f("ck_component_retired")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["area.id"], name=op.f("fk_component_grid_id_area")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_component_jurisdiction_id_jurisdiction")
        ),
        sa.ForeignKeyConstraint(
            ["maintaining_unit_id"], ["unit.id"], name=op.f("fk_component_maintaining_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["managing_unit_id"], ["unit.id"], name=op.f("fk_component_managing_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["owning_unit_id"], ["unit.id"], name=op.f("fk_component_owning_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
    )
    op.create_index(
        "uq_component_jurisdiction_id_code",
        "component",
        ["jurisdiction_id", "code"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    op.create_index("ix_component_grid_id_id", "component", ["grid_id", "id"], unique=False)
    for column in ("owning_unit_id", "managing_unit_id", "maintaining_unit_id"):
        op.create_index(op.f(f"ix_component_{column}"), "component", [column], unique=False)
    op.create_geospatial_index(
        "ix_component_location",
        "component",
        ["location"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_component_scope_path", "component", ["scope_path"], unique=False, postgresql_using="gist"
    )
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_geospatial_table("component")
