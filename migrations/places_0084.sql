-- Places in words: the named places of the register, found by words and by distance.

-- The pinyin of a Chinese character, or of a word of two characters that is read otherwise than its characters.
create table syllable (
  hanzi text not null,
  pinyin text[] not null,
  constraint pk_syllable primary key (hanzi)
);

-- A named place: a street, compound or numbered building of the premises of an area, a landmark, or an area.
-- Triggers of `premises` and `area_version` write it. `source_count`: the premises or areas that have this place now.
create table named_place (
  id uuid not null,
  jurisdiction_id uuid not null,
  grid_id uuid,
  scope_path ltree,
  kind text not null,
  name jsonb not null,
  street jsonb,
  group_id uuid,
  number text,
  words text not null,
  location geometry(point, 4326) not null,
  source_count int not null,
  constraint pk_named_place primary key (id),
  constraint ck_named_place_kind check (kind in ('address','landmark','street','compound','grid','area')),
  constraint fk_named_place_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_named_place_grid_id_area foreign key (grid_id) references area (id)
);
create index ix_named_place_jurisdiction_id on named_place (jurisdiction_id);
create index ix_named_place_grid_id on named_place (grid_id);
create index ix_named_place_location on named_place using gist (location)
  where kind in ('address','landmark') and source_count > 0;
create index ix_named_place_public_location on named_place using gist (location)
  where (kind = 'landmark' or street is not null) and source_count > 0;
create index ix_named_place_words on named_place using gin (letter_pairs(words, null))
  with (fastupdate = off) where kind <> 'address' and source_count > 0;
create index ix_named_place_group_id_number on named_place (group_id, number text_pattern_ops)
  where kind = 'address' and source_count > 0;

-- Return the syllables of a text: one for each Chinese character, and each run of other characters as it is.
create function pinyin(words text) returns text[] language plpgsql stable set search_path = public as $$
declare
  result text[] := '{}';
  run text := '';
  read text[];
  i int := 1;
begin
  while i <= length(words) loop
    read := null;
    if substr(words, i, 1) >= U&'\4E00' and substr(words, i, 1) <= U&'\9FA5' then
      select s.pinyin into read from syllable s where s.hanzi = substr(words, i, 2);
      if read is null then
        select s.pinyin into read from syllable s where s.hanzi = substr(words, i, 1);
      end if;
    end if;
    if read is null then
      run := run || substr(words, i, 1);
      i := i + 1;
    else
      if run <> '' then
        result := result || run;
        run := '';
      end if;
      result := result || read;
      i := i + cardinality(read);
    end if;
  end loop;
  return case when run = '' then result else result || run end;
end $$;

-- Return what a search compares: a name in small letters without spaces, its pinyin, its initials, and further words. A
-- space stands around each of them.
create function place_words(words text, variadic further text[]) returns text
language sql stable set search_path = public as $$
  select concat(' ', concat_ws(' ', plain, nullif(full_pinyin, plain), nullif(initials, plain), (
    select string_agg(replace(lower(f), ' ', ''), ' ') from unnest(further) f)), ' ')
  from (select regexp_replace(lower(normalize(words, NFKC)), '\s', '', 'g') plain) p
  cross join lateral (
    select string_agg(s, '' order by n) full_pinyin,
           string_agg(case when s ~ '^[a-z]' then left(s, 1) else s end, '' order by n) initials
    from unnest(pinyin(plain)) with ordinality syllables(s, n)) q
$$;

-- Return the English form of a Chinese name: pinyin in capital words, with the English word of a common ending.
create function english_name(words text) returns text language sql stable set search_path = public as $$
  select case when words !~ U&'[\4E00-\9FA5]' then words else btrim(concat_ws(' ', romanised, english)) end
  from (select e.ending, e.english from (values
          ('大街','St'), ('大道','Ave'), ('街道','Subdistrict'), ('路','Rd'), ('街','St'), ('巷','Lane'),
          ('弄','Lane'), ('胡同','Hutong'), ('社区','Community'), ('小区','Estate'), ('花园','Garden'), ('公园','Park'), ('小学','Primary School'),
          ('中学','Middle School'), ('幼儿园','Kindergarten'), ('医院','Hospital'), ('超市','Supermarket'),
          ('广场','Plaza'), ('大厦','Building'), ('商场','Mall'), ('菜场','Market'), ('市场','Market'), ('银行','Bank'),
          ('药店','Pharmacy'), ('网格','Grid'), ('桥','Bridge'), ('河','River'), ('新村','Xincun'), ('村','Village')) e(ending, english)
        where right(words, length(e.ending)) = e.ending and length(words) > length(e.ending)
        union all select '', null order by 1 desc, 2 nulls last) e
  cross join lateral (
    select string_agg(word, ' ' order by pair) romanised from (
      select (n - 1) / 2 pair, initcap(string_agg(s, '' order by n)) word
      from unnest(pinyin(left(words, length(words) - length(e.ending)))) with ordinality syllables(s, n)
      group by pair) paired) r
  order by length(e.ending) desc limit 1
