-- The register: premises, households, residents, care tags, consents and visits.

-- Return all pairs of neighbouring characters. Chinese words often have two characters, which trigrams cannot
-- find. An index calls this function when a dump is restored: so it uses only functions of pg_catalog, and no
-- search path.
create function letter_pairs(address text, name text) returns text[] language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct pg_catalog.substr(s, i, 2)), '{}')
  from pg_catalog.lower(address || ' ' || coalesce(name, '')) s,
       pg_catalog.generate_series(1, pg_catalog.length(s) - 1) i
$$;

-- Return what two spellings of an address have in common: letters of one width and case, no spaces and commas
-- but between digits (12-3 01 is not 12-301). An index calls this function when a dump is restored: so it uses
-- only functions of pg_catalog, and no search path. The key is cut, because an index entry may not be longer
-- than a third of a page.
create function address_key(address text, unit text, room text) returns text
language sql immutable parallel safe as $$
  select pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.regexp_replace(
    pg_catalog.lower(pg_catalog.normalize(address || '|' || unit || '|' || room, 'NFKC')),
    '[[:space:],;。、·]+', ' ', 'g'), '(?<![0-9]) | (?![0-9])', '', 'g'), 400)
$$;

-- A place with an address: a dwelling, a shop or a site.
create table premises (
  id uuid not null,
  jurisdiction_id uuid not null,
  grid_id uuid,
  scope_path ltree,
  kind text not null,
  name text,
  province text default '无' not null,
  city text default '无' not null,
  county text default '无' not null,
  town text default '无' not null,
  community text default '无' not null,
  grid text default '无' not null,
  compound text default '无' not null,
  building text default '无' not null,
  unit text default '无' not null,
  room text default '无' not null,
  address text not null,
  location geometry(Point,4326) not null,
  is_generated boolean default false not null,
  external_ref text,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  possible_double_of uuid,
  same_address_reason text,
  merged_into uuid,
  constraint pk_premises primary key (id),
  constraint ck_premises_kind check (kind in ('dwelling','rental','shop','enterprise','institution','site','vacant')),
  constraint fk_premises_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_premises_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_premises_merged_into_premises foreign key (merged_into) references premises (id),
  constraint fk_premises_possible_double_of_premises foreign key (possible_double_of) references premises (id)
);
create index ix_premises_address_key on premises (jurisdiction_id, address_key(address, unit, room));
create index ix_premises_grid_id_id on premises (grid_id, id);
create index ix_premises_location on premises using gist (location);
create index ix_premises_merged_external_ref on premises (jurisdiction_id, external_ref) where merged_into is not null;
create index ix_premises_merged_into on premises (merged_into) where merged_into is not null;
create index ix_premises_part_id on premises (subpath(scope_path, 0, 2), id);
create index ix_premises_possible_double_of on premises (possible_double_of) where possible_double_of is not null;
create index ix_premises_scope_path on premises using gist (scope_path);
create index ix_premises_scope_path_id on premises (scope_path, id);
create index ix_premises_words on premises using gin (letter_pairs(address, name));
create unique index uq_premises_external_ref on premises (jurisdiction_id, external_ref)
  where external_ref is not null and deleted_at is null;
create trigger keep_history after insert or update on premises for each row execute function keep_history('premises');
create trigger log_change after insert or delete or update on premises for each row
  execute function log_change('premises', 'id', 'grid', 'grid_id');
create trigger raise_version before update on premises for each row execute function raise_version();

-- A record that premises were merged into other premises.
create table premises_merge (
  id uuid not null,
  premises_id uuid not null,
  into_id uuid not null,
  households jsonb not null,
  gave_external_ref boolean not null,
  reason text not null,
  merged_by uuid not null,
  merged_at timestamptz not null,
  undo_reason text,
  undone_by uuid,
  undone_at timestamptz,
  constraint pk_premises_merge primary key (id),
  constraint fk_premises_merge_into_id_premises foreign key (into_id) references premises (id),
  constraint fk_premises_merge_premises_id_premises foreign key (premises_id) references premises (id)
);
create index ix_premises_merge_into_id on premises_merge (into_id);
create unique index uq_premises_merge_premises_id on premises_merge (premises_id) where undone_at is null;

-- Return the premises into which these were merged in the end; these themselves if they were not merged.
create function present_premises(premises_id uuid) returns uuid language sql stable parallel safe as $$
  with recursive went(id, into_id, n) as (
    select p.id, p.merged_into, 1 from premises p where p.id = premises_id
    union all
    select p.id, p.merged_into, w.n + 1 from went w join premises p on p.id = w.into_id where w.n < 100)
  select coalesce((select w.id from went w order by w.n desc limit 1), premises_id)
$$;

-- A group of people who live together in premises.
create table household (
  id uuid not null,
  jurisdiction_id uuid not null,
  grid_id uuid,
  scope_path ltree,
  is_generated boolean default false not null,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  premises_id uuid not null,
  label text default '' not null,
  kind text default 'family' not null,
  next_visit_due date,
  declined_at timestamptz,
  moved_away_at timestamptz,
  constraint pk_household primary key (id),
  constraint ck_household_kind check (kind in ('family','collective')),
  constraint fk_household_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_household_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_household_premises_id_premises foreign key (premises_id) references premises (id)
);
create index ix_household_grid_id_id on household (grid_id, id);
create index ix_household_jurisdiction_id on household (jurisdiction_id);
create index ix_household_next_visit_due_id on household (next_visit_due, id);
create index ix_household_part_id on household (subpath(scope_path, 0, 2), id);
create index ix_household_scope_path on household using gist (scope_path);
create index ix_household_scope_path_id on household (scope_path, id);
create unique index uq_household_premises_label on household (premises_id, label) where deleted_at is null;
create trigger keep_history after insert or update on household for each row
  execute function keep_history('household');
