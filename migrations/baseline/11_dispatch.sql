-- Dispatch: assignments, offers, batches and stored decisions.

-- Write a case and its notes to the change log of who gets or loses an assignment.
create function log_case_to_holder() returns trigger language plpgsql as $$
declare
  was text := case when tg_op = 'UPDATE' then case when old.state = 'queued' then 'unit:' || old.unit_id
                else 'worker:' || coalesce(old.account_id, old.worker_id) end end;
  is_now text := case when new.state = 'queued' then 'unit:' || new.unit_id
                else 'worker:' || coalesce(new.account_id, new.worker_id) end;
  stays text := case when new.state in ('offered', 'queued', 'accepted', 'en_route', 'on_scene') then 'P' else 'R' end;
begin
  if is_now is not null then
    insert into change_log (bucket, entity, row_id, op) values (is_now, 'incident', new.incident_id, stays);
  end if;
  if was is distinct from is_now and was is not null then
    insert into change_log (bucket, entity, row_id, op) values (was, 'incident', new.incident_id, 'R');
  end if;
  if exists (select 1 from incident_note n where n.incident_id = new.incident_id) then
    insert into change_log (bucket, entity, row_id, op)
    select b.name, 'incident_note', n.id, case when b.name = is_now then stays else 'R' end
    from (select is_now name union select was) b, incident_note n
    where n.incident_id = new.incident_id and b.name is not null;
  end if;
  return null;
end $$;

-- Write a case and its notes to the change log of a worker who is asked beside others. The assignment names none
-- of them; their offers bring the case and take it away.
create function log_case_to_asked() returns trigger language plpgsql as $$
declare
  stays text := case when new.state = 'offered' then 'P' else 'R' end;
begin
  if exists (select 1 from assignment a where a.id = new.assignment_id and a.worker_id = new.worker_id) then
    return null;
  end if;
  insert into change_log (bucket, entity, row_id, op)
  select 'worker:' || new.worker_id, 'incident', new.incident_id, stays
  union all
  select 'worker:' || new.worker_id, 'incident_note', n.id, stays from incident_note n
  where n.incident_id = new.incident_id;
  return null;
end $$;

