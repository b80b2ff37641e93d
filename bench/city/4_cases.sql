-- Cases of two years, one every few minutes. Seven of ten are put right on the spot by the grid's own worker, two went
-- through offer, handling and check, some were not filed; about 3 % are open, in every open state, nearly all of
-- them from the last weeks.
-- step: cases decided
create temp table kase as
  select x.*, g.id grid_id, g.path, g.street_no, g.street_id, w.id worker_id, k.id checker_id, b.id boss_id, pg_temp.uid(timestamptz '2024-01-01Z', x.unit_code, g.street_no) unit_id,
    pg_temp.uid(at, 'case', n) id,
    case kind when 'spot' then w.id else b.id end reporter,
    least(at + case kind when 'spot' then interval '1 minute' else interval '30 hours' end, timestamptz '{anchor}') ended,
    ST_SetSRID(ST_MakePoint(
      pg_temp.vx(2 * g.c + 1, 2 * g.r + 1) + t * (pg_temp.vx(2 * g.c + vi, 2 * g.r + vj) * (1 - u) + pg_temp.vx(2 * g.c + wi, 2 * g.r + wj) * u - pg_temp.vx(2 * g.c + 1, 2 * g.r + 1)),
      pg_temp.vy(2 * g.c + 1, 2 * g.r + 1) + t * (pg_temp.vy(2 * g.c + vi, 2 * g.r + vj) * (1 - u) + pg_temp.vy(2 * g.c + wi, 2 * g.r + wj) * u - pg_temp.vy(2 * g.c + 1, 2 * g.r + 1))), 4326) place
  from (
    select n, at, kind, grid_no, pg_temp.vi(k) vi, pg_temp.vj(k) vj, pg_temp.vi(k + 1) wi, pg_temp.vj(k + 1) wj, sqrt(pg_temp.h(n, 23)) * 0.98 t, pg_temp.h(n, 24) u,
      case kind when 'spot' then (array['E-litter', 'C-bin', 'E-graffiti', 'E-obstruction'])[1 + n % 4]
                when 'queued' then (array['C-pothole', 'C-streetlight'])[1 + n % 2]
                else (array['E-dumping', 'E-noise', 'E-parking', 'C-tree', 'E-welfare', 'unclassified'])[1 + n % 6] end category,
      case when kind = 'queued' then 'roads' else 'waste' end unit_code
    from (
      select n, timestamptz '{anchor}' - ({cases} - n + 1) * (interval '730 days' / {cases}) - interval '2 minutes' as at, floor(pg_temp.h(n, 22) * 8)::int k,
        case when pg_temp.h(n, 20) < 0.4 then floor(pg_temp.h(n, 21) * {grids} / 5)::int * 5 + 2 else floor(pg_temp.h(n, 21) * {grids})::int end grid_no,
        case when pg_temp.h(n, 25) < case when n > 0.95 * {cases} then 0.58 else 0.001 end
             then (array['offered', 'offered', 'offered', 'handling', 'handling', 'handling', 'queued', 'waiting', 'checking', 'deferred'])[1 + floor(pg_temp.h(n, 26) * 10)::int]
             else (array['spot', 'spot', 'spot', 'spot', 'spot', 'spot', 'spot', 'checked', 'checked', 'refused'])[1 + floor(pg_temp.h(n, 26) * 10)::int] end kind
      from generate_series(1, {cases}) n) a) x
  join grid g on g.no = x.grid_no
  join person w on w.no = g.no and w.role = 'worker'
  join person k on k.no = g.c / 5 * 5 + (g.c + 1) % 5 + g.r * {cols} and k.role = 'worker'
  join person b on b.no = g.street_no and b.role = 'supervisor' and b.area_id = g.street_id
  order by n;
analyze kase;
-- step: cases
insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, condition, status, priority, location,
    owner_unit_id, reported_by, handled_by, handling_unit_id, waiting_since, waiting_reason, reported_at, closed_at, due_at, updated_at, ended_reason)
  select id, to_char(at at time zone 'UTC', 'YYMMDD') || '-' || lpad(n::text, 6, '0') || '-' || n % 10, rules.jurisdiction_id, rules.profile_id, grid_id, grid_id, path, category, 'standard',
    case kind when 'spot' then 'closed' when 'checked' then 'closed' when 'refused' then 'not_filed' when 'offered' then 'dispatched' when 'queued' then 'dispatched'
              when 'waiting' then 'filed' else kind end,
    case category when 'E-welfare' then 1 when 'C-tree' then 2 when 'C-pothole' then 2 when 'unclassified' then 2 else 3 end, place,
    case when unit_code = 'roads' or category in ('E-litter', 'C-bin', 'E-dumping') then unit_id else rules.root_unit_id end, reporter,
    case when kind in ('spot', 'checked', 'checking') then worker_id end,
    case when kind in ('checked', 'checking') then unit_id end, case kind when 'waiting' then at end, case kind when 'waiting' then 'nobody_on_duty' end,
    at, case when kind in ('spot', 'checked', 'refused') then ended end, at + interval '5 days', case when kind in ('spot', 'checked', 'refused') then ended else at end,
    case kind when 'refused' then 'other' end
  from kase, rules;
