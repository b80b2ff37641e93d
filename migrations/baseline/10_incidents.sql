-- Cases: reports, cases, events, notes, links, deadlines, and what figures count of a case.

create sequence case_number;

-- The person or account that made a report, in a table separate from the report.
create table reporter (
  id uuid not null,
  kind text not null,
  account_id uuid,
  name text,
  phone text,
  may_be_shown_to_handlers boolean default false not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  erased_at timestamptz,
  constraint pk_reporter primary key (id),
  constraint ck_reporter_kind check (kind in ('worker','account','resident','anonymous')),
  constraint fk_reporter_account_id_account foreign key (account_id) references account (id)
);
create index ix_reporter_account_id on reporter (account_id);
create index ix_reporter_kept on reporter (id) where erased_at is null and account_id is null;
create index ix_reporter_phone on reporter (phone) where phone is not null;
create trigger forget_reporter after update of erased_at on reporter for each row when (new.erased_at is not null
  and old.erased_at is null)
  execute function forget_reporter();
create trigger log_change after insert or delete or update on reporter for each row
  execute function log_change('reporter', 'id', 'worker', 'account_id');
create trigger raise_version before update on reporter for each row execute function raise_version();

-- A case. Category, location and owning unit can be corrected; the reports stay unchanged.
create table incident (
  id uuid not null,
  case_no text not null,
  jurisdiction_id uuid,
  profile_version_id uuid,
  grid_id uuid,
  area_id uuid,
  scope_path ltree,
  category text not null,
  condition text,
  status text not null,
  priority int not null,
  location geometry(Point,4326) not null,
  owner_unit_id uuid,
  reported_by uuid,
  handled_by uuid,
  about_kind text,
  about_id uuid,
  rework_count int default 0 not null,
  urged_at timestamptz,
  waiting_since timestamptz,
  waiting_reason text,
  reported_at timestamptz not null,
  closed_at timestamptz,
  due_at timestamptz,
  updated_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  component_id uuid,
  component_link text,
  owner_basis text,
  merged_into uuid,
  pinned_to uuid,
  locked_at timestamptz,
  report_count int default 1 not null,
  ended_reason text,
  extension_asked_at timestamptz,
  extension_asked_by uuid,
  extension_amount float8,
  extended_count int default 0 not null,
  returned_count int default 0 not null,
  contested_count int default 0 not null,
  urged_count int default 0 not null,
  supervised_at timestamptz,
  supervised_level int,
  supervised_until timestamptz,
  review_at timestamptz,
  filed_at timestamptz,
  accepted_at timestamptz,
  handled_at timestamptz,
  is_returned boolean default false not null,
  contested_order_by uuid,
  handling_unit_id uuid,
  recurrence int,
  constraint pk_incident primary key (id),
  constraint uq_incident_case_no unique (case_no),
  constraint fk_incident_area_id_area foreign key (area_id) references area (id),
  constraint fk_incident_component_id_component foreign key (component_id) references component (id),
  constraint fk_incident_grid_id_area foreign key (grid_id) references area (id),
  constraint fk_incident_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_incident_merged_into_incident foreign key (merged_into) references incident (id),
  constraint fk_incident_owner_unit_id_unit foreign key (owner_unit_id) references unit (id),
  constraint fk_incident_pinned_to_worker foreign key (pinned_to) references worker (id),
  constraint fk_incident_profile_version_id_profile_version foreign key (profile_version_id)
    references profile_version (id)
);
create index ix_incident_about_id on incident (about_id) where about_kind is not null;
create index ix_incident_area_id on incident (area_id);
create index ix_incident_component_id on incident (component_id) where component_id is not null;
create index ix_incident_extension_asked_at on incident (extension_asked_at) where extension_asked_at is not null;
create index ix_incident_grid_id_reported_at_id on incident (grid_id, reported_at, id);
create index ix_incident_jurisdiction_id on incident (jurisdiction_id);
create index ix_incident_location on incident using gist (location);
create index ix_incident_merged_into on incident (merged_into) where merged_into is not null;
create index ix_incident_open_reported_at_id on incident (reported_at, id) where status not in ('not_filed', 'closed',
  'force_closed') and deleted_at is null;
create index ix_incident_open_scope_path on incident using gist (scope_path) where status not in ('not_filed',
  'closed', 'force_closed') and deleted_at is null;
