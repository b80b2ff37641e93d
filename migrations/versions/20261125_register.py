"""The register: premises, households in them, residents, care tags, consents, visits."""

from alembic import op

revision = "0007_register"
down_revision = "0006_desk"

# Two-letter words are the rule in Chinese, and trigrams cannot find them. Only pg_catalog's functions and no
# search path: an index calls it when a dump is restored.
LETTER_PAIRS = """
create function letter_pairs(address text, name text) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct pg_catalog.substr(s, i, 2)), '{}')
  from pg_catalog.lower(address || ' ' || coalesce(name, '')) s,
       pg_catalog.generate_series(1, pg_catalog.length(s) - 1) i
$$;
"""

_PLACED = "grid_id uuid constraint fk_{0}_grid_id_area references area (id)"
_VERSIONED = "version bigint default 1 not null, deleted_at timestamptz"

TABLES = (
    f"""
    create table premises (
      id uuid constraint pk_premises primary key,
      jurisdiction_id uuid not null constraint fk_premises_jurisdiction_id_jurisdiction references jurisdiction (id),
      {_PLACED.format("premises")},
      scope_path ltree,
      kind text not null constraint ck_premises_kind check (
        kind in ('dwelling','rental','shop','enterprise','institution','site','vacant')),
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
      location geometry(Point, 4326) not null,
      is_generated boolean default false not null,
      external_ref text,
      created_at timestamptz not null,
      {_VERSIONED});
    """,
    f"""
    create table resident (
      id uuid constraint pk_resident primary key,
      household_id uuid not null constraint fk_resident_household_id_household references household (id),
      {_PLACED.format("resident")},
      scope_path ltree,
      name text,
      phone text,
      is_registered_here boolean not null,
      lives_here boolean not null,
      registered_at text,
      birth_year int constraint ck_resident_birth_year check (birth_year between 1880 and 2200),
      created_at timestamptz not null,
      erased_at timestamptz,
      {_VERSIONED},
      constraint ck_resident_erased check ((name is null) = (erased_at is not null)));
    create index ix_resident_household_id on resident (household_id);
    create index ix_resident_name on resident (name) where deleted_at is null;
    create index ix_resident_grid_id on resident (grid_id);
    create index ix_resident_scope_path on resident using gist (scope_path);
    """,
    f"""
    create table care_tag (
      id uuid constraint pk_care_tag primary key,
      resident_id uuid not null constraint fk_care_tag_resident_id_resident references resident (id),
      household_id uuid not null constraint fk_care_tag_household_id_household references household (id),
      {_PLACED.format("care_tag")},
      kind text not null constraint ck_care_tag_kind check (
        kind in ('lives_alone_elderly','child_alone','mobility','evacuation_help','home_oxygen_or_power',
                 'medication_delivery','meal_delivery','heating_help','sight_or_hearing','interpreter','postnatal',
                 'regular_call','erased')),
      purpose text not null,
      ends_on date not null,
      cycle_days int constraint ck_care_tag_cycle_days check (cycle_days between 1 and 366),
      next_due date,
      granted_by uuid not null,
      granted_at timestamptz not null,
      {_VERSIONED},
      constraint ck_care_tag_next_due check ((cycle_days is null) = (next_due is null)));
    create index ix_care_tag_resident_id on care_tag (resident_id);
    create index ix_care_tag_household_id on care_tag (household_id);
    create index ix_care_tag_kind_household_id on care_tag (kind, household_id) where deleted_at is null;
    create index ix_care_tag_ends_on on care_tag (ends_on) where deleted_at is null;
    create index ix_care_tag_next_due_id on care_tag (next_due, id) where deleted_at is null;
    """,
    f"""
    create table consent (
      id uuid constraint pk_consent primary key,
      household_id uuid not null constraint fk_consent_household_id_household references household (id),
      resident_id uuid constraint fk_consent_resident_id_resident references resident (id),
      {_PLACED.format("consent")},
      purpose text not null,
      given_by_way text not null constraint ck_consent_given_by_way check (
        given_by_way in ('spoken','written','by_app','by_guardian')),
      given_at timestamptz not null,
      recorded_by uuid not null,
      withdrawn_at timestamptz,
      withdrawal_recorded_by uuid,
      {_VERSIONED});
    create index ix_consent_household_id on consent (household_id);
    create index ix_consent_resident_id on consent (resident_id);
    """,
    f"""
    create table visit (
      id uuid constraint pk_visit primary key,
      household_id uuid not null constraint fk_visit_household_id_household references household (id),
      {_PLACED.format("visit")},
      visited_by uuid not null,
      visited_at timestamptz not null,
      outcome text not null constraint ck_visit_outcome check (
        outcome in ('done','nobody_home','refused_entry','declined','moved_away')),
      note text,
      note_expires_on date,
      care_done uuid[] default '{{}}' not null,
      created_at timestamptz not null,
      {_VERSIONED},
      constraint ck_visit_note check ((note is null) = (note_expires_on is null)));
    create index ix_visit_household_id_visited_at on visit (household_id, visited_at);
    create index ix_visit_grid_id_visited_at on visit (grid_id, visited_at);
    create index ix_visit_note_expires_on on visit (note_expires_on) where note_expires_on is not null;
    """,
)