$$;

-- Return the group (street or compound) and the number of a building in the text of an address; never a staircase or room.
create function building_of(words text, out group_name text, out number text)
language plpgsql immutable set search_path = public as $$
declare
  digits constant text := '(?:[0-9]+(?:-[0-9]+)?[A-Za-z]?|[一二三四五六七八九十]+)';
  found text[];
begin
  words := btrim(normalize(words, NFKC));
  if words !~ U&'[\4E00-\9FA5]' then
    words := btrim(split_part(words, ',', 1));
    found := array[btrim(regexp_replace(words, '[0-9]+[A-Za-z]?', '')), substring(words from '[0-9]+[A-Za-z]?')];
    if found[1] ~* '^(flat|apartment|apt|room|unit|suite)?$' then
      found := null;
    end if;
  else
    found := regexp_match(words, '^(.*?)(' || digits || '\s*(?:号楼|号院|号|幢|栋|座|弄|#).*)$');
    if found is null then
      found := array[btrim(substring(words from '^[^0-9]*')), null];
    else
      found[2] := substring(found[2] from '^(?:' || digits || '弄)?' || digits || '\s*(?:号楼|号院|号|幢|栋|座|弄|#)?(?:'
                                          || digits || '(?:号楼|幢|栋|座))?');
    end if;
  end if;
  group_name := btrim(found[1], ' ,，');
  number := nullif(regexp_replace(found[2], '\s', '', 'g'), '');
end $$;

-- Return the text of an address from the street or compound on, without the divisions around it.
create function street_part(address text, compound text, building text)
returns text language sql immutable as $$
  select coalesce(nullif(concat(nullif(compound, '无'), nullif(building, '无')), ''),
    regexp_replace(address,
      '^(?:[^0-9\s]{2,8}?(?:省|自治区))?(?:[^0-9\s]{2,6}?市(?:[^0-9\s]{1,6}?[区县])?)?'
      || '(?:[^0-9\s]{1,8}?(?:街道|镇|乡))?(?:[^0-9\s]{1,10}?社区)?', ''))
$$;

-- Return the English form of the name of a building: 12 Gudang Rd, or Gudang Xincun, Bldg 3.
create function english_address(group_name text, english text, number text) returns text
language sql immutable as $$
  select case when group_name !~ U&'[\4E00-\9FA5]' then concat(part[1], ' ', group_name)
              when part[2] in ('号楼','幢','栋','座') then concat(english, ', Bldg ', part[1])
              else concat(part[1], ' ', english, ', Bldg ' || nullif(part[3], '')) end
  from (select regexp_match(translate(replace(number, '十', '10'), '一二三四五六七八九', '123456789'),
                            '^([0-9A-Za-z-]+)(号楼|号院|号|幢|栋|座|弄|#)?([0-9-]*)') part) p
$$;

