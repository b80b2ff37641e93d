"""Each city reads its own areas, by code and by id, in their order, whatever other cities there are."""

import sqlalchemy as sa
from alembic import op

revision = "0079_own_areas"
down_revision = "0075_reporter_erasure"
BY_CODE, BY_ID = "ix_area_version_jurisdiction_id_code", "ix_area_version_jurisdiction_id_area_id"


def upgrade() -> None:
    op.create_index(BY_CODE, "area_version", ["jurisdiction_id", "code", "area_id"])
    op.create_index(
        BY_ID, "area_version", ["jurisdiction_id", "area_id"], postgresql_where=sa.text("upper_inf(valid)")
    )


def downgrade() -> None:
    op.drop_index(BY_ID, "area_version")
    op.drop_index(BY_CODE, "area_version")
