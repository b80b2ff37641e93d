with chosen as materialized (select r.id, gen_random_uuid() made from resident r where r.grid_id = :grid::uuid order by random() limit :size),
  claimed as (insert into applied_op (principal, key, route, digest, result, applied_at) select 'limit', made::text, 'sync', sha256(made::text::bytea), jsonb_build_object('id', id, 'status', 'applied'), now() from chosen),
  changed as (update resident r set phone = '139' || lpad(floor(random() * 1e8)::text, 8, '0') from chosen c where r.id = c.id)
insert into audit_event (occurred_at, actor_kind, actor_id, action, entity, entity_id, detail) select now(), 'account', :worker::uuid, 'resident.change', 'resident', id, '{"fields": ["phone"]}' from chosen;
