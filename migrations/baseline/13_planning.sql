-- Day plans, and lists that are drawn by lot.

-- The plan of a worker for one day.
create table day_plan (
  id uuid not null,
  worker_id uuid not null,
  jurisdiction_id uuid not null,
  profile_version_id uuid not null,
  day date not null,
  since timestamptz,
  until timestamptz,
  stops jsonb not null,
  left_out jsonb not null,
  more_due int not null,
  solver text not null,
  solver_note text,
  travel_basis text not null,
  cause text not null,
  made_at timestamptz not null,
  digest text not null,
  seen text not null,
  watched text[] not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_day_plan primary key (id),
  constraint ck_day_plan_cause check (cause in ('morning','change','asked')),
  constraint fk_day_plan_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_day_plan_profile_version_id_profile_version foreign key (profile_version_id)
    references profile_version (id),
  constraint fk_day_plan_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_day_plan_day_id on day_plan (day, id);
create index ix_day_plan_jurisdiction_id on day_plan (jurisdiction_id);
create unique index uq_day_plan_worker_id_day on day_plan (worker_id, day) where deleted_at is null;
grant delete on day_plan to gridward_job;
create trigger log_change after insert or delete or update of digest, deleted_at on day_plan for each row
  execute function log_change('day_plan', 'id', 'worker', 'worker_id');
create trigger raise_version before update of digest, deleted_at on day_plan for each row
  execute function raise_version();

-- A person's decision that fixes the time of a stop, or its position in a manual order.
create table plan_pin (
  id uuid not null,
  worker_id uuid not null,
  day date not null,
  stop_id uuid not null,
  at timestamptz,
  place int,
  made_by uuid not null,
  made_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_plan_pin primary key (id),
  constraint ck_plan_pin_one_of check (num_nonnulls(at, place) = 1),
  constraint fk_plan_pin_worker_id_worker foreign key (worker_id) references worker (id)
);
create unique index uq_plan_pin_stop on plan_pin (worker_id, day, stop_id) where deleted_at is null;
grant delete on plan_pin to gridward_job;
create trigger log_change after insert or delete or update on plan_pin for each row
  execute function log_change('plan_pin', 'id', 'worker', 'worker_id');
create trigger raise_version before update on plan_pin for each row execute function raise_version();

-- A random draw of households or cells for an inspection, with all data to repeat the draw.
create table check_lot (
  id uuid not null,
  area_id uuid not null,
  kind text not null,
  reason text not null,
  seed text not null,
  members text[] not null,
  members_hash text not null,
  drawn text[] not null,
  number int not null,
  drawn_by uuid not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_check_lot primary key (id),
  constraint ck_check_lot_kind check (kind in ('household','cell')),
  constraint fk_check_lot_area_id_area foreign key (area_id) references area (id)
);
create index ix_check_lot_area_id_id on check_lot (area_id, id);
revoke update on check_lot from gridward_app, gridward_job;
create trigger refuse_change before delete or update on check_lot for each row execute function refuse_change();
