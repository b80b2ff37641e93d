"""Where the steps of a case were taken: kept as long as positions are, and blanked by the owner's function only."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0043_step_places"
down_revision = "0040_handled_by"

BLANKING = """
create function refuse_change_but_blanking() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and old.location is not null and new.location is null and new.accuracy_m is null
     and to_jsonb(new) - 'location' - 'accuracy_m' = to_jsonb(old) - 'location' - 'accuracy_m' then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
create function blank_step_places(before timestamptz) returns int
language plpgsql security definer set search_path = public as $$
declare
  blanked int;
begin
  update incident_event set location = null, accuracy_m = null where location is not null and occurred_at < before;
  get diagnostics blanked = row_count;
  return blanked;
end $$;
revoke execute on function blank_step_places from public;
grant execute on function blank_step_places to gridward_job;
drop trigger refuse_change on incident_event;
create trigger refuse_change before update or delete on incident_event
  for each row execute function refuse_change_but_blanking();
"""


def upgrade() -> None:
    op.add_column(
        "incident_event", sa.Column("location", Geometry("POINT", 4326, spatial_index=False), nullable=True)
    )
    op.add_column("incident_event", sa.Column("accuracy_m", sa.Float(), nullable=True))
    op.execute(BLANKING)
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_incident_event_placed",
            "incident_event",
            ["occurred_at"],
            postgresql_where=sa.text("location is not null"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_incident_event_placed", table_name="incident_event")
    op.execute("""
      drop trigger refuse_change on incident_event;
      create trigger refuse_change before update or delete on incident_event for each row execute function refuse_change();
      drop function blank_step_places, refuse_change_but_blanking
    """)
    op.drop_column("incident_event", "accuracy_m")
    op.drop_column("incident_event", "location")
