select json_agg(row_to_json(t)) from (
  select a.id, a.incident_id, a.state, a.created_at, i.case_no, i.status, i.category, i.due_at
  from assignment a join incident i on i.id = a.incident_id
  where a.worker_id = (select id from account where username = 'bench-worker-7')
    and a.state in ('offered', 'queued', 'accepted') and i.deleted_at is null order by a.created_at, a.id limit 50) t;
