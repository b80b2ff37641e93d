\set x random(0, 199000)
\set y random(0, 49000)
with ids as materialized (select gen_random_uuid() id, gen_random_uuid() reporter_id, gen_random_uuid() assignment_id, gen_random_uuid() offer_id, gen_random_uuid() run_id,
      gen_random_uuid() deadline_id, now() at, ST_SetSRID(ST_MakePoint(120 + :x::float8 / 1e6, 30 + :y::float8 / 1e6), 4326) p),
  grid as materialized (
    select v.area_id, v.parent_id, v.path, v.jurisdiction_id, (select f.id from profile_version f where f.jurisdiction_id = v.jurisdiction_id order by f.number desc limit 1) profile_id
    from area_version v where upper_inf(v.valid) and v.level = 'grid' and ST_Covers(v.geom, (select p from ids)) order by v.code limit 1),
  near as materialized (
    select r.worker_id, w.name, ST_Distance(p.geom::geography, ids.p::geography) distance, l.open_work, v.area_id = grid.area_id is_own
    from ids, grid join area_version v on v.parent_id = grid.parent_id and upper_inf(v.valid)
    join responsibility r on r.area_id = v.area_id and r.valid @> now() and r.deleted_at is null
    join worker w on w.id = r.worker_id join worker_load l on l.worker_id = w.id and l.open_work < w.capacity
    join worker_position p on p.worker_id = w.id
    where exists (select 1 from duty d where d.worker_id = w.id and d.during @> now() and d.deleted_at is null)),
  pick as (
    select l.worker_id from worker_load l where l.worker_id = (select worker_id from near order by open_work * open_work * 300 + distance limit 1) for no key update of l),
  loaded as (update worker_load l set open_work = open_work + 1 from pick where l.worker_id = pick.worker_id returning l.worker_id),
  claimed as (insert into applied_op (principal, key, route, digest, result, applied_at)
    select 'limit', id, 'incidents', sha256(id::text::bytea), jsonb_build_object('incident_id', id), at from ids),
  who as (insert into reporter (id, kind) select reporter_id, 'anonymous' from ids returning id),
  made as (insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, condition, status, priority, location, reported_at, updated_at, due_at)
    select id, 'L' || nextval('case_number'), jurisdiction_id, profile_id, area_id, area_id, path, 'E-dumping', 'standard', 'dispatched', 3, p, at, at, at + interval '5 days' from ids, grid returning id),
  said as (insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent, lat_sent, coord_sys, location)
    select made.id, made.id, who.id, 'app', at, at, '路边有垃圾', 'E-dumping', ST_X(p), ST_Y(p), 'wgs84', p from ids, made, who),
  told as (insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
    select made.id, e.action, e.before, e.after, 'system', made.id, now() from made, (values ('report', null, 'collected'), ('file', 'collected', 'filed'), ('dispatch', 'filed', 'dispatched')) e(action, before, after)),
  limited as (insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, running_since, spent)
    select deadline_id, made.id, 'handle', 'standard', 'work_day', 5, profile_id, at, at + interval '5 days', at, interval '0' from ids, made, grid),
  audited as (insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id) select now(), 'system', id, 'incident.report', 'incident', id from made),
  asked as (insert into assignment (id, incident_id, role, worker_id, state, reason, created_at)
    select assignment_id, made.id, 'handle', loaded.worker_id, 'offered', 'responsible', at from ids, made, loaded returning id, worker_id),
  offered as (insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select offer_id, asked.id, made.id, asked.worker_id, 1, 'grid', 'offered', at, at + interval '30 minutes' from ids, made, asked),
  ran as (insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates, outcome, reason, assignment_id, worker_id)
    select run_id, made.id, 'handle', at, 1, profile_id, '1', jsonb_build_object('lon', ST_X(p), 'lat', ST_Y(p)),
      (select jsonb_agg(jsonb_build_object('worker_id', worker_id, 'name', name, 'distance_m', distance, 'open_work', open_work)) from near), 'offered', 'responsible', asked.id, asked.worker_id
    from ids, made, grid, asked),
  job as (select procrastinate_defer_jobs_v1(array[row('bench', 'bench', 0, null, null, jsonb_build_object('incident_id', id), now() + interval '10 years')::procrastinate_job_to_defer_v1]) from made)
select made.id, (select count(*) from job) from made;
