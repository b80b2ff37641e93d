"""Signs that a service fails, the looks that found them, and what was done about them."""

from alembic import op

revision = "0036_signals"
down_revision = "0035_stages"

TABLES = """
create table signal_run (
  id uuid constraint pk_signal_run primary key,
  jurisdiction_id uuid not null constraint fk_signal_run_jurisdiction_id_jurisdiction references jurisdiction (id),
  profile_version_id uuid not null constraint fk_signal_run_profile_version_id_profile_version
    references profile_version (id),
  cadence text not null constraint ck_signal_run_cadence check (cadence in ('hourly','daily')),
  occurred_at timestamptz not null,
  seed bigint not null,
  found integer not null,
  began integer not null,
  ended integer not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id()
);
create index ix_signal_run_profile_version_id on signal_run (profile_version_id);
create index ix_signal_run_jurisdiction_id_cadence_occurred_at on signal_run (jurisdiction_id, cadence, occurred_at);

create table signal (
  id uuid constraint pk_signal primary key,
  jurisdiction_id uuid not null constraint fk_signal_jurisdiction_id_jurisdiction references jurisdiction (id),
  kind text not null constraint ck_signal_kind check (
    kind in ('cluster','unanswered','bouncing','visits_missed','rising','unclassified','unheard')),
  key text not null,
  first_seen timestamptz not null,
  last_seen timestamptz,
  ended_at timestamptz,
  constraint ck_signal_ended check ((last_seen is null) = (ended_at is null))
);
create unique index uq_signal_standing on signal (jurisdiction_id, kind, key) where ended_at is null;

create table signal_state (
  id uuid constraint pk_signal_state primary key,
  signal_id uuid not null constraint fk_signal_state_signal_id_signal references signal (id),
  run_id uuid not null constraint fk_signal_state_run_id_signal_run references signal_run (id),
  area_id uuid not null constraint fk_signal_state_area_id_area references area (id),
  subject jsonb not null default '{}'::jsonb,
  member_ids uuid[] not null,
  figure double precision not null,
  expected double precision,
  p_value double precision,
  strength double precision not null,
  since timestamptz not null,
  until timestamptz not null,
  place geometry(MultiPolygon, 4326),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id()
);
create index ix_signal_state_signal_id_occurred_at on signal_state (signal_id, occurred_at);
create index ix_signal_state_run_id on signal_state (run_id);
create index ix_signal_state_area_id on signal_state (area_id);

create table signal_answer (
  id uuid constraint pk_signal_answer primary key,
  signal_id uuid not null constraint fk_signal_answer_signal_id_signal references signal (id),
  done text not null constraint ck_signal_answer_done check (
    done in ('reply','help_offered','category_version','none')),
  words text not null,
  account_id uuid not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id()
);
create index ix_signal_answer_signal_id_occurred_at on signal_answer (signal_id, occurred_at);

create trigger refuse_change before update or delete on signal_run for each row execute function refuse_change();
create trigger refuse_change before update or delete on signal_state for each row execute function refuse_change();
create trigger refuse_change before update or delete on signal_answer for each row execute function refuse_change();
revoke update on signal_run, signal_state, signal_answer from gridward_app, gridward_job;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("drop table signal_answer")
    op.execute("drop table signal_state")
    op.execute("drop table signal")
    op.execute("drop table signal_run")
