-- Phones: their progress in pushing, and operations that wait for a person.

-- The progress of an account's device in pushing operations.
create table sync_device (
  account_id uuid not null,
  device_id uuid not null,
  applied_seq bigint default 0 not null,
  skew_seconds float8,
  last_seen timestamptz not null,
  stuck_key text,
  stuck_times int default 0 not null,
  constraint pk_sync_device primary key (account_id, device_id),
  constraint fk_sync_device_account_id_account foreign key (account_id) references account (id)
);
grant delete on sync_device to gridward_job;

-- An operation that was rejected, is in conflict or was late, kept for a person.
create table sync_dead_letter (
  id uuid not null,
  account_id uuid not null,
  device_id uuid,
  status text not null,
  code text not null,
  entity text,
  op text,
  row_id uuid,
  operation jsonb not null,
  explanation jsonb default '{}'::jsonb not null,
  happened_at timestamptz,
  arrived_at timestamptz not null,
  scope_path ltree,
  about_kind text,
  about_id uuid,
  resolved_at timestamptz,
  resolved_by uuid,
  resolution text,
  note text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_sync_dead_letter primary key (id),
  constraint ck_sync_dead_letter_resolution check (resolution in ('discard','retry','apply_mine')),
  constraint ck_sync_dead_letter_resolved check ((resolved_at is null) = (resolution is null)
    and (resolved_at is null) = (resolved_by is null)),
  constraint ck_sync_dead_letter_status check (status in ('rejected','conflict','applied')),
  constraint fk_sync_dead_letter_account_id_account foreign key (account_id) references account (id)
);
create index ix_sync_dead_letter_account_id_id on sync_dead_letter (account_id, id);
create index ix_sync_dead_letter_arrived_at on sync_dead_letter (arrived_at);
create index ix_sync_dead_letter_row_id on sync_dead_letter (row_id);
create index ix_sync_dead_letter_scope_path on sync_dead_letter using gist (scope_path);
grant delete on sync_dead_letter to gridward_job;
create trigger log_change after insert or delete or update on sync_dead_letter for each row
  execute function log_change('dead_letter', 'id', 'worker', 'account_id');
create trigger raise_version before update on sync_dead_letter for each row execute function raise_version();
