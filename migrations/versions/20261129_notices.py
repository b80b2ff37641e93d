"""Notices to households: addressees, deliveries, history, opt-outs, replies."""

from alembic import op

revision = "0098_notices"
down_revision = "0097_plain_changes"

TABLES = """
-- A notice to households. Conditions (area_ids, premises_kinds, care_kinds, within) all hold; empty or null: none.
create table notice (
  id uuid not null,
  jurisdiction_id uuid not null,
  area_id uuid not null,
  unit_id uuid,
  purpose text not null,
  texts jsonb not null,
  channels text[] not null,
  area_ids uuid[] not null,
  premises_kinds text[] not null,
  care_kinds text[] not null,
  within geometry(MultiPolygon,4326),
  reply_category text not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  state text default 'draft' not null,
  revision bigint default 1 not null,
  households int,
  created_by uuid not null,
  created_at timestamptz not null,
  submitted_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision_note text,
  published_at timestamptz,
  published_alone boolean default false not null,
  withdrawn_by uuid,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  constraint pk_notice primary key (id),
  constraint ck_notice_state check (state in ('draft','awaiting_approval','published','withdrawn')),
  constraint ck_notice_purpose
    check (purpose in ('emergency','safety','works','health','rules','service','consultation')),
  constraint ck_notice_validity check (valid_from < valid_until),
  constraint ck_notice_withdrawn check ((state = 'withdrawn') = (withdrawn_at is not null)),
  constraint ck_notice_published check (state <> 'published' or published_at is not null),
  constraint ck_notice_second_person check (decided_by <> created_by),
  constraint fk_notice_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_notice_area_id_area foreign key (area_id) references area (id),
  constraint fk_notice_unit_id_unit foreign key (unit_id) references unit (id),
  constraint fk_notice_created_by_account foreign key (created_by) references account (id)
);
create index ix_notice_area_id on notice (area_id, id);
create index ix_notice_within on notice using gist (within);
create index ix_notice_created_by_published_at on notice (created_by, published_at);

-- An addressee of a published notice, with its present state.
create table notice_household (
  notice_id uuid not null,
  household_id uuid not null,
  state text not null,
  state_at timestamptz not null,
  constraint pk_notice_household primary key (notice_id, household_id),
  constraint ck_notice_household_state check (state in
    ('not_reached','sent','opened','told','understood','needs_help','declined','opted_out')),
  constraint fk_notice_household_notice_id_notice foreign key (notice_id) references notice (id),
  constraint fk_notice_household_household_id_household foreign key (household_id) references household (id)
);
create index ix_notice_household_household_id on notice_household (household_id);

-- The delivery of a notice to a household through one channel. The secret of a link or a code is not stored.
create table notice_delivery (
  notice_id uuid not null,
  household_id uuid not null,
  channel text not null,
  secret_digest bytea,
  sent_at timestamptz,
  opened_at timestamptz,
  revoked_at timestamptz,
  constraint pk_notice_delivery primary key (notice_id, household_id, channel),
  constraint ck_notice_delivery_channel check (channel in ('visit','link','paper')),
  constraint fk_notice_delivery_notice_household foreign key (notice_id, household_id)
    references notice_household (notice_id, household_id)
);
create unique index uq_notice_delivery_secret_digest on notice_delivery (secret_digest) where secret_digest is not null;

-- One step of a notice at a household. Rows are only added. `actor_id` null: the household itself.
create table notice_event (
  id bigint generated always as identity,
  notice_id uuid not null,
  household_id uuid not null,
  state text not null,
  channel text not null,
  actor_id uuid,
  receipt_id uuid,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_notice_event primary key (id),
  constraint ck_notice_event_state check (state in
    ('not_reached','sent','opened','told','understood','needs_help','declined','opted_out')),
  constraint ck_notice_event_channel check (channel in ('visit','link','paper')),
  constraint fk_notice_event_notice_household foreign key (notice_id, household_id)
    references notice_household (notice_id, household_id)
);
create index ix_notice_event_notice_id_household_id on notice_event (notice_id, household_id);
create unique index uq_notice_event_receipt_id on notice_event (receipt_id) where receipt_id is not null;
revoke update on notice_event from gridward_app, gridward_job;
create trigger refuse_change before delete or update on notice_event for each row execute function refuse_change();

-- A household wants no notices of a purpose, through a channel, or at all (both null).
create table notice_opt_out (
  id uuid not null,
  household_id uuid not null,
  purpose text,
  channel text,
  recorded_by uuid,
  recorded_at timestamptz not null,
  withdrawn_by uuid,
  withdrawn_at timestamptz,
  constraint pk_notice_opt_out primary key (id),
  constraint ck_notice_opt_out_purpose
    check (purpose in ('emergency','safety','works','health','rules','service','consultation')),
  constraint ck_notice_opt_out_channel check (channel in ('visit','link','paper')),
  constraint fk_notice_opt_out_household_id_household foreign key (household_id) references household (id)
);
create unique index uq_notice_opt_out_household_id_purpose_channel on notice_opt_out (household_id, purpose, channel)
  nulls not distinct where withdrawn_at is null;

-- A question of a household about a notice, which became a case.
create table notice_reply (
  report_id uuid not null,
  notice_id uuid not null,
  household_id uuid not null,
  incident_id uuid not null,
  received_at timestamptz not null,
  constraint pk_notice_reply primary key (report_id),
  constraint fk_notice_reply_report_id_report foreign key (report_id) references report (id),
  constraint fk_notice_reply_incident_id_incident foreign key (incident_id) references incident (id),
  constraint fk_notice_reply_notice_household foreign key (notice_id, household_id)
    references notice_household (notice_id, household_id)
);
create index ix_notice_reply_notice_id_household_id on notice_reply (notice_id, household_id);
create index ix_notice_reply_incident_id on notice_reply (incident_id);

-- A wrong code from a network address, for the limit of tries. Erased after two days.
create table notice_code_failure (
  id bigint generated always as identity,
  source_digest bytea not null,
  failed_at timestamptz not null,
  constraint pk_notice_code_failure primary key (id)
);
create index ix_notice_code_failure_source_digest_failed_at on notice_code_failure (source_digest, failed_at);
create index ix_notice_code_failure_failed_at on notice_code_failure (failed_at);
grant delete on notice_code_failure to gridward_job;
"""

DROPPED = """
drop table notice_code_failure;
drop table notice_reply;
drop table notice_opt_out;
drop table notice_event;
drop table notice_delivery;
drop table notice_household;
drop table notice;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DROPPED)
