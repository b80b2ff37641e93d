"""What phones did offline: their devices' books, and the operations that wait for a person."""

from alembic import op

revision = "0013_push"
down_revision = "0012_sync_buckets"

TABLES = """
create table sync_device (
  account_id uuid not null constraint fk_sync_device_account_id_account references account (id),
  device_id uuid not null,
  applied_seq bigint default 0 not null,
  skew_seconds double precision,
  last_seen timestamptz not null,
  constraint pk_sync_device primary key (account_id, device_id));
create table sync_dead_letter (
  id uuid constraint pk_sync_dead_letter primary key,
  account_id uuid not null constraint fk_sync_dead_letter_account_id_account references account (id),
  device_id uuid,
  status text not null constraint ck_sync_dead_letter_status check (status in ('rejected','conflict','applied')),
  code text not null,
  entity text,
  op text,
  row_id uuid,
  operation jsonb not null,
  explanation jsonb default '{}' not null,
  happened_at timestamptz,
  arrived_at timestamptz not null,
  scope_path ltree,
  about_kind text,
  about_id uuid,
  resolved_at timestamptz,
  resolved_by uuid,
  resolution text constraint ck_sync_dead_letter_resolution check (resolution in ('discard','retry','apply_mine')),
  note text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint ck_sync_dead_letter_resolved check (
    (resolved_at is null) = (resolution is null) and (resolved_at is null) = (resolved_by is null)));
create index ix_sync_dead_letter_account_id_id on sync_dead_letter (account_id, id);
create index ix_sync_dead_letter_scope_path on sync_dead_letter using gist (scope_path);
create index ix_sync_dead_letter_row_id on sync_dead_letter (row_id);
create index ix_sync_dead_letter_arrived_at on sync_dead_letter (arrived_at);
create trigger raise_version before update on sync_dead_letter for each row execute function raise_version();
create trigger log_change after insert or update or delete on sync_dead_letter
  for each row execute function log_change('dead_letter', 'id', 'worker', 'account_id');
grant delete on sync_dead_letter, sync_device to gridward_job;
"""

# Whoever is forgotten is forgotten here too: what was said of her, and of her home, in operations that were kept.
FORGOTTEN = """
create function forget_in_dead_letters() returns trigger
language plpgsql security definer set search_path = public as $$
begin
  update sync_dead_letter
  set operation = operation - 'patch' - 'base', explanation = '{}'
  where row_id in (new.id, new.household_id)
     or row_id in (select id from care_tag where resident_id = new.id)
     or row_id in (select id from consent where resident_id = new.id)
     or row_id in (select id from visit where household_id = new.household_id)
     or operation #>> '{patch,resident_id}' = cast(new.id as text)
     or operation #>> '{patch,household_id}' = cast(new.household_id as text);
  return null;
end $$;
revoke execute on function forget_in_dead_letters from public;
create trigger forget_in_dead_letters after update of erased_at on resident
  for each row when (new.erased_at is not null and old.erased_at is null)
  execute function forget_in_dead_letters();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(FORGOTTEN)


def downgrade() -> None:
    op.execute("drop trigger forget_in_dead_letters on resident")
    op.execute("drop function forget_in_dead_letters")
    op.execute("drop table sync_dead_letter, sync_device")