create index ix_incident_owner_unit_id on incident (owner_unit_id);
create index ix_incident_part_reported_at_id on incident (subpath(scope_path, 0, 2), reported_at, id);
create index ix_incident_pinned_to on incident (pinned_to) where pinned_to is not null;
create index ix_incident_profile_version_id on incident (profile_version_id);
create index ix_incident_reported_at_id on incident (reported_at, id);
create index ix_incident_reported_by_reported_at_id on incident (reported_by, reported_at, id);
create index ix_incident_review_at on incident (review_at) where review_at is not null;
create index ix_incident_scope_path on incident using gist (scope_path);
create index ix_incident_scope_path_reported_at_id on incident (scope_path, reported_at, id);
create index ix_incident_status_due_at on incident (status, due_at);
create index ix_incident_supervised_at on incident (supervised_at) where supervised_at is not null;
create index ix_incident_updated_at_id on incident (updated_at, id);
create index ix_incident_waiting on incident (waiting_since) where waiting_since is not null;
create constraint trigger keep_changed after update on incident deferrable initially deferred for each row
  when (old.jurisdiction_id is distinct from new.jurisdiction_id
  or old.profile_version_id is distinct from new.profile_version_id or old.category is distinct from new.category
  or old.status is distinct from new.status or old.scope_path::text is distinct from new.scope_path::text
  or old.owner_unit_id is distinct from new.owner_unit_id or old.about_kind is distinct from new.about_kind
  or old.about_id is distinct from new.about_id or old.reported_at is distinct from new.reported_at
  or old.handled_by is distinct from new.handled_by or old.rework_count is distinct from new.rework_count
  or old.deleted_at is distinct from new.deleted_at or old.handling_unit_id is distinct from new.handling_unit_id
  or old.extended_count is distinct from new.extended_count or old.recurrence is distinct from new.recurrence)
  execute function keep_incident_history();
create constraint trigger keep_made after insert on incident deferrable initially deferred for each row
  execute function keep_incident_history();
create trigger log_change after insert or update on incident for each row
  execute function log_case('incident', 'id', 'grid', 'grid_id', 'area?', 'area_id', 'worker', 'handled_by', 'worker',
    'reported_by', 'holders', '-');
create trigger raise_version before update on incident for each row execute function raise_version();
create trigger recur before insert on incident for each row execute function count_recurrence();
create trigger recur_again before update of category, location on incident for each row
  when (old.category is distinct from new.category or old.location::bytea is distinct from new.location::bytea)
  execute function count_recurrence();
create trigger stamp before insert or update of status on incident for each row execute function stamp_incident();
create trigger tell_linked after update of status, category on incident for each row
  when ((old.status = any (array['not_filed'::text, 'closed'::text,
  'force_closed'::text])) <> (new.status = any (array['not_filed'::text, 'closed'::text, 'force_closed'::text]))
  or old.category <> new.category)
  execute function tell_linked();
create trigger tell_merged after update of status on incident for each row
  when (old.status is distinct from new.status)
  execute function tell_merged();

-- A report as it was sent. It is never changed.
create table report (
  id uuid not null,
  incident_id uuid not null,
  reporter_id uuid not null,
  channel text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  words text not null,
  category text not null,
  lon_sent float8 not null,
  lat_sent float8 not null,
  coord_sys text not null,
  location geometry(Point,4326) not null,
  accuracy_m float8,
  attributes jsonb default '{}'::jsonb not null,
  device_id uuid,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  source text default 'worker' not null,
  joined_by uuid,
  constraint pk_report primary key (id),
  constraint ck_report_source check (source in ('worker','public','video','leader','import','signal')),
  constraint fk_report_incident_id_incident foreign key (incident_id) references incident (id),
  constraint fk_report_reporter_id_reporter foreign key (reporter_id) references reporter (id)
);
create index ix_report_incident_id on report (incident_id);
create index ix_report_joined_by on report (joined_by) where joined_by is not null;
create index ix_report_reporter_id on report (reporter_id);
revoke update on report from gridward_app, gridward_job;
create trigger refuse_change before delete or update on report for each row
  execute function refuse_change_but_erasing_words();

-- An event in the history of a case. All events in order give the present state.
create table incident_event (
  seq bigint generated always as identity,
  incident_id uuid not null,
  action text not null,
  from_status text,
  to_status text not null,
  actor_kind text not null,
  actor_id uuid not null,
  occurred_at timestamptz not null,
  note text,
  detail jsonb default '{}'::jsonb not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  location geometry(Point,4326),
  accuracy_m float8,
  constraint pk_incident_event primary key (seq),
  constraint fk_incident_event_incident_id_incident foreign key (incident_id) references incident (id)
);
create index ix_incident_event_incident_id_seq on incident_event (incident_id, seq);
create index ix_incident_event_moved on incident_event (occurred_at) where action in ('relocate', 'rehome');
create index ix_incident_event_placed on incident_event (occurred_at) where location is not null;
revoke update on incident_event from gridward_app, gridward_job;
create trigger refuse_change before delete or update on incident_event for each row
  execute function refuse_change_but_blanking();

-- A note on a case, for the desk or for handlers. It is never changed or shown to reporters.
create table incident_note (
  id uuid not null,
  incident_id uuid not null,
  audience text not null,
  words text not null,
  author_id uuid not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_incident_note primary key (id),
  constraint ck_incident_note_audience check (audience in ('desk','handlers')),
  constraint fk_incident_note_incident_id_incident foreign key (incident_id) references incident (id)
);
create index ix_incident_note_incident_id_occurred_at on incident_note (incident_id, occurred_at);
revoke update on incident_note from gridward_app, gridward_job;
create trigger log_change after insert or update on incident_note for each row
  execute function log_note_to_holders('incident_note', 'id', 'holders', '-');
