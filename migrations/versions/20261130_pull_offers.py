"""What each pull asks: whether its snapshot is past, and which offers were in it.

`is_past_snapshot` gets the durable snapshot that its statement has computed already, and is planned once in a session. Offers
are found in the change log by their id: the log of a worker has all that the worker did for weeks.
"""

from alembic import op

revision = "0116_pull_offers"
down_revision = "0112_tile_case_count_rows"

# The rule is explained in migrations/baseline/02_changes.sql.
IS_PAST = """
  create or replace function is_past_snapshot(last pg_snapshot, life text, durable pg_snapshot) returns boolean
  language plpgsql stable parallel restricted as $$
  begin
    if life is null then
      return pg_snapshot_xmax(last) <= pg_snapshot_xmax(pg_current_snapshot());
    end if;
    return pg_snapshot_xmax(last) <= pg_snapshot_xmax(durable)
      and (exists (select from recovery_mark m where m.life = is_past_snapshot.life)
           or pg_snapshot_xmax(last) <= all (select m.first_xid from recovery_mark m));
  end $$
"""
IS_PAST_NOW = """
  create or replace function is_past_snapshot(last pg_snapshot, life text) returns boolean
  language sql stable parallel restricted as $$
    select is_past_snapshot(last, life, durable_snapshot())
  $$
"""
# As it was, to the letter: tests compare the schema before and after.
IS_PAST_BEFORE = """create or replace function is_past_snapshot(last pg_snapshot, life text) returns boolean
language sql stable parallel restricted as $$
  select case when life is null then pg_snapshot_xmax(last) <= pg_snapshot_xmax(pg_current_snapshot())
    else pg_snapshot_xmax(last) <= pg_snapshot_xmax(durable_snapshot())
      and (exists (select from recovery_mark m where m.life = is_past_snapshot.life)
           or pg_snapshot_xmax(last) <= all (select m.first_xid from recovery_mark m)) end
$$"""


def upgrade() -> None:
    op.execute(IS_PAST)
    op.execute(IS_PAST_NOW)
    with op.get_context().autocommit_block():
        op.execute(
            """create index concurrently if not exists ix_change_log_row_id_offer on change_log (row_id)
               where entity = 'offer'"""
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_change_log_row_id_offer")
    op.execute(IS_PAST_BEFORE)
    op.execute("drop function is_past_snapshot(pg_snapshot, text, pg_snapshot)")
