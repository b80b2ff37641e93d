"""Places of the areas and premises that are stored already.

Writes to premises wait until it ends. Cases get their place when they are stored or moved.
"""

from alembic import op

revision = "0085_place_rows"
down_revision = "0084_places"

PREMISES = """do $$ begin
  execute places_statement('select p.*, 1 weight from premises p');
end $$"""


def upgrade() -> None:
    op.execute("lock table premises in share row exclusive mode")
    op.execute("update named_place set source_count = 0 where source_count <> 0")
    op.execute("select store_place_of_area(area_id) from area_version where upper_inf(valid)")
    op.execute(PREMISES)


def downgrade() -> None:
    op.execute("update named_place set source_count = 0 where source_count <> 0")