create trigger refuse_change before delete or update on incident_note for each row
  execute function refuse_change_but_blacking_out('words');

-- A link between two cases that stay separate, made by an actor who directs both.
create table incident_link (
  id uuid not null,
  incident_id uuid not null,
  other_id uuid not null,
  reason text not null,
  linked_by uuid not null,
  linked_at timestamptz not null,
  unlinked_by uuid,
  unlinked_at timestamptz,
  unlink_reason text,
  constraint pk_incident_link primary key (id),
  constraint ck_incident_link_ended check ((unlinked_at is null) = (unlinked_by is null)
    and (unlinked_at is null) = (unlink_reason is null)),
  constraint ck_incident_link_ordered check (incident_id < other_id),
  constraint fk_incident_link_incident_id_incident foreign key (incident_id) references incident (id),
  constraint fk_incident_link_other_id_incident foreign key (other_id) references incident (id)
);
create index ix_incident_link_incident_id on incident_link (incident_id);
create index ix_incident_link_other_id on incident_link (other_id);
create unique index uq_incident_link_live on incident_link (incident_id, other_id) where unlinked_at is null;

-- A deadline of a case, for the whole handling (stage `handle`) or for another stage.
create table deadline (
  id uuid not null,
  incident_id uuid not null,
  stage text not null,
  condition text not null,
  unit text not null,
  amount float8 not null,
  profile_version_id uuid not null,
  started_at timestamptz not null,
  due_at timestamptz not null,
  running_since timestamptz,
  paused_at timestamptz,
  spent interval not null,
  stopped_at timestamptz,
  outcome text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  name jsonb,
  ends_with text default 'fed_back' not null,
  warn_at timestamptz,
  warned_at timestamptz,
  escalate_at timestamptz,
  escalated int default '0' not null,
  escalated_to text,
  told_id uuid,
  extended float8 default 0 not null,
  first_due_at timestamptz,
  constraint pk_deadline primary key (id),
  constraint fk_deadline_incident_id_incident foreign key (incident_id) references incident (id),
  constraint fk_deadline_profile_version_id_profile_version foreign key (profile_version_id)
    references profile_version (id)
);
create index ix_deadline_due_at on deadline using brin (due_at) with (pages_per_range = 16, autosummarize = on);
create index ix_deadline_due_at_running on deadline (due_at) where stopped_at is null and paused_at is null;
create index ix_deadline_escalate_at on deadline (escalate_at) where stopped_at is null and paused_at is null;
create index ix_deadline_incident_id on deadline (incident_id);
create index ix_deadline_profile_version_id on deadline (profile_version_id);
create index ix_deadline_warn_at on deadline (warn_at) where stopped_at is null and paused_at is null
  and warned_at is null;
create constraint trigger keep_changed after update on deadline deferrable initially deferred for each row
  when (old.due_at is distinct from new.due_at or old.outcome is distinct from new.outcome
  or old.deleted_at is distinct from new.deleted_at)
  execute function keep_incident_history();
create trigger keep_history after insert or update on deadline for each row execute function keep_history('deadline');
create constraint trigger keep_made after insert on deadline deferrable initially deferred for each row
  execute function keep_incident_history();
create trigger log_change after insert or update on deadline for each row
  execute function log_case_of_deadline('incident', 'incident_id', 'its case', '-');
create trigger raise_version before update on deadline for each row execute function raise_version();

-- A snapshot of the columns of a case that statistics count, one for each transaction.
create table incident_history (
  seq bigint generated always as identity,
  incident_id uuid not null,
  jurisdiction_id uuid,
  profile_version_id uuid,
  category text not null,
  status text not null,
  scope_path ltree,
  owner_unit_id uuid,
  about_kind text,
  about_id uuid,
  reported_at timestamptz not null,
  due_at timestamptz,
  outcome text,
  is_handled boolean not null,
  rework_count int not null,
  is_deleted boolean not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  filed_at timestamptz,
  accepted_at timestamptz,
  handled_at timestamptz,
  is_returned boolean default false not null,
  is_merged boolean default false not null,
  handling_unit_id uuid,
  extended_count int default 0 not null,
  recurrence int,
  constraint pk_incident_history primary key (seq)
);
create index ix_incident_history_incident_id_seq on incident_history (incident_id, seq);
create index ix_incident_history_reported_at_due_at on incident_history using brin (reported_at,
  due_at) with (pages_per_range = 16, autosummarize = on);
revoke update on incident_history from gridward_app, gridward_job;
create trigger log_stray after insert on incident_history for each row when (new.scope_path is null)
  execute function log_stray();
create trigger refuse_change before delete or update on incident_history for each row
  execute function refuse_change();

-- Blank the places of events from before an instant. Return the number of blanked events.
create function blank_step_places(before timestamptz) returns int
language plpgsql security definer set search_path = public as $$
declare
  blanked int;
begin
  update incident_event set location = null, accuracy_m = null where location is not null and occurred_at < before;
  get diagnostics blanked = row_count;
  return blanked;
end $$;
revoke execute on function blank_step_places from public;
grant execute on function blank_step_places to gridward_job;
