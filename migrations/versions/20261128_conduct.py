"""Who gave an account its last password is kept, and cases about somebody have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0067_conduct"
down_revision = "0066_known_devices"

# Where the subject of a case leads, by roles and responsibilities; of a unit, where it is and where its members lead.
# Null: everywhere. A worker's grant says where the account is managed, and leads nowhere.
LEADS = """
create function subject_leads(about uuid, at timestamptz) returns setof ltree language plpgsql stable as $$
begin
  return query
  with people as (
    select about id
    union select m.account_id from account_grant m where m.unit_id = about and m.revoked_at is null)
  select v.path from account_grant g
  left join unit u on u.id = g.unit_id
  left join area_version v on v.area_id = coalesce(g.area_id, u.area_id) and upper_inf(v.valid)
  where g.revoked_at is null and g.role in ('supervisor', 'admin', 'handler')
    and (v.path is not null or g.area_id is null and g.unit_id is null) and g.account_id in (select id from people)
  union all
  select v.path from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
  where r.worker_id = about and r.deleted_at is null and r.valid @> at
  union all
  select v.path from unit u join area_version v on v.area_id = u.area_id and upper_inf(v.valid) where u.id = about;
end $$;
"""
# Functions, and not a part of every statement about cases: few cases are about somebody, and every statement is planned.
ABOVE = """
create function stands_above_subject(paths ltree[], case_path ltree, about uuid, at timestamptz) returns boolean
language plpgsql stable as $$
begin
  if paths is null then
    return not exists (select from subject_leads(about, at) leads(path) where leads.path is null);
  end if;
  return exists (
    select from unnest(paths) p(path)
    where case_path <@ p.path and not exists (
      select from subject_leads(about, at) leads(path) where leads.path is null or p.path <@ leads.path));
end $$;
"""


def upgrade() -> None:
    op.execute(LEADS)
    op.execute(ABOVE)
    op.add_column("account", sa.Column("password_reset_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("password_reset_by", sa.Uuid(), nullable=True))
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_incident_about_id")
        op.execute(
            "create index concurrently ix_incident_about_id on incident (about_id) where about_kind is not null"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("drop function stands_above_subject, subject_leads")
    op.drop_index("ix_incident_about_id", "incident")
    op.drop_column("account", "password_reset_by")
    op.drop_column("account", "password_reset_at")
