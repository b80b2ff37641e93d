-- Signs that a service fails, the audit of grids, and what was done about them.

-- One run of the hourly or daily detectors in a jurisdiction. Rows never change.
create table signal_run (
  id uuid not null,
  jurisdiction_id uuid not null,
  profile_version_id uuid not null,
  cadence text not null,
  occurred_at timestamptz not null,
  seed bigint not null,
  found int not null,
  began int not null,
  ended int not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  failed text[] default '{}'::text[] not null,
  constraint pk_signal_run primary key (id),
  constraint ck_signal_run_cadence check (cadence in ('hourly','daily')),
  constraint fk_signal_run_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_signal_run_profile_version_id_profile_version foreign key (profile_version_id)
    references profile_version (id)
);
create index ix_signal_run_jurisdiction_id_cadence_occurred_at on signal_run (jurisdiction_id, cadence, occurred_at);
create index ix_signal_run_profile_version_id on signal_run (profile_version_id);
revoke update on signal_run from gridward_app, gridward_job;
create trigger refuse_change before delete or update on signal_run for each row execute function refuse_change();

-- A sign that a service fails. Its numbers and members are in `signal_state`.
create table signal (
  id uuid not null,
  jurisdiction_id uuid not null,
  kind text not null,
  key text not null,
  first_seen timestamptz not null,
  last_seen timestamptz,
  ended_at timestamptz,
  constraint pk_signal primary key (id),
  constraint ck_signal_ended check ((last_seen is null) = (ended_at is null)),
  constraint ck_signal_kind check (kind in ('cluster','unanswered','bouncing','visits_missed','rising','unclassified',
    'unheard')),
  constraint fk_signal_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
create unique index uq_signal_standing on signal (jurisdiction_id, kind, key) where ended_at is null;

-- The numbers and members of a signal as one run detected them. Rows never change.
create table signal_state (
  id uuid not null,
  signal_id uuid not null,
  run_id uuid not null,
  area_id uuid not null,
  subject jsonb default '{}'::jsonb not null,
  member_ids uuid[] not null,
  figure float8 not null,
  expected float8,
  p_value float8,
  strength float8 not null,
  since timestamptz not null,
  until timestamptz not null,
  place geometry(MultiPolygon,4326),
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_signal_state primary key (id),
  constraint fk_signal_state_area_id_area foreign key (area_id) references area (id),
  constraint fk_signal_state_run_id_signal_run foreign key (run_id) references signal_run (id),
  constraint fk_signal_state_signal_id_signal foreign key (signal_id) references signal (id)
);
create index ix_signal_state_area_id on signal_state (area_id);
create index ix_signal_state_run_id on signal_state (run_id);
create index ix_signal_state_signal_id_occurred_at on signal_state (signal_id, occurred_at);
revoke update on signal_state from gridward_app, gridward_job;
create trigger refuse_change before delete or update on signal_state for each row execute function refuse_change();

-- A supervisor's answer to a signal. Rows never change.
create table signal_answer (
  id uuid not null,
  signal_id uuid not null,
  done text not null,
  words text not null,
  account_id uuid not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  told int,
  unheard int,
  constraint pk_signal_answer primary key (id),
  constraint ck_signal_answer_done check (done in ('reply','help_offered','category_version','none')),
  constraint fk_signal_answer_signal_id_signal foreign key (signal_id) references signal (id)
);
create index ix_signal_answer_signal_id_occurred_at on signal_answer (signal_id, occurred_at);
revoke update on signal_answer from gridward_app, gridward_job;
create trigger refuse_change before delete or update on signal_answer for each row execute function refuse_change();

-- The last audit of the geometry of grids in a jurisdiction.
create table land_audit (
  jurisdiction_id uuid not null,
  digest text not null,
  audited_at timestamptz not null,
  constraint pk_land_audit primary key (jurisdiction_id),
  constraint fk_land_audit_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
revoke insert, update on land_audit from gridward_app;

-- A finding about a piece of land in no grid, in several grids, or outside the parent area.
create table land_finding (
  id uuid not null,
  jurisdiction_id uuid not null,
  kind text not null,
  area_id uuid not null,
  grid_ids uuid[] not null,
  version_ids uuid[] not null,
  place geometry(MultiPolygon,4326) not null,
  area_m2 float8 not null,
  width_m float8 not null,
  constraint pk_land_finding primary key (id),
  constraint ck_land_finding_kind check (kind in ('gap','overlap','sliver','outside_parent')),
  constraint fk_land_finding_area_id_area foreign key (area_id) references area (id),
  constraint fk_land_finding_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
create index ix_land_finding_jurisdiction_id on land_finding (jurisdiction_id);
create index ix_land_finding_place on land_finding using gist (place);
revoke insert, update on land_finding from gridward_app;
grant delete on land_finding to gridward_job;
