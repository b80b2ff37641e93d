-- Imports and exports.

-- A run of an import.
create table import_run (
  id uuid not null,
  jurisdiction_id uuid not null,
  kind text not null,
  started_by uuid,
  state text not null,
  options jsonb not null,
  created_at timestamptz not null,
  beat_at timestamptz not null,
  attempts int default 0 not null,
  finished_at timestamptz,
  rows_seen int default 0 not null,
  outcome jsonb,
  upload bytea,
  error_file bytea,
  rows_expected int,
  constraint pk_import_run primary key (id),
  constraint ck_import_run_kind check (kind in ('areas','units','households','workers','incidents','components')),
  constraint ck_import_run_state check (state in ('waiting','running','done','refused','failed','interrupted')),
  constraint fk_import_run_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_import_run_started_by_account foreign key (started_by) references account (id)
);
create index ix_import_run_beat_at_unfinished on import_run (beat_at) where finished_at is null;
create index ix_import_run_finished_at_kept on import_run (finished_at) where error_file is not null;
create index ix_import_run_jurisdiction_id on import_run (jurisdiction_id);
create index ix_import_run_started_by on import_run (started_by);

-- A row of a file that was imported.
create table import_row (
  id uuid not null,
  run_id uuid not null,
  digest bytea not null,
  imported_at timestamptz not null,
  undone_at timestamptz,
  constraint pk_import_row primary key (id),
  constraint fk_import_row_run_id_import_run foreign key (run_id) references import_run (id)
);
create index ix_import_row_run_id on import_row (run_id);

-- A record of one entity that an import created.
create table import_made (
  entity text not null,
  id uuid not null,
  run_id uuid not null,
  row_id uuid not null,
  undone_at timestamptz,
  constraint pk_import_made primary key (entity, id),
  constraint fk_import_made_run_id_import_run foreign key (run_id) references import_run (id)
);
create index ix_import_made_run_id on import_made (run_id);

-- A fault of a refused row: the number of the row, the column and a code.
create table import_fault (
  run_id uuid not null,
  row bigint not null,
  n int not null,
  code text not null,
  "column" text,
  sentence jsonb not null,
  constraint pk_import_fault primary key (run_id, row, n),
  constraint fk_import_fault_run_id_import_run foreign key (run_id) references import_run (id)
);
grant delete on import_fault to gridward_app, gridward_job;

-- A run of an export: its request, decision, progress, and the file until it expires.
create table export_run (
  id uuid not null,
  requested_by uuid not null,
  collection text not null,
  format text not null,
  query jsonb not null,
  purpose text,
  is_homes boolean not null,
  is_at_once boolean not null,
  needs_approval boolean not null,
  area_ids uuid[],
  state text not null,
  created_at timestamptz not null,
  beat_at timestamptz not null,
  attempts int default 0 not null,
  finished_at timestamptz,
  rows_expected int,
  rows_seen int default 0 not null,
  decided_by uuid,
  decided_at timestamptz,
  decision_note text,
  permission_epoch bigint not null,
  outcome jsonb,
  size bigint,
  sha256 text,
  expires_at timestamptz,
  constraint pk_export_run primary key (id),
  constraint ck_export_run_done_with_file check ((state = 'done') = (sha256 is not null)),
  constraint ck_export_run_state check (state in ('awaiting_approval', 'waiting', 'running', 'done', 'refused',
    'failed', 'cancelled', 'interrupted', 'expired')),
  constraint fk_export_run_decided_by_account foreign key (decided_by) references account (id),
  constraint fk_export_run_requested_by_account foreign key (requested_by) references account (id)
);
create index ix_export_run_decided_by on export_run (decided_by);
create index ix_export_run_expires_at_kept on export_run (expires_at) where state = 'done';
create index ix_export_run_requested_by on export_run (requested_by);
create index ix_export_run_unfinished on export_run (created_at) where finished_at is null;
