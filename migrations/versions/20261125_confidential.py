"""A version of the rules tells which of its categories are confidential without its whole text being read.

Every statement of whoever only looks asks for it, of every version there ever was.
"""

from alembic import op

revision = "0026_confidential"
down_revision = "0025_map_order"


def upgrade() -> None:
    op.execute("""
      create function confidential_categories(data jsonb) returns text[] language sql immutable parallel safe as $$
        select coalesce(array_agg(c #>> '{}'), '{}')
          from jsonb_path_query(data, '$.taxonomy.categories[*] ? (@.confidential == true).code') c $$
    """)
    # A rewrite of some dozen rows.
    op.execute("""
      alter table profile_version add
      -- squawk-ignore adding-field-with-default
        confidential text[] not null generated always as (confidential_categories(data)) stored
    """)


def downgrade() -> None:
    op.execute("alter table profile_version drop confidential")
    op.execute("drop function confidential_categories(jsonb)")
