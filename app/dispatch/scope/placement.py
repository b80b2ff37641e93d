"""SQL that gives the work on cases to workers and stores the decisions, for statements that write more than that.

Each statement has a CTE `given` with one row for each placement. `dispatch/queries/placements.py` writes a placement alone.
The statement of new reports writes placements and cases together.
"""

from app.core.db import Fragment

# The columns of a placement in `given`, which is made from JSON. `ranked` are the workers who may get the work, the first one
# first; `reasons` and `rings` are objects by worker.
PLACEMENT_COLUMNS = Fragment("""
  incident_id uuid, role text, now timestamptz, run_id uuid, round int, profile_version_id uuid, weights_version text,
  demand jsonb, candidates jsonb, input_hash text, ranked uuid[], reasons jsonb, rings jsonb, is_forced boolean,
  is_accepted boolean, assignment_id uuid, unit_id uuid, queue_reason text, offer_id uuid, expires_at timestamptz,
  run_reason text
""")

# CTEs `chosen_worker`, `new_assignment` and `new_offer`. The function `take_load` locks and increases the load of the first
# ranked worker who has capacity and is on duty. It does not keep the lock of a worker who was filled meanwhile, and goes on
# with the next one: two reports at the same time overload nobody, and neither waits for a worker whom it does not get.
PLACEMENT = Fragment("""
  chosen_worker as materialized (
    select g.incident_id, take_load(g.ranked, g.is_forced, g.is_accepted, g.now, cast(:held as uuid[])) worker_id
    from given g),
  new_assignment as (
    insert into assignment (id, incident_id, role, worker_id, unit_id, account_id, state, reason, created_at, accepted_at)
    select g.assignment_id, g.incident_id, g.role, c.worker_id, g.unit_id, case when g.is_accepted then c.worker_id end,
           case when c.worker_id is null then 'queued' when g.is_accepted then 'accepted' else 'offered' end,
           case when c.worker_id is null then g.queue_reason
                else coalesce(g.reasons ->> cast(c.worker_id as text), 'responsible') end,
           g.now, case when g.is_accepted then g.now end
    from given g join chosen_worker c on c.incident_id = g.incident_id
    where c.worker_id is not null or g.unit_id is not null
    returning id, incident_id, worker_id, state, reason),
  new_offer as (
    insert into offer (id, assignment_id, incident_id, worker_id, round, ring, state, offered_at, expires_at)
    select g.offer_id, a.id, g.incident_id, a.worker_id, g.round, coalesce(g.rings ->> cast(a.worker_id as text), 'grid'),
           'offered', g.now, g.expires_at
    from new_assignment a join given g on g.incident_id = a.incident_id where a.state = 'offered')
""")

# The decisions. A condition on `chosen_worker c` may follow.
INSERT_RUN = Fragment("""
  insert into dispatch_run (id, incident_id, role, at, round, profile_version_id, weights_version, demand,
                            candidates, outcome, reason, assignment_id, worker_id, unit_id, input_hash)
  select g.run_id, g.incident_id, g.role, g.now, g.round, g.profile_version_id, g.weights_version, g.demand, g.candidates,
         coalesce(a.state, 'waiting'), coalesce(a.reason, g.run_reason), a.id, a.worker_id, g.unit_id, g.input_hash
  from given g join chosen_worker c on c.incident_id = g.incident_id
  left join new_assignment a on a.incident_id = g.incident_id
""")