# Built after the rows are in.
PREMISES_INDEXES = """
create index ix_premises_location on premises using gist (location);
create index ix_premises_grid_id_id on premises (grid_id, id);
create index ix_premises_scope_path on premises using gist (scope_path);
create unique index uq_premises_external_ref on premises (jurisdiction_id, external_ref)
  where external_ref is not null and deleted_at is null;
create index ix_premises_words on premises using gin (letter_pairs(address, name));
"""

NEW = ("premises", "resident", "care_tag", "consent", "visit")
# A visit is written once; a note that is erased must not live on in a history.
HISTORY = ("premises", "resident", "care_tag", "consent")

# The server is stopped while it is migrated, so a column may go, and a scan under a lock may be waited for.
INTO_PREMISES = """
insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, address, location, is_generated, created_at,
                      deleted_at)
select id, jurisdiction_id, grid_id, scope_path, 'dwelling', address, location, is_generated, created_at, deleted_at
from household;
"""
IN_PREMISES = """
alter table household add column premises_id uuid;
alter table household add column label text default '' not null;
alter table household add column kind text default 'family' not null;
alter table household add column next_visit_due date;
alter table household add column declined_at timestamptz;
alter table household add column moved_away_at timestamptz;
update household set premises_id = id;
-- squawk-ignore adding-not-nullable-field
alter table household alter column premises_id set not null;
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table household add constraint fk_household_premises_id_premises
  foreign key (premises_id) references premises (id);
-- squawk-ignore constraint-missing-not-valid
alter table household add constraint ck_household_kind check (kind in ('family','collective'));
-- squawk-ignore ban-drop-column
alter table household drop column address;
-- squawk-ignore ban-drop-column
alter table household drop column location;
-- squawk-ignore require-concurrent-index-creation
create unique index uq_household_premises_label on household (premises_id, label) where deleted_at is null;
-- squawk-ignore require-concurrent-index-creation
create index ix_household_next_visit_due_id on household (next_visit_due, id);
"""

# Whoever asks to be forgotten is forgotten in the history too. The only change it may ever see is one that blanks
# the fields named here, and only the owner's function `erase_history` may make it.
ERASURE = """
create function blanked(entity text, was jsonb) returns jsonb language sql immutable as $$
  select case entity
    when 'resident' then was || '{"name": null, "phone": null, "registered_at": null, "birth_year": null}'
    when 'care_tag' then was || '{"kind": "erased", "purpose": ""}'
    when 'consent' then was || '{"purpose": ""}'
    else was end
$$;
create function refuse_change_but_erasure() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and new.row <> old.row and new.row = blanked(old.entity, old.row)
     and to_jsonb(new) - 'row' = to_jsonb(old) - 'row' then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
create function erase_history(of_entity text, row_ids uuid[]) returns int
language plpgsql security definer set search_path = public as $$
declare
  erased int;
begin
  update fact_history h set row = blanked(h.entity, h.row)
  where h.entity = of_entity and h.row_id = any(row_ids) and h.row <> blanked(h.entity, h.row);
  get diagnostics erased = row_count;
  return erased;
end $$;
revoke execute on function erase_history from public;
grant execute on function erase_history to gridward_app, gridward_job;
drop trigger refuse_change on fact_history;
create trigger refuse_change before update or delete on fact_history
  for each row execute function refuse_change_but_erasure();
"""


def upgrade() -> None:
    op.execute(LETTER_PAIRS)
    for table in TABLES:
        op.execute(table)
    for table in NEW:
        op.execute(
            f"create trigger raise_version before update on {table} for each row execute function raise_version()"
        )
        op.execute(
            f"create trigger log_change after insert or update or delete on {table} "
            f"for each row execute function log_change('{table}', 'id', 'grid', 'grid_id')"
        )
    for table in HISTORY:
        op.execute(
            f"create trigger keep_history after insert or update on {table} "
            f"for each row execute function keep_history('{table}')"
        )
    op.execute(INTO_PREMISES)
    op.execute(PREMISES_INDEXES)
    op.execute(IN_PREMISES)
    op.execute(ERASURE)


def downgrade() -> None:
    op.execute(
        "drop trigger refuse_change on fact_history;"
        "create trigger refuse_change before update or delete on fact_history"
        " for each row execute function refuse_change();"
        "drop function erase_history, refuse_change_but_erasure, blanked"
    )
    op.execute("""
      alter table household add column address text;
      alter table household add column location geometry(Point, 4326);
      update household h set address = p.address, location = p.location from premises p where p.id = h.premises_id;
      alter table household alter column address set not null;
      alter table household alter column location set not null;
      alter table household drop column premises_id, drop column label, drop column kind,
        drop column next_visit_due, drop column declined_at, drop column moved_away_at;
      create index ix_household_location on household using gist (location)
    """)
    op.execute("drop table visit, consent, care_tag, resident")
    op.execute("drop table premises")
    op.execute("drop function letter_pairs")