select setval('case_number', {cases} + 1);
-- step: reports
insert into reporter (id, kind, account_id)
  select pg_temp.uid(at, 'reporter', n), case kind when 'spot' then 'worker' else 'anonymous' end, case kind when 'spot' then worker_id end from kase;
insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent, lat_sent, coord_sys, location)
  select id, id, pg_temp.uid(at, 'reporter', n), 'app', at, at,
    (array['楼道堆放杂物', '路边有垃圾', '井盖松动', '夜间噪声', '车辆占道', '墙上有小广告', '树枝断落', '老人需要帮助'])[1 + n % 8] || '，' || 1 + n % 400 || '号附近，请尽快处理',
    category, ST_X(place), ST_Y(place), 'wgs84', place from kase;
insert into applied_op (principal, key, route, digest, result, applied_at)
  select 'account:' || reporter, id, 'incidents', sha256(id::text::bytea), jsonb_build_object('incident_id', id), at from kase;
-- step: steps
insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, detail)
  select k.id, e.action, e.before, e.after, case when e.who is null then 'system' else 'account' end, coalesce(e.who, '00000000-0000-0000-0000-000000000000'),
         least(k.at + e.minutes * interval '1 minute', timestamptz '{anchor}'), '{}'
  from kase k cross join lateral (
    select * from (values
      (true, 'report', null, 'collected', k.reporter, 0),
      (true, 'file', 'collected', 'filed', null, 0),
      (kind not in ('waiting', 'refused'), 'dispatch', 'filed', 'dispatched', null, 0),
      (kind in ('waiting', 'refused'), 'wait', 'filed', 'filed', null, 0),
      (kind = 'refused', 'not_file', 'filed', 'not_filed', k.boss_id, 1800),
      (kind in ('spot', 'checked', 'handling', 'checking', 'deferred'), 'accept', 'dispatched', 'accepted', k.worker_id, case kind when 'spot' then 0 else 9 end),
      (kind = 'spot', 'fix_on_spot', 'accepted', 'fed_back', k.worker_id, 1),
      (kind = 'spot', 'close_unsampled', 'fed_back', 'closed', null, 1),
      (kind = 'deferred', 'defer', 'accepted', 'deferred', k.boss_id, 60),
      (kind in ('checked', 'handling', 'checking'), 'start', 'accepted', 'handling', k.worker_id, 60),
      (kind in ('checked', 'checking'), 'feed_back', 'handling', 'fed_back', k.worker_id, 600),
      (kind in ('checked', 'checking'), 'send_to_check', 'fed_back', 'checking', null, 600),
      (kind = 'checked', 'accept', 'checking', 'checking', k.checker_id, 660),
      (kind = 'checked', 'check_pass', 'checking', 'closed', k.checker_id, 1800)
    ) e(applies, action, before, after, who, minutes) where applies) e;
-- step: audit trail
insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id)
  select e.occurred_at, 'account', e.actor_id, 'incident.' || e.action, 'incident', e.incident_id from incident_event e
  where e.actor_kind = 'account' and e.action <> 'fix_on_spot' and not (e.action = 'accept' and exists (
    select 1 from incident i where i.id = e.incident_id and i.reported_by = e.actor_id));
-- step: deadlines
insert into deadline (id, incident_id, stage, condition, unit, amount, profile_version_id, started_at, due_at, running_since, paused_at, spent, stopped_at, outcome)
  select pg_temp.uid(at, 'deadline', n), id, 'handle', 'standard', 'work_day', 5, rules.profile_id, at, at + interval '5 days',
    case when kind in ('offered', 'handling', 'queued', 'waiting') then at end, case kind when 'deferred' then at + interval '1 hour' end, interval '0',
    case when kind in ('spot', 'checked', 'refused', 'checking') then least(at + interval '10 hours', ended) end, case when kind in ('spot', 'checked', 'refused', 'checking') then 'met' end
  from kase, rules;
