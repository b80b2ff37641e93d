-- Jurisdictions, their profiles, the division tree and its units.

-- Return the codes of the confidential categories of a profile.
create function confidential_categories(data jsonb) returns text[] language sql immutable parallel safe as $$
        select coalesce(array_agg(c #>> '{}'), '{}')
          from jsonb_path_query(data, '$.taxonomy.categories[*] ? (@.confidential == true).code') c $$;

-- A city or district with its own profile.
create table jurisdiction (
  id uuid not null,
  code text not null,
  name jsonb not null,
  root_unit_id uuid,
  version bigint default 1 not null,
  deleted_at timestamptz,
  rules_number int,
  constraint pk_jurisdiction primary key (id),
  constraint uq_jurisdiction_code unique (code)
);
create index ix_jurisdiction_root_unit_id on jurisdiction (root_unit_id);
create trigger log_change after insert or delete or update on jurisdiction for each row
  execute function log_change('profile', 'id', 'global', '-');
create trigger raise_version before update on jurisdiction for each row execute function raise_version();

-- A version of a jurisdiction's profile. It tells which of its categories are confidential without a read of its
-- whole text.
create table profile_version (
  id uuid not null,
  jurisdiction_id uuid not null,
  number int not null,
  data jsonb not null,
  in_force_from timestamptz not null,
  created_by uuid,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  confidential text[] generated always as (confidential_categories(data)) stored not null,
  constraint pk_profile_version primary key (id),
  constraint uq_profile_version_jurisdiction_id_number unique (jurisdiction_id, number),
  constraint fk_profile_version_jurisdiction_id_jurisdiction foreign key (jurisdiction_id)
    references jurisdiction (id)
);
revoke update on profile_version from gridward_app, gridward_job;
create trigger log_change after insert or delete or update on profile_version for each row
  execute function log_change('profile', 'jurisdiction_id', 'global', '-');
create trigger refuse_change before delete or update on profile_version for each row execute function refuse_change();

-- A node of the division tree. Its id stays the same when its code or geometry changes.
create table area (
  id uuid not null,
  jurisdiction_id uuid not null,
  level text not null,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_area primary key (id),
  constraint fk_area_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
create index ix_area_jurisdiction_id on area (jurisdiction_id);
create trigger log_change after insert or delete or update on area for each row
  execute function log_change('area', 'id', 'area', 'id');
create trigger raise_version before update on area for each row execute function raise_version();

-- Code, name, geometry (EPSG:4326) and parent of an area during the range `valid`.
create table area_version (
  id uuid not null,
  area_id uuid not null,
  jurisdiction_id uuid not null,
  parent_id uuid,
  level text not null,
  code text not null,
  name jsonb not null,
  geom geometry(MultiPolygon,4326) not null,
  path ltree not null,
  valid tstzrange not null,
  reason text,
  recorded_by uuid,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_area_version primary key (id),
  constraint ex_area_version_area_valid exclude using gist (area_id with =, valid with &&),
  constraint ex_area_version_code_valid exclude using gist (jurisdiction_id with =, code with =, valid with &&),
  constraint fk_area_version_area_id_area foreign key (area_id) references area (id),
  constraint fk_area_version_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_area_version_parent_id_area foreign key (parent_id) references area (id)
);
-- Without it the planner takes an index of an exclusion constraint, which does not begin with the area (1 ms a
-- look-up).
create index ix_area_version_area_id on area_version (area_id);
create index ix_area_version_code on area_version (code);
create index ix_area_version_geom on area_version using gist (geom) where upper_inf(valid);
create index ix_area_version_jurisdiction_id_area_id on area_version (jurisdiction_id, area_id) where upper_inf(valid);
create index ix_area_version_jurisdiction_id_code on area_version (jurisdiction_id, code, area_id);
create index ix_area_version_parent_id on area_version (parent_id);
create index ix_area_version_path on area_version using gist (path) where upper_inf(valid);
create unique index uq_area_version_present on area_version (area_id) include (path) where upper_inf(valid);
create trigger log_change after insert or delete or update on area_version for each row
  execute function log_change('area', 'area_id', 'area', 'area_id');

-- A unit (责任单位): an office or company that owns categories of cases in areas.
create table unit (
  id uuid not null,
  jurisdiction_id uuid not null,
  area_id uuid,
  code text not null,
  name jsonb not null,
  contact text,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_unit primary key (id),
  constraint uq_unit_jurisdiction_id_code unique (jurisdiction_id, code),
  constraint fk_unit_area_id_area foreign key (area_id) references area (id),
  constraint fk_unit_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id)
);
create index ix_unit_area_id on unit (area_id);
alter table jurisdiction add constraint fk_jurisdiction_root_unit_id_unit foreign key (root_unit_id)
  references unit (id);
create trigger keep_history after insert or update on unit for each row execute function keep_history('unit');
create trigger log_change after insert or delete or update on unit for each row
  execute function log_change('unit', 'id', 'global', '-');
create trigger raise_version before update on unit for each row execute function raise_version();

-- A competence: the categories of cases that a unit owns in an area.
create table unit_competence (
  id uuid not null,
  unit_id uuid not null,
  area_id uuid,
  category_prefix text not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_unit_competence primary key (id),
  constraint fk_unit_competence_area_id_area foreign key (area_id) references area (id),
  constraint fk_unit_competence_unit_id_unit foreign key (unit_id) references unit (id)
);
create index ix_unit_competence_area_id on unit_competence (area_id);
create index ix_unit_competence_unit_id on unit_competence (unit_id);
create trigger keep_history after insert or update on unit_competence for each row
  execute function keep_history('unit_competence');
create trigger log_change after insert or delete or update on unit_competence for each row
  execute function log_change('unit', 'unit_id', 'global', '-');
create trigger raise_version before update on unit_competence for each row execute function raise_version();
