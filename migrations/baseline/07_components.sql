-- City components.

-- A municipal object with a number.
create table component (
  id uuid not null,
  jurisdiction_id uuid not null,
  code text not null,
  category text not null,
  name jsonb not null,
  state text not null,
  owning_unit_id uuid,
  managing_unit_id uuid,
  maintaining_unit_id uuid,
  location geometry(Point,4326) not null,
  grid_id uuid,
  scope_path ltree,
  installed_on date,
  checked_on date,
  source text,
  note text,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_component primary key (id),
  constraint ck_component_code check (code ~ '^[0-9]{16}$' and category = substr(code, 7, 4)),
  constraint ck_component_retired check ((state = 'retired') = (deleted_at is not null)),
  constraint ck_component_state check (state in ('in_use','damaged','missing','retired')),
  constraint fk_component_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_component_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_component_maintaining_unit_id_unit foreign key (maintaining_unit_id) references unit (id),
  constraint fk_component_managing_unit_id_unit foreign key (managing_unit_id) references unit (id),
  constraint fk_component_owning_unit_id_unit foreign key (owning_unit_id) references unit (id)
);
create index ix_component_grid_id_id on component (grid_id, id);
create index ix_component_location on component using gist (location);
create index ix_component_maintaining_unit_id on component (maintaining_unit_id);
create index ix_component_managing_unit_id on component (managing_unit_id);
create index ix_component_owning_unit_id on component (owning_unit_id);
create index ix_component_part_id on component (subpath(scope_path, 0, 2), id);
create index ix_component_scope_path on component using gist (scope_path);
create index ix_component_scope_path_id on component (scope_path, id);
create unique index uq_component_jurisdiction_id_code on component (jurisdiction_id, code) where deleted_at is null;
create trigger keep_history after insert or update on component for each row
  execute function keep_history('component');
create trigger log_change after insert or delete or update on component for each row
  execute function log_change('component', 'id', 'grid', 'grid_id');
create trigger raise_version before update on component for each row execute function raise_version();
