"""Operations are found by the row that they are about: erasing somebody reads no others."""

from alembic import op

revision = "0081_about_operations"
down_revision = "0071_import_undo"
# A key of the header is kept as `METHOD /path key`, and the first id in the path is that of the row; other keys are ids of
# what was made. Reports tell their case, operations of phones their row, and acts on many cases have the case in the key.
ABOUT = """
create or replace function operation_about(key text, route text, result jsonb) returns text
language sql immutable parallel safe as $$
  select case route when 'incidents' then result ->> 'incident_id' when 'sync' then result ->> 'id'
              when 'incidents.bulk' then result ->> 'incident_id'
              else pg_catalog.substring(pg_catalog.lower(key),
                '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}') end
$$
"""


def upgrade() -> None:
    op.execute(ABOUT)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_applied_op_about")
        op.execute(
            "create index concurrently ix_applied_op_about on applied_op (operation_about(key, route, result))"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists ix_applied_op_about")
    op.execute("drop function operation_about")
