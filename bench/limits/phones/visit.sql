with chosen as materialized (select h.id, h.grid_id, gen_random_uuid() made from household h where h.grid_id = :grid::uuid order by random() limit :size),
  claimed as (insert into applied_op (principal, key, route, digest, result, applied_at) select 'limit', made::text, 'sync', sha256(made::text::bytea), jsonb_build_object('id', made, 'status', 'applied'), now() from chosen),
  seen as (insert into visit (id, household_id, grid_id, visited_by, visited_at, outcome, note, note_expires_on, care_done, created_at)
    select made, id, grid_id, :worker::uuid, now(), 'done', '一切都好', current_date + 180, '{}', now() from chosen),
  planned as (update household h set next_visit_due = current_date + 30 from chosen c where h.id = c.id)
insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id, detail) select now(), 'account', :worker::uuid, 'household.visit', 'household', id, jsonb_build_object('visit_id', made) from chosen;
