-- Erasure: persons are erased in every copy that the database has. Insert-only tables allow blacking out and
-- nothing else.

-- Return True if the new text is the old one with some characters replaced by a black square.
create function is_blacked_out(became text, was text) returns boolean language sql immutable as $$
  select became is not distinct from was or length(became) = length(was) and not exists (
    select from string_to_table(became, null) with ordinality b(c, n)
    join string_to_table(was, null) with ordinality w(c, n) using (n)
    where b.c <> w.c and b.c <> '█')
$$;

-- Return True if a change of a row only blacks out characters of these columns.
create function only_blacked_out(became jsonb, was jsonb, columns text[]) returns boolean language sql immutable as $$
  select became <> was and became - columns = was - columns and not exists (
    select from unnest(columns) c where not is_blacked_out((became -> c)::text, (was -> c)::text))
$$;

-- Replace each mark in a text by black squares. A number is found in any grouping; Latin marks count as whole
-- words, in any case.
create function black_out(said text, marks text[]) returns text language plpgsql immutable as $$
declare
  mark text;
  pattern text;
  found text;
begin
  foreach mark in array marks loop
    -- A number is found however it is grouped, and in digits of full width.
    if mark ~ '^[0-9]+$' then
      pattern := (select string_agg('[' || c || chr(65296 + cast(c as int)) || ']', '[- ()－（）　]{0,2}' order by n)
                  from string_to_table(mark, null) with ordinality d(c, n));
      loop
        found := substring(said from pattern);
        exit when found is null;
        said := replace(said, found, repeat('█', length(found)));
      end loop;
      continue;
    end if;
    said := regexp_replace(said,
      case when mark ~ '^[a-zA-Z]' then '(?<![a-zA-Z])' else '' end
        || regexp_replace(mark, '([^\w\s])', '\\\1', 'g')
        || case when mark ~ '[a-zA-Z]$' then '(?![a-zA-Z])' else '' end,
      repeat('█', length(mark)), 'gi');
  end loop;
  return said;
end $$;

