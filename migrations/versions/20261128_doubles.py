"""Premises with one address are found by an index, and what may be registered twice is marked for a supervisor."""

import sqlalchemy as sa
from alembic import op

revision = "0073_doubles"
down_revision = "0079_own_areas"

# What two spellings of one address have in common: letters of one width and case, no spaces and commas but between
# digits (12-3 01 is not 12-301). Only pg_catalog's functions and no search path: an index calls it when a dump is
# restored. Cut, as no entry of an index may be longer than a third of its page.
ADDRESS_KEY = r"""
create function address_key(address text, unit text, room text) returns text
language sql immutable parallel safe as $$
  select pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
    pg_catalog.lower(pg_catalog.normalize(address || '|' || unit || '|' || room, 'NFKC')),
    '[[:space:],;。、·]+', ' ', 'g'), '(?<![0-9]) | (?![0-9])', '', 'g'), 400)
$$;
"""


def upgrade() -> None:
    op.execute(ADDRESS_KEY)
    op.add_column("premises", sa.Column("possible_double_of", sa.Uuid(), nullable=True))
    op.add_column("premises", sa.Column("same_address_reason", sa.Text(), nullable=True))
    op.execute(
        "alter table premises add constraint fk_premises_possible_double_of_premises "
        "foreign key (possible_double_of) references premises (id) not valid"
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        for name, on in (
            ("ix_premises_address_key", "(jurisdiction_id, address_key(address, unit, room))"),
            ("ix_premises_possible_double_of", "(possible_double_of) where possible_double_of is not null"),
        ):
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on premises {on}")
        op.execute("set lock_timeout = '5s'")
        op.execute("alter table premises validate constraint fk_premises_possible_double_of_premises")


def downgrade() -> None:
    op.drop_index("ix_premises_address_key", "premises")
    op.drop_column("premises", "possible_double_of")
    op.drop_column("premises", "same_address_reason")
    op.execute("drop function address_key")
