"""Cases that are linked with one that ends, is opened again or changes its category are raised: their reporters are told."""

from alembic import op

revision = "0059_linked_told"
down_revision = "0058_moved_events"

ENDED = "('not_filed', 'closed', 'force_closed')"
# `tell_merged` tells of every move; a linked case goes on by itself, so that only what its readers are told raises it: when
# the other one ended, and whether that one may be told of at all, which its category says.
TELL = f"""
create function tell_linked() returns trigger language plpgsql as $$
begin
  update incident set updated_at = new.updated_at
  where deleted_at is null and id in (
    select other_id from incident_link where incident_id = new.id and unlinked_at is null
    union all select incident_id from incident_link where other_id = new.id and unlinked_at is null);
  return null;
end $$;
create trigger tell_linked after update of status, category on incident for each row
  when ((old.status in {ENDED}) <> (new.status in {ENDED}) or old.category <> new.category) execute function tell_linked();
"""


def upgrade() -> None:
    op.execute(TELL)


def downgrade() -> None:
    op.execute("drop trigger tell_linked on incident")
    op.execute("drop function tell_linked")
