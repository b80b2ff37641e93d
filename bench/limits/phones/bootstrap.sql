select string_agg(line, ',') from (
  select json_build_object('bucket', 'grid:' || p.grid_id, 'entity', 'premises', 'id', p.id, 'op', 'P', 'version', p.version, 'until', null, 'data',
      json_build_object('id', p.id, 'grid_id', p.grid_id, 'kind', p.kind, 'name', p.name, 'address', p.address, 'parts',
        json_build_object('province', p.province, 'city', p.city, 'county', p.county, 'town', p.town, 'community', p.community, 'grid', p.grid, 'compound', p.compound, 'building', p.building, 'unit', p.unit, 'room', p.room),
        'location', ST_AsGeoJSON(p.location, 7)::json, 'external_ref', p.external_ref, 'is_generated', p.is_generated))::text line
    from premises p where p.grid_id = :grid::uuid and p.deleted_at is null
  union all select json_build_object('bucket', 'grid:' || h.grid_id, 'entity', 'household', 'id', h.id, 'op', 'P', 'version', h.version, 'until', null, 'data',
      json_build_object('id', h.id, 'grid_id', h.grid_id, 'premises_id', h.premises_id, 'label', h.label, 'kind', h.kind, 'is_generated', h.is_generated,
        'visits', json_build_object('next_due', h.next_visit_due, 'declined_at', h.declined_at, 'moved_away_at', h.moved_away_at)))::text
    from household h where h.grid_id = :grid::uuid and h.deleted_at is null
  union all select json_build_object('bucket', 'grid:' || r.grid_id, 'entity', 'resident', 'id', r.id, 'op', 'P', 'version', r.version, 'until', null, 'data',
      json_build_object('id', r.id, 'household_id', r.household_id, 'name', r.name, 'phone', r.phone, 'is_registered_here', r.is_registered_here, 'lives_here', r.lives_here))::text
    from resident r where r.grid_id = :grid::uuid and r.deleted_at is null
  union all select json_build_object('bucket', 'grid:' || c.grid_id, 'entity', 'care_tag', 'id', c.id, 'op', 'P', 'version', c.version, 'until', c.ends_on, 'data',
      json_build_object('id', c.id, 'resident_id', c.resident_id, 'household_id', c.household_id, 'kind', c.kind, 'purpose', c.purpose, 'ends_on', c.ends_on, 'cycle_days', c.cycle_days, 'next_due', c.next_due))::text
    from care_tag c where c.grid_id = :grid::uuid and c.deleted_at is null and c.ends_on >= current_date
  union all select json_build_object('bucket', 'grid:' || v.grid_id, 'entity', 'visit', 'id', v.id, 'op', 'P', 'version', v.version, 'until', v.visited_at + interval '60 days', 'data',
      json_build_object('id', v.id, 'household_id', v.household_id, 'visited_by', v.visited_by, 'visited_at', v.visited_at, 'outcome', v.outcome, 'note', v.note, 'note_expires_on', v.note_expires_on, 'care_done', v.care_done))::text
    from visit v where v.grid_id = :grid::uuid and v.deleted_at is null and v.visited_at > now() - interval '60 days'
  union all select json_build_object('bucket', 'grid:' || i.grid_id, 'entity', 'incident', 'id', i.id, 'op', 'P', 'version', i.version, 'until', i.closed_at + interval '30 days', 'data',
      json_build_object('id', i.id, 'case_no', i.case_no, 'status', i.status, 'category', i.category, 'priority', i.priority, 'description', r.words, 'location', ST_AsGeoJSON(i.location, 7)::json,
        'area_id', i.area_id, 'grid_id', i.grid_id, 'owner_unit_id', i.owner_unit_id, 'component_id', i.component_id, 'due_at', i.due_at,
        'deadline', (select json_build_object('stage', d.stage, 'condition', d.condition, 'started_at', d.started_at, 'due_at', d.due_at, 'paused_at', d.paused_at, 'stopped_at', d.stopped_at, 'outcome', d.outcome)
          from deadline d where d.incident_id = i.id order by d.started_at desc limit 1),
        'reported_at', i.reported_at, 'updated_at', i.updated_at, 'closed_at', i.closed_at, 'rework_count', i.rework_count))::text
    from incident i left join report r on r.id = i.id where i.grid_id = :grid::uuid and i.deleted_at is null and coalesce(i.closed_at > now() - interval '30 days', true)) x;
