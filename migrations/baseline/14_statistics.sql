-- Figures that are stored: rounded releases, and facts of months.

-- The release of the rounded figures of one month of a jurisdiction, made once per month.
create table figure_release (
  id uuid not null,
  jurisdiction_id uuid not null,
  month date not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_figure_release primary key (id),
  constraint uq_figure_release_jurisdiction_id_month unique (jurisdiction_id, month),
  constraint fk_figure_release_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
revoke update on figure_release from gridward_app, gridward_job;
create trigger refuse_change before delete or update on figure_release for each row execute function refuse_change();

-- A rounded number of cases in a release.
create table figure_cell (
  seq bigint generated always as identity,
  release_id uuid not null,
  scope_path ltree,
  category text not null,
  class text not null,
  counts_as text[] not null,
  told int not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_figure_cell primary key (seq),
  constraint ck_figure_cell_told check (told % 5 = 0 and told > 0),
  constraint fk_figure_cell_release_id_figure_release foreign key (release_id) references figure_release (id)
);
create index ix_figure_cell_release_id on figure_cell (release_id);
revoke update on figure_cell from gridward_app, gridward_job;
create trigger refuse_change before delete or update on figure_cell for each row execute function refuse_change();

-- The stored count of one measure in one grid and month, with the ids of its members.
create table cycle_fact (
  seq bigint generated always as identity,
  jurisdiction_id uuid not null,
  month date not null,
  grid_id uuid not null,
  scope_path ltree not null,
  measure text not null,
  unit_id uuid,
  told int not null,
  members text[] not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  is_whole boolean default true not null,
  constraint pk_cycle_fact primary key (seq),
  constraint ck_cycle_fact_members check (cardinality(members) = told),
  constraint fk_cycle_fact_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_cycle_fact_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
create index ix_cycle_fact_scope_path on cycle_fact using gist (scope_path);
create unique index uq_cycle_fact_month_grid_id_measure_unit_id on cycle_fact (month, grid_id, measure,
  unit_id) nulls not distinct;
revoke update on cycle_fact from gridward_app, gridward_job;
create trigger refuse_change before delete or update on cycle_fact for each row execute function refuse_change();
