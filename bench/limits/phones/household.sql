with chosen as materialized (select h.id, gen_random_uuid() made from household h where h.grid_id = :grid::uuid order by random() limit :size),
  claimed as (insert into applied_op (principal, key, route, digest, result, applied_at) select 'limit', made::text, 'sync', sha256(made::text::bytea), jsonb_build_object('id', id, 'status', 'applied'), now() from chosen),
  changed as (update household h set label = left(made::text, 8) from chosen c where h.id = c.id)
insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id, detail) select now(), 'account', :worker::uuid, 'household.change', 'household', id, '{"fields": ["label"]}' from chosen;