create trigger log_change after insert or delete or update on household for each row
  execute function log_change('household', 'id', 'grid', 'grid_id');
create trigger raise_version before update on household for each row execute function raise_version();

-- A member of a household.
create table resident (
  id uuid not null,
  household_id uuid not null,
  grid_id uuid,
  scope_path ltree,
  name text,
  phone text,
  is_registered_here boolean,
  lives_here boolean,
  registered_at text,
  birth_year int,
  created_at timestamptz not null,
  erased_at timestamptz,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_resident primary key (id),
  constraint ck_resident_birth_year check (birth_year between 1880 and 2200),
  constraint ck_resident_erased check ((name is null) = (erased_at is not null)),
  constraint fk_resident_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_resident_household_id_household foreign key (household_id) references household (id)
);
create index ix_resident_grid_id on resident (grid_id);
create index ix_resident_household_id on resident (household_id);
create index ix_resident_name on resident (name) where deleted_at is null;
create index ix_resident_residence on resident (is_registered_here, lives_here, household_id) where deleted_at is null;
create index ix_resident_scope_path on resident using gist (scope_path);
create trigger forget_in_dead_letters after update of erased_at on resident for each row
  when (new.erased_at is not null and old.erased_at is null)
  execute function forget_in_dead_letters();
create trigger forget_in_trail after update of erased_at on resident for each row when (new.erased_at is not null
  and old.erased_at is null)
  execute function forget_resident_in_trail();
create trigger keep_history after insert or update on resident for each row execute function keep_history('resident');
create trigger log_change after insert or delete or update on resident for each row
  execute function log_change('resident', 'id', 'grid', 'grid_id');
create trigger raise_version before update on resident for each row execute function raise_version();

-- A kind of help that a resident needs, with its purpose and its last day.
create table care_tag (
  id uuid not null,
  resident_id uuid not null,
  household_id uuid not null,
  grid_id uuid,
  kind text not null,
  purpose text not null,
  ends_on date not null,
  cycle_days int,
  next_due date,
  granted_by uuid not null,
  granted_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_care_tag primary key (id),
  constraint ck_care_tag_cycle_days check (cycle_days between 1 and 366),
  constraint ck_care_tag_kind check (kind in ('lives_alone_elderly','child_alone','mobility','evacuation_help',
    'home_oxygen_or_power','medication_delivery','meal_delivery','heating_help','sight_or_hearing','interpreter',
    'postnatal','regular_call','erased')),
  constraint ck_care_tag_next_due check ((cycle_days is null) = (next_due is null)),
  constraint fk_care_tag_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_care_tag_household_id_household foreign key (household_id) references household (id),
  constraint fk_care_tag_resident_id_resident foreign key (resident_id) references resident (id)
);
create index ix_care_tag_ends_on on care_tag (ends_on) where deleted_at is null;
create index ix_care_tag_grid_id on care_tag (grid_id);
create index ix_care_tag_household_id on care_tag (household_id);
create index ix_care_tag_kind_household_id on care_tag (kind, household_id) where deleted_at is null;
create index ix_care_tag_next_due_id on care_tag (next_due, id) where deleted_at is null;
create index ix_care_tag_resident_id on care_tag (resident_id);
create trigger keep_history after insert or update on care_tag for each row execute function keep_history('care_tag');
create trigger log_change after insert or delete or update on care_tag for each row
  execute function log_change('care_tag', 'id', 'grid', 'grid_id');
create trigger raise_version before update on care_tag for each row execute function raise_version();

-- A consent of a resident or a household to the storage of data for one purpose.
create table consent (
  id uuid not null,
  household_id uuid not null,
  resident_id uuid,
  grid_id uuid,
  purpose text not null,
  given_by_way text not null,
  given_at timestamptz not null,
  recorded_by uuid not null,
  withdrawn_at timestamptz,
  withdrawal_recorded_by uuid,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_consent primary key (id),
  constraint ck_consent_given_by_way check (given_by_way in ('spoken','written','by_app','by_guardian')),
  constraint fk_consent_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_consent_household_id_household foreign key (household_id) references household (id),
  constraint fk_consent_resident_id_resident foreign key (resident_id) references resident (id)
);
create index ix_consent_grid_id on consent (grid_id);
create index ix_consent_household_id on consent (household_id);
create index ix_consent_resident_id on consent (resident_id);
create trigger keep_history after insert or update on consent for each row execute function keep_history('consent');
create trigger log_change after insert or delete or update on consent for each row
  execute function log_change('consent', 'id', 'grid', 'grid_id');
create trigger raise_version before update on consent for each row execute function raise_version();

-- A visit to a household, with its outcome.
create table visit (
  id uuid not null,
  household_id uuid not null,
  grid_id uuid,
  visited_by uuid not null,
  visited_at timestamptz not null,
  outcome text not null,
  note text,
  note_expires_on date,
  care_done uuid[] default '{}' not null,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_visit primary key (id),
  constraint ck_visit_note check ((note is null) = (note_expires_on is null)),
  constraint ck_visit_outcome check (outcome in ('done','nobody_home','refused_entry','declined','moved_away')),
  constraint fk_visit_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_visit_household_id_household foreign key (household_id) references household (id)
);
create index ix_visit_grid_id_visited_at on visit (grid_id, visited_at);
create index ix_visit_household_id_visited_at on visit (household_id, visited_at);
create index ix_visit_note_expires_on on visit (note_expires_on) where note_expires_on is not null;
create trigger log_change after insert or delete or update on visit for each row
  execute function log_change('visit', 'id', 'grid', 'grid_id');
create trigger raise_version before update on visit for each row execute function raise_version();