-- step: attempts
insert into assignment (id, incident_id, role, worker_id, unit_id, account_id, state, reason, created_at, accepted_at, ended_at)
  select pg_temp.uid(at, 'handle', n), id, 'handle', case when kind <> 'queued' then worker_id end, case kind when 'queued' then unit_id end,
    case when kind not in ('queued', 'offered') then worker_id end,
    case when kind in ('spot', 'checked', 'checking') then 'done' when kind in ('handling', 'deferred') then 'accepted' else kind end,
    case kind when 'spot' then 'own_report' when 'queued' then 'unit_queue' else 'responsible' end, at, case when kind not in ('queued', 'offered') then at end,
    case when kind in ('spot', 'checked', 'checking') then ended end
  from kase where kind not in ('waiting', 'refused');
insert into assignment (id, incident_id, role, worker_id, account_id, state, reason, created_at, accepted_at, ended_at)
  select pg_temp.uid(at, 'check', n), id, 'check', checker_id, case kind when 'checked' then checker_id end, case kind when 'checked' then 'done' else 'offered' end,
    'nearest', ended, case kind when 'checked' then ended end, case kind when 'checked' then ended end
  from kase where kind in ('checked', 'checking');
insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at, answered_at)
  select pg_temp.uid(at, 'offer', n), pg_temp.uid(at, 'handle', n), id, worker_id, 1, 'grid', case kind when 'offered' then 'offered' else 'accepted' end, at,
    case kind when 'offered' then timestamptz '{anchor}' + interval '10 years' else at + interval '30 minutes' end, case when kind <> 'offered' then at end
  from kase where kind not in ('waiting', 'refused', 'spot', 'queued');
insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at, answered_at)
  select pg_temp.uid(at, 'checkoffer', n), pg_temp.uid(at, 'check', n), id, checker_id, 1, 'community', case kind when 'checking' then 'offered' else 'accepted' end, ended,
    case kind when 'checking' then timestamptz '{anchor}' + interval '10 years' else ended + interval '30 minutes' end, case when kind <> 'checking' then ended end
  from kase where kind in ('checked', 'checking');
insert into worker_load (worker_id, open_work)
  select w.id, count(a.id) from worker w left join assignment a on a.worker_id = w.id and a.state in ('offered', 'queued', 'accepted') group by w.id;
-- step: runs
insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand, candidates, outcome, reason, assignment_id, worker_id, unit_id)
  select pg_temp.uid(at, 'run', n), id, 'handle', at, 1, rules.profile_id, '1',
    jsonb_build_object('incident_id', id, 'role', 'handle', 'lon', ST_X(place), 'lat', ST_Y(place), 'skills', '[]'::jsonb, 'priority', 3, 'excluded', '{}'::jsonb),
    case when kind in ('waiting', 'refused', 'queued') then '[]'::jsonb else jsonb_build_array(jsonb_build_object('worker_id', worker_id, 'name', 'W', 'ring', 'grid', 'relation', 'worker',
      'eligible', true, 'reason', 'responsible', 'parts', jsonb_build_object('load', 300, 'distance', 96.5), 'rank', 1, 'distance_m', 120.6, 'position_age_s', 20, 'open_work', 1, 'capacity', 100)) end,
    case kind when 'offered' then 'offered' when 'queued' then 'queued' when 'waiting' then 'waiting' when 'refused' then 'waiting' when 'spot' then 'accepted' else 'offered' end,
    case kind when 'spot' then 'own_report' when 'queued' then 'unit_queue' when 'waiting' then 'nobody_on_duty' when 'refused' then 'nobody_on_duty' else 'responsible' end,
    case when kind not in ('waiting', 'refused') then pg_temp.uid(at, 'handle', n) end, case when kind not in ('waiting', 'refused', 'queued') then worker_id end,
    case kind when 'queued' then unit_id end
  from kase, rules;
-- step: change log
insert into change_log (bucket, entity, row_id, op) select 'grid:' || grid_id, 'incident', id, 'P' from kase;
insert into change_log (bucket, entity, row_id, op) select 'grid:' || grid_id, 'premises', id, 'P' from premises;
insert into change_log (bucket, entity, row_id, op) select 'grid:' || grid_id, 'household', id, 'P' from household;

-- step: history for figures
insert into incident_history (incident_id, jurisdiction_id, profile_version_id, category, status, scope_path, owner_unit_id,
    about_kind, about_id, reported_at, due_at, outcome, is_handled, rework_count, is_deleted, handling_unit_id, occurred_at)
select i.id, i.jurisdiction_id, i.profile_version_id, i.category, i.status, i.scope_path, i.owner_unit_id, i.about_kind,
    i.about_id, i.reported_at, d.due_at, d.outcome, i.handled_by is not null, i.rework_count, i.deleted_at is not null, i.handling_unit_id, i.reported_at
from incident i left join deadline d on d.incident_id = i.id and d.stage = 'handle' and d.deleted_at is null
  and d.outcome is distinct from 'replaced'
order by i.reported_at, i.id;
-- step: open cases for boards
select fill_open_cases();