-- Replace each mark in the texts of a JSON value by black squares.
create function black_out(said jsonb, marks text[]) returns jsonb language sql immutable as $$
  select case jsonb_typeof(said)
    when 'string' then case when said #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then said
                            else to_jsonb(black_out(said #>> '{}', marks)) end
    when 'array' then (select coalesce(jsonb_agg(black_out(e.value, marks) order by e.n), '[]')
                       from jsonb_array_elements(said) with ordinality e(value, n))
    when 'object' then (select coalesce(jsonb_object_agg(e.key, black_out(e.value, marks)), '{}') from jsonb_each(said) e)
    else said end
$$;

-- Return the marks by which a person can be recognised in texts: the name, its parts, the number. The longest
-- comes first.
create function marks_of(variadic said text[]) returns text[] language sql immutable as $$
  with digits as (
    select regexp_replace(x, '[^0-9]', '', 'g') number from unnest(said) x where x ~ '^[-+() 0-9]+$'),
  parts as (
    select btrim(part) mark from unnest(said) x, regexp_split_to_table(x, '["\\]+') part
    union select word from unnest(said) x, regexp_split_to_table(x, '["\\\s]+') word where x !~ '^[-+() 0-9]+$'
    union select number from digits
    -- Without the code of the country.
    union select right(number, 11) from digits)
  select coalesce(array_agg(mark order by length(mark) desc, mark), '{}') from parts
  where length(mark) >= case when mark ~ '[0-9]$' then 5 else 2 end
$$;

-- Refuse changes of an insert-only table other than blacking out characters of the columns in the trigger's
-- arguments.
create function refuse_change_but_blacking_out() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and only_blacked_out(to_jsonb(new), to_jsonb(old), tg_argv) then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Refuse changes of a report other than erasing its words and attributes, and blacking out an erased person.
create function refuse_change_but_erasing_words() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and (only_blacked_out(to_jsonb(new), to_jsonb(old), '{words,attributes}')
      or new.words = '' and new.attributes = '{}' and (old.words <> '' or old.attributes <> '{}')
         and to_jsonb(new) - 'words' - 'attributes' = to_jsonb(old) - 'words' - 'attributes') then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Refuse changes of an event other than blanking its place when its time is over, and blacking out an erased
-- person.
create function refuse_change_but_blanking() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and old.location is not null and new.location is null and new.accuracy_m is null
     and to_jsonb(new) - 'location' - 'accuracy_m' = to_jsonb(old) - 'location' - 'accuracy_m' then
    return new;
  end if;
  if tg_op = 'UPDATE' and only_blacked_out(to_jsonb(new), to_jsonb(old), '{note,detail}') then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Erase a reporter in all copies. Words of the reporter go as a whole; words of others about the case keep all
-- but the reporter's name and number.
create function forget_reporter() returns trigger language plpgsql security definer set search_path = public as $$
declare
  marks text[] := marks_of(old.name, old.phone);
  said uuid[] := array(select id from report where reporter_id = old.id);
  cases uuid[] := array(select incident_id from report where reporter_id = old.id);
begin
  -- The reason of a link or a merge is in the history of both cases.
  cases := cases || array(
    select other_id from incident_link where incident_id = any(cases)
    union select incident_id from incident_link where other_id = any(cases)
    union select merged_into from incident where id = any(cases) and merged_into is not null
    union select id from incident where merged_into = any(cases));
  update report set words = '', attributes = '{}' where reporter_id = old.id and (words <> '' or attributes <> '{}');
  update sync_dead_letter set operation = operation - 'patch' - 'base', explanation = '{}' where row_id = any(said);
  if marks <> '{}' then
    update report set words = black_out(words, marks), attributes = black_out(attributes, marks)
    where incident_id = any(cases)
      and (words, attributes) is distinct from (black_out(words, marks), black_out(attributes, marks));
    update incident_event set note = black_out(note, marks), detail = black_out(detail, marks)
    where incident_id = any(cases) and (note, detail) is distinct from (black_out(note, marks), black_out(detail, marks));
    update incident_note set words = black_out(words, marks)
    where incident_id = any(cases) and words <> black_out(words, marks);
    update offer set reason = black_out(reason, marks)
    where incident_id = any(cases) and reason <> black_out(reason, marks);
    update incident_link set reason = black_out(reason, marks), unlink_reason = black_out(unlink_reason, marks)
    where (incident_id = any(cases) or other_id = any(cases))
      and (reason, unlink_reason) is distinct from (black_out(reason, marks), black_out(unlink_reason, marks));
    update audit_event set purpose = black_out(purpose, marks), detail = black_out(detail, marks)
    where (entity = 'reporter' and entity_id = old.id or entity = 'incident' and entity_id = any(cases))
      and (purpose, detail) is distinct from (black_out(purpose, marks), black_out(detail, marks));
    update sync_dead_letter set operation = black_out(operation, marks), explanation = black_out(explanation, marks),
                                note = black_out(note, marks)
    where row_id = any(cases || array(select id from assignment where incident_id = any(cases)))
      and (operation, explanation, note)
          is distinct from (black_out(operation, marks), black_out(explanation, marks), black_out(note, marks));
  end if;
  return null;
end $$;
revoke execute on function forget_reporter from public;

-- Black out the name and number of an erased resident in the audit trail.
create function forget_resident_in_trail() returns trigger
language plpgsql security definer set search_path = public as $$
declare
  marks text[] := marks_of(old.name, old.phone);
begin
  update audit_event set purpose = black_out(purpose, marks), detail = black_out(detail, marks)
  where entity = 'resident' and entity_id = old.id and marks <> '{}'
    and (purpose, detail) is distinct from (black_out(purpose, marks), black_out(detail, marks));
  return null;
end $$;
revoke execute on function forget_resident_in_trail from public;

-- Erase a resident in the stored operations of phones: operations on the resident, the household and its visits.
create function forget_in_dead_letters() returns trigger
language plpgsql security definer set search_path = public as $$
begin
  update sync_dead_letter
  set operation = operation - 'patch' - 'base', explanation = '{}'
  where row_id in (new.id, new.household_id)
     or row_id in (select id from care_tag where resident_id = new.id)
     or row_id in (select id from consent where resident_id = new.id)
     or row_id in (select id from visit where household_id = new.household_id)
     or operation #>> '{patch,resident_id}' = cast(new.id as text)
     or operation #>> '{patch,household_id}' = cast(new.household_id as text);
  return null;
end $$;
revoke execute on function forget_in_dead_letters from public;
