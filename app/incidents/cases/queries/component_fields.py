"""The component of a case `i`, as answers show it: which, whose, and how far from the place of the case."""

COMPONENT = """(select json_build_object('id', k.id, 'code', k.code, 'name', k.name, 'category', k.category,
    'state', k.state, 'location', ST_AsGeoJSON(k.location, 7)::json,
    'distance_m', round(cast(ST_Distance(cast(k.location as geography), cast(i.location as geography)) as numeric), 1),
    'owning_unit', (select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = k.owning_unit_id),
    'managing_unit', (select json_build_object('id', u.id, 'name', u.name) from unit u where u.id = k.managing_unit_id))
  from component k where k.id = i.component_id)"""

COMPONENT_FIELDS = f"""
  'component', {COMPONENT}, 'component_link', i.component_link, 'owner_basis', i.owner_basis"""
