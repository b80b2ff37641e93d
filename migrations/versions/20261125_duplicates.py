"""Reports that join a case, cases that are linked, and a merged case that is told whenever the other one moves."""

import sqlalchemy as sa
from alembic import op

revision = "0032_duplicates"
down_revision = "0031_verification"

# Neither rewrites the table: a column without a value, and one whose value is the same for all.
COLUMNS = """
alter table report add column joined_by uuid;
alter table incident add column report_count integer not null default 1;
"""
HOLDERS = """
create or replace function holders_of(case_id uuid) returns table (bucket text) language sql stable
set search_path = public as $$
  select case when a.state = 'queued' then 'unit:' || a.unit_id else 'worker:' || coalesce(a.account_id, a.worker_id) end
  from assignment a where a.incident_id = case_id and a.state in {held}
  union
  select 'worker:' || o.worker_id from offer o join assignment a on a.id = o.assignment_id
  where o.incident_id = case_id and o.state = 'offered' and a.state = 'open'{joined}
$$;
"""
HELD = "('offered', 'queued', 'accepted', 'en_route', 'on_scene')"
JOINED = """
  union
  select 'worker:' || r.joined_by from report r where r.incident_id = case_id and r.joined_by is not null"""
# Whoever reported a merged case follows the other one: her case is raised when that one moves.
MERGED = """
create function tell_merged() returns trigger language plpgsql as $$
begin
  update incident set updated_at = new.updated_at where merged_into = new.id and deleted_at is null;
  return null;
end $$;
create trigger tell_merged after update of status on incident for each row
  when (old.status is distinct from new.status) execute function tell_merged();
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(HOLDERS.format(held=HELD, joined=JOINED))
    op.execute(MERGED)
    op.create_table(
        "incident_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unlinked_by", sa.Uuid(), nullable=True),
        sa.Column("unlinked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlink_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("incident_id < other_id", name=op.f("ck_incident_link_ordered")),
        sa.CheckConstraint(
            "(unlinked_at is null) = (unlinked_by is null) and (unlinked_at is null) = (unlink_reason is null)",
            name=op.f("ck_incident_link_ended"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_link_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["incident.id"], name=op.f("fk_incident_link_other_id_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_link")),
    )
    op.create_index("ix_incident_link_incident_id", "incident_link", ["incident_id"])
    op.create_index("ix_incident_link_other_id", "incident_link", ["other_id"])
    op.create_index(
        "uq_incident_link_live",
        "incident_link",
        ["incident_id", "other_id"],
        unique=True,
        postgresql_where=sa.text("unlinked_at is null"),
    )
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_report_joined_by")
        op.execute(
            "create index concurrently ix_report_joined_by on report (joined_by) where joined_by is not null"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_report_joined_by")
        op.execute("set lock_timeout = '5s'")
    op.drop_table("incident_link")
    op.execute("drop trigger tell_merged on incident")
    op.execute("drop function tell_merged")
    op.execute(HOLDERS.format(held=HELD, joined=""))
    op.execute("alter table incident drop column report_count")
    op.execute("alter table report drop column joined_by")
