-- Places in words: the words of a street are read once for each statement, not once for each area that it lies in.

-- Return the statement that counts the places of premises: their street or compound, their numbered building, and a
-- landmark. `source`: SQL of their rows, each with a `weight` of 1 or -1.
create or replace function places_statement(source text) returns text language sql immutable as $$
  select format($statement$
    with home as materialized (select r.* from (%s) r where r.deleted_at is null),
    -- Old and new rows of premises that moved have the same address: it is read once.
    door as materialized (
      select h.*, b.group_name, b.number
      from (select distinct address, compound, building from home offset 0) h
        cross join lateral building_of(street_part(h.address, h.compound, h.building)) b),
    source as materialized (
      select r.id, r.kind, btrim(regexp_replace(r.name, '[0-9-]{7,}', '', 'g')) door_name, r.jurisdiction_id, r.grid_id,
             r.scope_path, r.location, r.weight, concat_ws('|', r.jurisdiction_id, r.scope_path, '') scope, d.number,
             coalesce(nullif(d.group_name, ''), nullif(nullif(r.community, '无'), '')) group_name
      from home r join door d using (address, compound, building)),
    building as materialized (
      select scope, group_name, number, min(jurisdiction_id::text)::uuid jurisdiction_id, min(grid_id::text)::uuid grid_id,
             sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
      from source where group_name is not null group by scope, group_name, number),
    -- The same street is in many grids: its words are read once.
    spelling as materialized (
      select group_name, english_name(group_name) english, place_words(group_name, english_name(group_name)) words,
             group_name ~* '(路|街|巷|弄|胡同|道|road|rd\.?|street|st\.?|avenue|ave\.?|lane|drive)$'
               and group_name !~ '街道$' is_street
      from (select distinct group_name from building offset 0) g),
    street as materialized (
      select g.*, md5(scope || 'group|' || group_name)::uuid id, s.english, s.words, s.is_street
      from (select scope, group_name, min(jurisdiction_id::text)::uuid jurisdiction_id, min(grid_id::text)::uuid grid_id,
                   sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
            from building group by scope, group_name) g
        join spelling s using (group_name)),
    named as (
      select id, jurisdiction_id, grid_id, scope, case when is_street then 'street' else 'compound' end kind,
             group_name label, english, null::jsonb street, null::uuid group_id, null number,
             words, location, weight
      from street
      union all
      select md5(concat(scope, 'address|', group_name, '|', b.number))::uuid, b.jurisdiction_id, b.grid_id, scope, 'address',
             case when group_name ~ U&'[\4E00-\9FA5]' then group_name || b.number else b.number || ' ' || group_name end,
             english_address(group_name, s.english, b.number),
             case when s.is_street then jsonb_build_object('zh', group_name, 'en', s.english) end, s.id, b.number, '',
             b.location, b.weight
      from building b join street s using (scope, group_name) where b.number is not null
      union all
      select md5(concat(scope, 'landmark|', id, '|', door_name))::uuid, jurisdiction_id, min(grid_id::text)::uuid, scope,
             'landmark', door_name, english_name(door_name), null, null, null,
             place_words(door_name, english_name(door_name)),
             (array_agg(location order by weight desc))[1], sum(weight)::int
      from source where kind in ('shop','enterprise','institution','site') and door_name <> ''
      group by scope, id, door_name, jurisdiction_id)
    insert into named_place (id, jurisdiction_id, grid_id, scope_path, kind, name, street, group_id, number, words, location,
                       source_count)
    select id, jurisdiction_id, grid_id, nullif(split_part(scope, '|', 2), '')::ltree, kind,
           jsonb_build_object('zh', label, 'en', english), street, group_id, number, words, location, weight
    from named order by id
    on conflict (id) do update set
      source_count = named_place.source_count + excluded.source_count, grid_id = excluded.grid_id,
      location = case when excluded.source_count = 0 or named_place.source_count <= 0 then excluded.location
                      else named_place.location end
    $statement$, source)
$$;