-- One attempt to get one role of a case (such as handling it) done by a worker or a unit.
create table assignment (
  id uuid not null,
  incident_id uuid not null,
  role text not null,
  worker_id uuid,
  unit_id uuid,
  account_id uuid,
  state text not null,
  reason text not null,
  created_at timestamptz not null,
  accepted_at timestamptz,
  ended_at timestamptz,
  version bigint default 1 not null,
  deleted_at timestamptz,
  en_route_at timestamptz,
  on_scene_at timestamptz,
  ended_because text,
  constraint pk_assignment primary key (id),
  constraint ck_assignment_role check (role in ('handle','check','second','verify','joint')),
  constraint ck_assignment_state check (state in ('offered','queued','accepted','done','withdrawn','failed','open',
    'en_route','on_scene')),
  constraint fk_assignment_account_id_account foreign key (account_id) references account (id),
  constraint fk_assignment_unit_id_unit foreign key (unit_id) references unit (id),
  constraint fk_assignment_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_assignment_account_id on assignment (account_id);
create index ix_assignment_incident_id on assignment (incident_id);
create index ix_assignment_unit_id_queued on assignment (unit_id) where state = 'queued';
create index ix_assignment_unit_id_tasked on assignment (unit_id) where state in ('queued', 'accepted', 'en_route',
  'on_scene') or role = 'joint' and state = 'done';
create index ix_assignment_worker_id on assignment (worker_id);
create unique index uq_assignment_active on assignment (incident_id, role) where role <> 'joint' and state in ('open',
  'offered', 'queued', 'accepted', 'en_route', 'on_scene');
create unique index uq_assignment_joint on assignment (incident_id, unit_id) where role = 'joint'
  and state in ('open', 'offered', 'queued', 'accepted', 'en_route', 'on_scene');
create trigger log_case_to_holder after insert or update on assignment for each row
  execute function log_case_to_holder();
create trigger log_change after insert or delete or update on assignment for each row
  execute function log_change('assignment', 'id', 'worker', 'worker_id', 'worker?', 'account_id', 'unit', 'unit_id');
create trigger raise_version before update on assignment for each row execute function raise_version();

-- An offer of an assignment to one worker.
create table offer (
  id uuid not null,
  assignment_id uuid not null,
  incident_id uuid not null,
  worker_id uuid not null,
  round int not null,
  ring text not null,
  state text not null,
  offered_at timestamptz not null,
  expires_at timestamptz not null,
  answered_at timestamptz,
  reason text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  because text,
  constraint pk_offer primary key (id),
  constraint ck_offer_state check (state in ('offered','accepted','declined','expired','withdrawn','undelivered')),
  constraint fk_offer_assignment_id_assignment foreign key (assignment_id) references assignment (id),
  constraint fk_offer_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_offer_expires_at_live on offer (expires_at) where state = 'offered';
create index ix_offer_incident_id on offer (incident_id);
create index ix_offer_worker_id on offer (worker_id);
create index ix_offer_worker_id_live on offer (worker_id) where state = 'offered';
create unique index uq_offer_live on offer (assignment_id, worker_id) where state = 'offered';
create trigger log_case_to_asked after insert or update on offer for each row execute function log_case_to_asked();
create trigger log_change after insert or delete or update on offer for each row
  execute function log_change('offer', 'id', 'worker', 'worker_id');
create trigger raise_version before update on offer for each row execute function raise_version();

-- The record that an offer has reached the worker's device.
create table offer_delivery (
  offer_id uuid not null,
  worker_id uuid not null,
  way text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_offer_delivery primary key (offer_id),
  constraint ck_offer_delivery_way check (way in ('pulled','told','answered')),
  constraint fk_offer_delivery_offer_id_offer foreign key (offer_id) references offer (id),
  constraint fk_offer_delivery_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_offer_delivery_worker_id on offer_delivery (worker_id, occurred_at);
revoke update on offer_delivery from gridward_app, gridward_job;
create trigger refuse_change before delete or update on offer_delivery for each row execute function refuse_change();

-- One joint decision about all cases of a district that wait for a worker.
create table dispatch_batch (
  id uuid not null,
  area_id uuid not null,
  at timestamptz not null,
  profile_version_id uuid not null,
  weights_version text not null,
  solver text not null,
  demands int not null,
  placed int not null,
  objective bigint not null,
  solve_ms float8 not null,
  input_hash text not null,
  workers uuid[] not null,
  input jsonb,
  constraint pk_dispatch_batch primary key (id),
  constraint fk_dispatch_batch_area_id_area foreign key (area_id) references area (id),
  constraint fk_dispatch_batch_profile_version_id_profile_version foreign key (profile_version_id)
    references profile_version (id)
);
create index ix_dispatch_batch_area_id_at on dispatch_batch (area_id, at);
create index ix_dispatch_batch_at_kept on dispatch_batch (at) where input is not null;

-- One stored decision about a case: all candidates with verdict and cost, and the choice.
create table dispatch_run (
  id uuid not null,
  incident_id uuid not null,
  role text not null,
  at timestamptz not null,
  round int not null,
  profile_version_id uuid not null,
  weights_version text not null,
  demand jsonb not null,
  candidates jsonb not null,
  outcome text not null,
  reason text not null,
  assignment_id uuid,
  worker_id uuid,
  unit_id uuid,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  tier bigint default 0 not null,
  batch_id uuid,
  input_hash text,
  constraint pk_dispatch_run primary key (id),
  constraint ck_dispatch_run_tier check ((tier = 1) = (batch_id is not null)),
  constraint fk_dispatch_run_batch_id_dispatch_batch foreign key (batch_id) references dispatch_batch (id)
);
create index ix_dispatch_run_at on dispatch_run using brin (at);
create index ix_dispatch_run_batch_id on dispatch_run (batch_id) where batch_id is not null;
create index ix_dispatch_run_incident_id_at on dispatch_run (incident_id, at);
revoke update on dispatch_run from gridward_app, gridward_job;
create trigger refuse_change before delete or update on dispatch_run for each row execute function refuse_change();

-- A worker's claim that a weekly count about them (such as accepted assignments) is wrong.
create table figure_contest (
  id uuid not null,
  worker_id uuid not null,
  figure text not null,
  member_id uuid,
  words text not null,
  made_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by uuid,
  outcome text,
  reason text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_figure_contest primary key (id),
  constraint ck_figure_contest_figure check (figure in ('load','declined','expired')),
  constraint ck_figure_contest_outcome check (outcome in ('upheld','dismissed')),
  constraint ck_figure_contest_resolved check ((resolved_at is null) = (outcome is null)
    and (resolved_at is null) = (reason is null)),
  constraint fk_figure_contest_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_figure_contest_worker_id on figure_contest (worker_id);
create unique index uq_figure_contest_open on figure_contest (worker_id, figure) where resolved_at is null
  and deleted_at is null;
create trigger log_change after insert or delete or update on figure_contest for each row
  execute function log_change('figure_contest', 'id', 'worker', 'worker_id');
create trigger raise_version before update on figure_contest for each row execute function raise_version();

-- Return the buckets of all who hold a case besides its place: who is asked or has it, the queue of a unit, and
-- who joined it by a report.
create function holders_of(case_id uuid) returns table(bucket text) language sql stable set search_path = public as $$
  select case when a.state = 'queued' then 'unit:' || a.unit_id else 'worker:' || coalesce(a.account_id, a.worker_id) end
  from assignment a where a.incident_id = case_id and a.state in ('offered', 'queued', 'accepted', 'en_route', 'on_scene')
  union
  select 'worker:' || o.worker_id from offer o join assignment a on a.id = o.assignment_id
  where o.incident_id = case_id and o.state = 'offered' and a.state = 'open'
  union
  select 'worker:' || r.joined_by from report r where r.incident_id = case_id and r.joined_by is not null
$$;
