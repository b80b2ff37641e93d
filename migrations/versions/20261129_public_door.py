"""Reports of people without an account: how they came, secret links, what is released to the public, ratings.

`public_cell` is the only function that makes coordinates for the public.
"""

from alembic import op

revision = "0092_public_door"
down_revision = "0090_events_by_transaction"

TABLES = """
alter table reporter add column email text;

-- How a report of a person without an account came. `source_digest`: keyed digest of the network address, for the limits
-- of floods; erased after two days.
create table public_report (
  report_id uuid not null,
  incident_id uuid not null,
  caller_id uuid not null,
  client_id text,
  body_digest bytea not null,
  channel text not null,
  language text not null,
  source_digest bytea,
  cell geometry(Point,4326) not null,
  received_at timestamptz not null,
  constraint pk_public_report primary key (report_id),
  constraint ck_public_report_channel check (channel in ('page','open311')),
  constraint ck_public_report_language check (language in ('zh','en')),
  constraint fk_public_report_report_id_report foreign key (report_id) references report (id),
  constraint fk_public_report_incident_id_incident foreign key (incident_id) references incident (id)
);
create unique index uq_public_report_caller_id_client_id on public_report (caller_id, client_id)
  where client_id is not null;
create index ix_public_report_incident_id on public_report (incident_id);
create index ix_public_report_source_digest on public_report (source_digest, received_at) where source_digest is not null;
create index ix_public_report_cell on public_report using gist (cell);

-- A secret link with which a reporter follows the case of the report. The secret itself is not stored.
create table follow_link (
  id uuid not null,
  report_id uuid not null,
  secret_digest bytea not null,
  created_at timestamptz not null,
  last_used_on date,
  revoked_at timestamptz,
  constraint pk_follow_link primary key (id),
  constraint fk_follow_link_report_id_public_report foreign key (report_id) references public_report (report_id)
);
create unique index uq_follow_link_secret_digest on follow_link (secret_digest);
create index ix_follow_link_report_id on follow_link (report_id);

-- What a person decided about a case on the public pages: the words and photos that are released, or that it is hidden.
create table public_release (
  incident_id uuid not null,
  words text,
  words_by uuid,
  words_at timestamptz,
  photo_ids uuid[] default '{}' not null,
  hidden_at timestamptz,
  hidden_by uuid,
  updated_at timestamptz not null,
  constraint pk_public_release primary key (incident_id),
  constraint ck_public_release_words check ((words is null) = (words_at is null)),
  constraint fk_public_release_incident_id_incident foreign key (incident_id) references incident (id)
);

-- What a reporter says of the end of a case. `ended_at` names the end.
create table public_rating (
  report_id uuid not null,
  ended_at timestamptz not null,
  solved text not null,
  score int,
  words text default '' not null,
  rated_at timestamptz not null,
  constraint pk_public_rating primary key (report_id, ended_at),
  constraint ck_public_rating_solved check (solved in ('yes','partly','no')),
  constraint ck_public_rating_score check (score between 1 and 5),
  constraint fk_public_rating_report_id_public_report foreign key (report_id) references public_report (report_id)
);
"""

FUNCTIONS = """
-- The centre of the cell that contains a point: 0.0009 degrees of latitude high and as many metres wide, about 100 m.
-- Rows begin at the equator and columns at 180 degrees west; a row has a whole number of columns. A cell never changes.
create function public_cell(point geometry) returns geometry language sql immutable strict parallel safe as $$
  select ST_SetSRID(ST_MakePoint(
    round(cast(-180 + (floor((ST_X(point) + 180) / c.width) + 0.5) * c.width as numeric), 6)::float8,
    round(cast(r.lat as numeric), 6)::float8), 4326)
  from (select (floor(ST_Y(point) / 0.0009) + 0.5) * 0.0009 lat) r,
       lateral (select 360.0 / greatest(floor(360 * cos(radians(r.lat)) / 0.0009), 1) width) c
$$;

-- With a reporter go the links to the case, the words of a rating, the released words, and the address in other texts.
create function forget_public_report() returns trigger language plpgsql security definer set search_path = public as $$
declare
  marks text[] := marks_of(coalesce(old.email, ''));
  said uuid[] := array(select id from report where reporter_id = old.id);
  cases uuid[] := array(select incident_id from report where reporter_id = old.id);
begin
  update follow_link set revoked_at = new.erased_at where report_id = any(said) and revoked_at is null;
  update public_rating set words = '' where report_id = any(said) and words <> '';
  update public_report set source_digest = null where report_id = any(said) and source_digest is not null;
  update public_release set words = null, words_by = null, words_at = null, updated_at = new.erased_at
  where incident_id = any(cases) and words is not null;
  if marks <> '{}' then
    update report set words = black_out(words, marks) where incident_id = any(cases) and words <> black_out(words, marks);
    update incident_event set note = black_out(note, marks) where incident_id = any(cases) and note <> black_out(note, marks);
    update incident_note set words = black_out(words, marks)
    where incident_id = any(cases) and words <> black_out(words, marks);
  end if;
  return null;
end $$;
revoke execute on function forget_public_report from public;
create trigger forget_public_report after update of erased_at on reporter for each row
  when (new.erased_at is not null and old.erased_at is null) execute function forget_public_report();
"""

DROPPED = """
drop trigger forget_public_report on reporter;
drop function forget_public_report();
drop function public_cell(geometry);
drop table public_rating;
drop table public_release;
drop table follow_link;
drop table public_report;
alter table reporter drop column email;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLES)
    run(FUNCTIONS)


def downgrade() -> None:
    run(DROPPED)
