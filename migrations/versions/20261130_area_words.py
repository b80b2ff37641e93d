"""Index of the pairs of letters in addresses, apart for each area of the second level of the division, such as a street.

A search in a street then reads nothing of other streets. An entry is the hash of area and pair: another pair with the
same hash is found too, and refused by the comparison with the words.
"""

from alembic import op

revision = "0110_board_area_words"
down_revision = "0108_notice_answers"

# An index calls the functions when a dump is restored: so they use only functions of pg_catalog.
FUNCTIONS = """
create or replace function area_pairs(part text, pairs text[]) returns int[] language sql immutable parallel safe as $$
  select coalesce(pg_catalog.array_agg(distinct
    (pg_catalog.hashtextextended(part || ' ' || pair, 0) & 2147483647)::int), '{}')
  from pg_catalog.unnest(pairs) pair
$$;
create or replace function area_letter_pairs(path text, address text, name text) returns int[]
language sql immutable parallel safe as $$
  select coalesce(pg_catalog.array_agg(distinct
    (pg_catalog.hashtextextended(part || ' ' || pg_catalog.substr(s, i, 2), 0) & 2147483647)::int), '{}')
  from pg_catalog.split_part(coalesce(path, ''), '.', 2) part,
       pg_catalog.lower(address || ' ' || coalesce(name, '')) s,
       pg_catalog.generate_series(1, pg_catalog.length(s) - 1) i
$$;
"""
INDEX = """create index concurrently if not exists ix_premises_area_words on premises
  using gin (area_letter_pairs(cast(scope_path as text), address, name))"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(FUNCTIONS)
    with op.get_context().autocommit_block():
        op.execute(INDEX)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_premises_area_words")
    run("drop function area_letter_pairs(text, text, text); drop function area_pairs(text, text[]);")
