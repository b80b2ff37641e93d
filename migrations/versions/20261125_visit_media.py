"""What hangs on a visit is told of with the visit."""

from alembic import op

revision = "0024_visit_media"
down_revision = "0023_stuck_push"

TRIGGER = """
create function log_visit_of_media() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select 'grid:' || v.grid_id, 'visit', v.id, 'P' from visit v
  where v.id in (new.visit_id, case when tg_op = 'UPDATE' then old.visit_id end) and v.grid_id is not null;
  return null;
end $$;
create trigger log_change_of_visit after insert or update on media
  for each row execute function log_visit_of_media();
"""


def upgrade() -> None:
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("drop trigger log_change_of_visit on media")
    op.execute("drop function log_visit_of_media()")