-- Return the statement that counts the places of premises: their street or compound, their numbered building, and a
-- landmark. `source`: SQL of their rows, each with a `weight` of 1 or -1.
create function places_statement(source text) returns text language sql immutable as $$
  select format($statement$
    with source as materialized (
      select r.id, r.kind, btrim(regexp_replace(r.name, '[0-9-]{7,}', '', 'g')) door_name, r.jurisdiction_id, r.grid_id,
             r.scope_path, r.location, r.weight, concat_ws('|', r.jurisdiction_id, r.scope_path, '') scope, b.number,
             coalesce(nullif(b.group_name, ''), nullif(nullif(r.community, '无'), '')) group_name
      from (%s) r cross join lateral building_of(street_part(r.address, r.compound, r.building)) b
      where r.deleted_at is null),
    building as materialized (
      select scope, group_name, number, min(jurisdiction_id::text)::uuid jurisdiction_id, min(grid_id::text)::uuid grid_id,
             sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
      from source where group_name is not null group by scope, group_name, number),
    street as materialized (
      select g.*, md5(scope || 'group|' || group_name)::uuid id, english_name(group_name) english,
             group_name ~* '(路|街|巷|弄|胡同|道|road|rd\.?|street|st\.?|avenue|ave\.?|lane|drive)$'
               and group_name !~ '街道$' is_street
      from (select scope, group_name, min(jurisdiction_id::text)::uuid jurisdiction_id, min(grid_id::text)::uuid grid_id,
                   sum(weight)::int weight, (array_agg(location order by weight desc))[1] location
            from building group by scope, group_name) g),
    named as (
      select id, jurisdiction_id, grid_id, scope, case when is_street then 'street' else 'compound' end kind,
             group_name label, english, null::jsonb street, null::uuid group_id, null number,
             place_words(group_name, english) words,
             location, weight
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

-- Keep the places of premises that a statement inserted or changed.
create function keep_places() returns trigger language plpgsql set search_path = public as $$
declare
  changed constant text := 'from new_rows n join old_rows o using (id)
    where (n.deleted_at is null, n.jurisdiction_id, n.scope_path, n.kind, n.name, n.community, n.compound, n.building,
           n.address, n.location)
      is distinct from (o.deleted_at is null, o.jurisdiction_id, o.scope_path, o.kind, o.name, o.community, o.compound,
                        o.building, o.address, o.location)';
begin
  execute places_statement(case tg_op
    when 'INSERT' then 'select n.*, 1 weight from new_rows n'
    else format('select n.*, 1 weight %1$s union all select o.*, -1 weight %1$s', changed) end);
  return null;
end $$;
create trigger keep_places_of_new after insert on premises referencing new table as new_rows
  for each statement execute function keep_places();
create trigger keep_places_of_changed after update on premises referencing old table as old_rows new table as new_rows
  for each statement execute function keep_places();

-- Store the place of an area by its present version; an area without one has no place.
create function store_place_of_area(stored uuid) returns void language plpgsql set search_path = public as $$
begin
  insert into named_place (id, jurisdiction_id, grid_id, scope_path, kind, name, words, location, source_count)
  select v.area_id, v.jurisdiction_id, case when v.level = 'grid' then v.area_id end, v.path,
         case when v.level = 'grid' then 'grid' else 'area' end,
         jsonb_build_object('zh', v.name ->> 'zh', 'en', coalesce(v.name ->> 'en', english_name(v.name ->> 'zh'))),
         place_words(coalesce(v.name ->> 'zh', ''), v.name ->> 'en', v.code),
         ST_PointOnSurface(v.geom), 1
  from area_version v where v.area_id = stored and upper_inf(v.valid)
  order by lower(v.valid) desc limit 1
  on conflict (id) do update set
    (scope_path, name, words, location, source_count)
      = row(excluded.scope_path, excluded.name, excluded.words, excluded.location, 1);
  if not found then
    update named_place set source_count = 0 where id = stored and source_count > 0;
  end if;
end $$;

create function keep_place_of_area() returns trigger language plpgsql set search_path = public as $$
begin
  perform store_place_of_area(new.area_id);
  return null;
end $$;
create trigger keep_place after insert or update on area_version for each row execute function keep_place_of_area();

-- Return the nearest place to a point within 200 m: an address or landmark, or (`is_public`) a street or landmark.
create function nearest_place(point geometry, is_public boolean) returns jsonb
language plpgsql stable set search_path = public as $$
declare
  area geometry;
  result jsonb;
begin
  if point is null then
    return null;
  end if;
  area := ST_Expand(point, 200 / (111320 * greatest(cos(radians(ST_Y(point))), 0.01)), 200 / 110540.0);
  if is_public then
    select jsonb_build_object('kind', case when p.kind = 'landmark' then 'landmark' else 'street' end,
                              'name', coalesce(p.street, p.name), 'distance_m', round(p.distance_m)) into result
    from (select k.*, ST_Distance(k.location::geography, point::geography) distance_m
          from (select kind, street, name, location from named_place
                where (kind = 'landmark' or street is not null) and source_count > 0 and location && area
                order by location <-> point limit 8) k) p
    where p.distance_m <= 200 order by p.distance_m, p.kind <> 'landmark' limit 1;
  else
    select jsonb_build_object('kind', p.kind, 'name', p.name, 'distance_m', round(p.distance_m)) into result
    from (select k.*, ST_Distance(k.location::geography, point::geography) distance_m
          from (select kind, name, location from named_place
                where kind in ('address','landmark') and source_count > 0 and location && area
                order by location <-> point limit 8) k) p
    where p.distance_m <= 200 order by p.distance_m, p.kind <> 'landmark' limit 1;
  end if;
  return result;
end $$;

-- The place of a case in words. `place` may name a number, and is for people who may read addresses.
alter table incident add column place jsonb;
alter table incident add column public_place jsonb;
create function name_place() returns trigger language plpgsql set search_path = public as $$
begin
  new.place := nearest_place(new.location, false);
  new.public_place := nearest_place(new.location, true);
  return new;
end $$;
create trigger name_place before insert or update of location on incident for each row execute function name_place();
