with changed as (
  select distinct c.row_id from change_log c where c.bucket = 'grid:' || :grid and c.entity = 'household'
    and c.xid >= pg_snapshot_xmin(:prev::pg_snapshot) and pg_visible_in_snapshot(c.xid, pg_current_snapshot()) and not pg_visible_in_snapshot(c.xid, :prev::pg_snapshot))
select string_agg(json_build_object('bucket', 'grid:' || h.grid_id, 'entity', 'household', 'id', h.id, 'op', 'P', 'version', h.version, 'until', null, 'data',
    json_build_object('id', h.id, 'grid_id', h.grid_id, 'premises_id', h.premises_id, 'label', h.label, 'kind', h.kind, 'is_generated', h.is_generated,
      'visits', json_build_object('next_due', h.next_visit_due, 'declined_at', h.declined_at, 'moved_away_at', h.moved_away_at)))::text, ',')
  from changed c join household h on h.id = c.row_id and h.deleted_at is null;
