-- Places in words: the parts of an address are found faster, and buildings find their streets without a nested loop.

-- Return the group (street or compound) and the number of a building in the text of an address; never a staircase or room.
create or replace function building_of(words text, out group_name text, out number text)
language plpgsql immutable set search_path = public as $$
declare
  digits constant text := '(?:[0-9]+(?:-[0-9]+)?[A-Za-z]?|[一二三四五六七八九十]+)';
  found text[];
  start int;
begin
  words := btrim(case when words is nfkc normalized then words else normalize(words, NFKC) end);
  if words !~ U&'[\4E00-\9FA5]' then
    words := btrim(split_part(words, ',', 1));
    found := array[btrim(regexp_replace(words, '[0-9]+[A-Za-z]?', '')), substring(words from '[0-9]+[A-Za-z]?')];
    if found[1] ~* '^(flat|apartment|apt|room|unit|suite)?$' then
      found := null;
    end if;
  else
    -- The first number of a building. To match the text around it, too, takes four times as long.
    start := regexp_instr(words, digits || '\s*(?:号楼|号院|号|幢|栋|座|弄|#)');
    if start = 0 then
      found := array[btrim(substring(words from '^[^0-9]*')), null];
    else
      found := array[left(words, start - 1),
        substring(substr(words, start) from '^(?:' || digits || '弄)?' || digits || '\s*(?:号楼|号院|号|幢|栋|座|弄|#)?(?:'
                                            || digits || '(?:号楼|幢|栋|座))?')];
    end if;
  end if;
  group_name := btrim(found[1], ' ,，');
  number := nullif(regexp_replace(found[2], '\s', '', 'g'), '');
end $$;

-- Return the number, its ending, and the number of the building in the number of an address.
create or replace function number_parts(number text) returns text[] language sql immutable as $$
  select regexp_match(translate(replace(number, '十', '10'), '一二三四五六七八九', '123456789'),
                      '^([0-9A-Za-z-]+)(号楼|号院|号|幢|栋|座|弄|#)?([0-9-]*)')
$$;

-- Return the English form of the name of a building: 12 Gudang Rd, or Gudang Xincun, Bldg 3. It is stable, as `concat` is,
-- and one expression: PostgreSQL then makes it a part of the statement that calls it.
create or replace function english_address(group_name text, english text, number text) returns text
language sql stable as $$
  select case when group_name !~ U&'[\4E00-\9FA5]' then concat((number_parts(number))[1], ' ', group_name)
              when (number_parts(number))[2] in ('号楼','幢','栋','座')
                then concat(english, ', Bldg ', (number_parts(number))[1])
              else concat((number_parts(number))[1], ' ', english,
                          ', Bldg ' || nullif((number_parts(number))[3], '')) end
$$;

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
    -- Scopes begin alike. They are compared by bytes, which is faster.
    source as materialized (
      select r.id, r.kind, btrim(regexp_replace(r.name, '[0-9-]{7,}', '', 'g')) door_name, r.jurisdiction_id, r.grid_id,
             r.scope_path, r.location, r.weight,
             concat_ws('|', r.jurisdiction_id, r.scope_path, '') collate "C" scope, d.number,
             coalesce(nullif(d.group_name, ''), nullif(nullif(r.community, '无'), '')) group_name
      from home r join door d using (address, compound, building)),
    building as materialized (
      select scope, jurisdiction_id, group_name, number, min(grid_id::text)::uuid grid_id,
             sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
      from source where group_name is not null group by scope, jurisdiction_id, group_name, number),
    -- The same street is in many grids: its words are read once.
    spelling as materialized (
      select s.*, jsonb_build_object('zh', s.group_name, 'en', s.english) name, place_words(s.group_name, s.english) words
      from (select group_name, english_name(group_name) english,
                   group_name ~* '(路|街|巷|弄|胡同|道|road|rd\.?|street|st\.?|avenue|ave\.?|lane|drive)$'
                     and group_name !~ '街道$' is_street
            from (select distinct group_name from building offset 0) g offset 0) s),
    street as materialized (
      select g.*, md5(g.scope || 'group|' || group_name)::uuid id, s.english, s.name, s.words, s.is_street
      from (select scope, jurisdiction_id, group_name, min(grid_id::text)::uuid grid_id,
                   sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
            from building group by scope, jurisdiction_id, group_name) g
        join spelling s using (group_name)),
    named as (
      select id, jurisdiction_id, grid_id, scope, case when is_street then 'street' else 'compound' end kind,
             name, null::jsonb street, null::uuid group_id, null number, words, location, weight
      from street
      union all
      select md5(concat(scope, 'address|', group_name, '|', number))::uuid, b.jurisdiction_id, b.grid_id, scope, 'address',
             jsonb_build_object(
               'zh', case when group_name ~ U&'[\4E00-\9FA5]' then group_name || number else number || ' ' || group_name end,
               'en', english_address(group_name, g.english, number)),
             case when g.is_street then g.name end, g.id, number, '', b.location, b.weight
      from building b join street g using (scope, group_name) where number is not null
      union all
      select md5(concat(scope, 'landmark|', id, '|', door_name))::uuid, jurisdiction_id, min(grid_id::text)::uuid, scope,
             'landmark', jsonb_build_object('zh', door_name, 'en', english_name(door_name)), null, null, null,
             place_words(door_name, english_name(door_name)),
             (array_agg(location order by weight desc))[1], sum(weight)::int
      from source where kind in ('shop','enterprise','institution','site') and door_name <> ''
      group by scope, id, door_name, jurisdiction_id)
    insert into named_place (id, jurisdiction_id, grid_id, scope_path, kind, name, street, group_id, number, words, location,
                       source_count)
    select id, jurisdiction_id, grid_id, nullif(split_part(scope, '|', 2), '')::ltree, kind,
           name, street, group_id, number, words, location, weight
    from named order by id
    on conflict (id) do update set
      source_count = named_place.source_count + excluded.source_count, grid_id = excluded.grid_id,
      location = case when excluded.source_count = 0 or named_place.source_count <= 0 then excluded.location
                      else named_place.location end
    $statement$, source)
$$;

-- The planner expects one row of each CTE above, and would compare each building with each street by a nested loop.
alter function keep_places() set enable_nestloop = off;
