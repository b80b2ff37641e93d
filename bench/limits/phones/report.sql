with chosen as materialized (select gen_random_uuid() id, gen_random_uuid() other, p.location, p.grid_id, p.scope_path, p.jurisdiction_id,
    (select f.id from profile_version f where f.jurisdiction_id = p.jurisdiction_id order by f.number desc limit 1) profile_id
    from premises p where p.grid_id = :grid::uuid order by random() limit :size),
  claimed as (insert into applied_op (principal, key, route, digest, result, applied_at) select 'limit', id::text, 'sync', sha256(id::text::bytea), jsonb_build_object('id', id, 'status', 'applied'), now() from chosen),
  who as (insert into reporter (id, kind, account_id) select other, 'worker', :worker::uuid from chosen),
  made as (insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, condition, status, priority, location, reported_by, reported_at, updated_at, due_at)
    select id, 'L' || nextval('case_number'), jurisdiction_id, profile_id, grid_id, grid_id, scope_path, 'E-litter', 'standard', 'accepted', 3, location, :worker::uuid, now(), now(), now() + interval '5 days' from chosen),
  said as (insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent, lat_sent, coord_sys, location)
    select id, id, other, 'app', now(), now(), '路边有垃圾', 'E-litter', ST_X(location), ST_Y(location), 'wgs84', location from chosen),
  told as (insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
    select id, e.action, e.before, e.after, 'account', :worker::uuid, now() from chosen, (values ('report', null, 'collected'), ('file', 'collected', 'filed'), ('dispatch', 'filed', 'dispatched'), ('accept', 'dispatched', 'accepted')) e(action, before, after)),
  limited as (insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, running_since, spent)
    select gen_random_uuid(), id, 'handle', 'standard', 'work_day', 5, profile_id, now(), now() + interval '5 days', now(), interval '0' from chosen),
  asked as (insert into assignment (id, incident_id, role, worker_id, account_id, state, reason, created_at, accepted_at)
    select other, id, 'handle', :worker::uuid, :worker::uuid, 'accepted', 'own_report', now(), now() from chosen),
  loaded as (update worker_load l set open_work = open_work + (select count(*) from chosen) where l.worker_id = :worker::uuid),
  ran as (insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates, outcome, reason, assignment_id, worker_id)
    select gen_random_uuid(), id, 'handle', now(), 1, profile_id, '1', '{}', '[]', 'accepted', 'own_report', other, :worker::uuid from chosen)
insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id) select now(), 'account', :worker::uuid, 'incident.report', 'incident', id from chosen;
