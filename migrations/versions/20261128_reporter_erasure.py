"""A reporter is erased in every copy that the database has, and a resident in the audit trail too."""

import sqlalchemy as sa
from alembic import op

revision = "0075_reporter_erasure"
down_revision = "0067_conduct"

# A row that is otherwise insert-only may be blacked out: characters of some columns become █, and nothing else changes.
# Marks are what somebody is known by: name, parts of it, number. Latin ones count as whole words, in any case.
BLACKING_OUT = r"""
create function is_blacked_out(became text, was text) returns boolean language sql immutable as $$
  select became is not distinct from was or length(became) = length(was) and not exists (
    select from string_to_table(became, null) with ordinality b(c, n)
    join string_to_table(was, null) with ordinality w(c, n) using (n)
    where b.c <> w.c and b.c <> '█')
$$;
create function only_blacked_out(became jsonb, was jsonb, columns text[]) returns boolean language sql immutable as $$
  select became <> was and became - columns = was - columns and not exists (
    select from unnest(columns) c where not is_blacked_out((became -> c)::text, (was -> c)::text))
$$;
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
create function black_out(said jsonb, marks text[]) returns jsonb language sql immutable as $$
  select case jsonb_typeof(said)
    when 'string' then case when said #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then said
                            else to_jsonb(black_out(said #>> '{}', marks)) end
    when 'array' then (select coalesce(jsonb_agg(black_out(e.value, marks) order by e.n), '[]')
                       from jsonb_array_elements(said) with ordinality e(value, n))
    when 'object' then (select coalesce(jsonb_object_agg(e.key, black_out(e.value, marks)), '{}') from jsonb_each(said) e)
    else said end
$$;
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
"""

TRIGGERS = """
create function refuse_change_but_blacking_out() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and only_blacked_out(to_jsonb(new), to_jsonb(old), tg_argv) then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
create function refuse_change_but_erasing_words() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and (only_blacked_out(to_jsonb(new), to_jsonb(old), '{words,attributes}')
      or new.words = '' and new.attributes = '{}' and (old.words <> '' or old.attributes <> '{}')
         and to_jsonb(new) - 'words' - 'attributes' = to_jsonb(old) - 'words' - 'attributes') then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
create or replace function refuse_change_but_blanking() returns trigger language plpgsql set search_path = public as $$
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
drop trigger refuse_change on report;
create trigger refuse_change before update or delete on report for each row execute function refuse_change_but_erasing_words();
drop trigger refuse_change on incident_note;
create trigger refuse_change before update or delete on incident_note
  for each row execute function refuse_change_but_blacking_out('words');
drop trigger log_change on incident_note;
create trigger log_change after insert or update on incident_note for each row
  execute function log_note_to_holders('incident_note', 'id', 'holders', '-');
drop trigger refuse_change on audit_event;
create trigger refuse_change before update or delete on audit_event
  for each row execute function refuse_change_but_blacking_out('purpose', 'detail');
"""

# What was said by the reporter goes as a whole; where others named the reporter, in words about the case, the name and the
# number are blacked out.
FORGET = """
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
create trigger forget_reporter after update of erased_at on reporter
  for each row when (new.erased_at is not null and old.erased_at is null) execute function forget_reporter();
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
create trigger forget_in_trail after update of erased_at on resident
  for each row when (new.erased_at is not null and old.erased_at is null) execute function forget_resident_in_trail();
"""

BACK = """
drop trigger forget_reporter on reporter;
drop trigger forget_in_trail on resident;
drop function forget_reporter, forget_resident_in_trail;
drop trigger refuse_change on report;
create trigger refuse_change before update or delete on report for each row execute function refuse_change();
drop trigger refuse_change on incident_note;
create trigger refuse_change before update or delete on incident_note for each row execute function refuse_change();
drop trigger log_change on incident_note;
create trigger log_change after insert on incident_note for each row
  execute function log_note_to_holders('incident_note', 'id', 'holders', '-');
drop trigger refuse_change on audit_event;
create trigger refuse_change before update or delete on audit_event for each row execute function refuse_change();
create or replace function refuse_change_but_blanking() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and old.location is not null and new.location is null and new.accuracy_m is null
     and to_jsonb(new) - 'location' - 'accuracy_m' = to_jsonb(old) - 'location' - 'accuracy_m' then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop function refuse_change_but_blacking_out, refuse_change_but_erasing_words, only_blacked_out, is_blacked_out,
  black_out(text, text[]), black_out(jsonb, text[]), marks_of;
"""


def upgrade() -> None:
    op.add_column("reporter", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for part in (BLACKING_OUT, TRIGGERS, FORGET):
        op.execute(part)
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_reporter_phone")
        op.execute("create index concurrently ix_reporter_phone on reporter (phone) where phone is not null")
        op.execute("drop index concurrently if exists ix_reporter_kept")
        op.execute(
            "create index concurrently ix_reporter_kept on reporter (id) where erased_at is null and account_id is null"
        )
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    op.drop_index("ix_reporter_kept", "reporter")
    op.drop_index("ix_reporter_phone", "reporter")
    op.execute(BACK)
    op.drop_column("reporter", "erased_at")
