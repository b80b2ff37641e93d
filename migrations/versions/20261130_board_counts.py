"""Numbers of open cases by area and by what boards show, so that the board of a whole city reads no cases.

A trigger of `open_case` adds a row for what a change takes away and one for what it adds. A job adds these rows up.
"""

from alembic import op

revision = "0122_board_counts"
down_revision = "0121_handling_limit"

_COLUMNS = (
    "scope_path, status, attempt, waiting_reason, owner_unit_id, is_urgent, is_waiting, is_supervised, "
    "is_extension_asked, is_escalated, due_at, warned_until, stage_due_at, verify_due_at"
)
_COUNTED = "open, late, urgent, waiting, warned, stage_late, verify_late, escalated, supervised, extension"

TABLE = """
-- What changes of open cases add to the numbers and take from them (`n` is 1 or -1). Rows are only added, so writers never
-- wait for each other; a job adds them up and deletes them. Cases about a person or unit are not counted.
create table open_case_change (
  id bigint generated always as identity,
  n int not null,
  scope_path ltree,
  status text not null,
  attempt text,
  waiting_reason text,
  owner_unit_id uuid,
  is_urgent boolean not null,
  is_waiting boolean not null,
  is_supervised boolean not null,
  is_extension_asked boolean not null,
  is_escalated boolean not null,
  due_at timestamptz,
  warned_until timestamptz,
  stage_due_at timestamptz,
  verify_due_at timestamptz,
  constraint pk_open_case_change primary key (id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
revoke insert, update on open_case_change from gridward_app, gridward_job;

-- Numbers of open cases of an area (`level`: length of its path, 1 to 3), by one property (`dimension`) and its value.
-- Whether a case is late, warned, and so on, is that of the instant `counted_at` of the only row of level 0. The
-- numbers and the rows of `open_case_change` together are the open cases at that instant.
create table open_case_count (
  id bigint generated always as identity,
  level int not null,
  scope_path ltree,
  dimension text not null,
  value text,
  open int default 0 not null,
  late int default 0 not null,
  urgent int default 0 not null,
  waiting int default 0 not null,
  warned int default 0 not null,
  stage_late int default 0 not null,
  verify_late int default 0 not null,
  escalated int default 0 not null,
  supervised int default 0 not null,
  extension int default 0 not null,
  counted_at timestamptz,
  constraint pk_open_case_count primary key (id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500);
create unique index uq_open_case_count_level_scope_path_dimension_value
  on open_case_count (level, scope_path, dimension, value) nulls not distinct;
create index ix_open_case_count_scope_path on open_case_count using gist (scope_path);
revoke insert, update on open_case_count from gridward_app, gridward_job;

"""

# To find the cases that an instant has made late, warned no more, and so on, since numbers were counted.
INDEXES = {
    "ix_open_case_due_at": "(due_at)",
    "ix_open_case_warned_until": "(warned_until) where warned_until is not null",
    "ix_open_case_stage_due_at": "(stage_due_at) where stage_due_at is not null",
    "ix_open_case_verify_due_at": "(verify_due_at) where verify_due_at is not null",
    "ix_open_case_about_id": "(about_id) where about_kind is not null",
}

# The marks of a case `i` at an instant, as in `app/incidents/cases/queries/board_counts.py`.
_MARKS = """(coalesce(i.status not in ('deferred', 'on_books', 'fed_back', 'checking') and i.due_at < {at}, false)::int
    | (i.is_urgent::int << 1) | (i.is_waiting::int << 2)
    | (coalesce(i.warned_until >= {at}, false)::int << 3) | (coalesce(i.stage_due_at < {at}, false)::int << 4)
    | (coalesce(i.verify_due_at < {at}, false)::int << 5) | (i.is_escalated::int << 6)
    | (i.is_supervised::int << 7) | (i.is_extension_asked::int << 8))"""
_IS_BETWEEN = """(i.due_at >= least({a}, {b}) and i.due_at < greatest({a}, {b})
    or i.warned_until >= least({a}, {b}) and i.warned_until < greatest({a}, {b})
    or i.stage_due_at >= least({a}, {b}) and i.stage_due_at < greatest({a}, {b})
    or i.verify_due_at >= least({a}, {b}) and i.verify_due_at < greatest({a}, {b}))"""
_ALIKE = "i.scope_path, i.status, i.attempt, i.waiting_reason, i.owner_unit_id"


def _numbers(cases: str) -> str:
    """Return a select of the numbers of cases by key; `cases` has the columns of `_ALIKE`, `marks` and `n`."""
    marked = ", ".join(
        f"coalesce(sum(k.n) filter (where k.marks & {1 << place} <> 0), 0)::int {name}"  # names of columns
        for place, name in enumerate(_COUNTED.split(", ")[1:])
    )
    return f"""
      select l.level::int, subpath(k.scope_path, 0, l.level) scope_path, d.dimension, d.value, sum(k.n)::int open, {marked}
      from (select scope_path, status, attempt, waiting_reason, owner_unit_id, marks, sum(n) n from ({cases}) c
            group by 1, 2, 3, 4, 5, 6 having sum(n) <> 0) k
        cross join generate_series(1, 3) l(level)
        cross join lateral (values ('all', null), ('status', k.status), ('waiting_reason', k.waiting_reason),
          ('unit', k.owner_unit_id::text), ('attempt', k.attempt)) d(dimension, value)
      group by 1, 2, 3, 4"""


def _row(columns: str, of: str) -> str:
    return ", ".join(f"{of}.{name.strip()}" for name in columns.split(","))


_ADDED = f"""insert into open_case_count as c (level, scope_path, dimension, value, {_COUNTED})
    {{numbers}}
    on conflict (level, scope_path, dimension, value) do update set
      {", ".join(f"{name} = c.{name} + excluded.{name}" for name in _COUNTED.split(", "))}"""
_IS_SOME = " or ".join(f"sum({name}) <> 0" for name in _COUNTED.split(", "))
_IS_NONE = " and ".join(f"{name} = 0" for name in _COUNTED.split(", "))
_MARKS_THEN = _MARKS.replace("{at}", "counted")
_BETWEEN = _IS_BETWEEN.replace("{a}", "counted").replace("{b}", "at")

FUNCTIONS = f"""
create function count_open_case() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into open_case_change (n, {_COLUMNS}) values (1, {_row(_COLUMNS, "new")});
  elsif tg_op = 'DELETE' then
    insert into open_case_change (n, {_COLUMNS}) values (-1, {_row(_COLUMNS, "old")});
  elsif old.about_kind is not null then
    insert into open_case_change (n, {_COLUMNS}) values (1, {_row(_COLUMNS, "new")});
  elsif new.about_kind is not null then
    insert into open_case_change (n, {_COLUMNS}) values (-1, {_row(_COLUMNS, "old")});
  else
    insert into open_case_change (n, {_COLUMNS}) values (-1, {_row(_COLUMNS, "old")}), (1, {
    _row(_COLUMNS, "new")
});
  end if;
  return null;
end $$;

-- Forget all numbers. Boards count the cases themselves until the job has counted anew.
create function forget_open_case_counts() returns trigger language plpgsql as $$
begin
  delete from open_case_change;
  delete from open_case_count;
  return null;
end $$;

-- Return what has to be added to the stored numbers, so that they are those of the open cases. No row: all are right.
create function open_case_count_differences()
returns table (level int, scope_path ltree, dimension text, value text, {_COUNTED.replace(",", " int,")} int)
language plpgsql stable set search_path = public as $$
#variable_conflict use_column
declare
  counted timestamptz := (select counted_at from open_case_count where level = 0);
begin
  return query select level, scope_path, dimension, value, {
    ", ".join(f"sum({n})::int" for n in _COUNTED.split(", "))
}
  from (
    {
    _numbers(
        f"select {_ALIKE}, {_MARKS_THEN} marks, 1 n from open_case i where i.about_kind is null "
        f"union all select {_ALIKE}, {_MARKS_THEN}, -i.n from open_case_change i"
    )
}
    union all
    select level, scope_path, dimension, value, {", ".join(f"-{n}" for n in _COUNTED.split(", "))}
    from open_case_count where level > 0) c
  group by 1, 2, 3, 4 having {_IS_SOME};
end $$;

-- Add what is missing in the stored numbers, and return the number of keys that differed. For the cases of a database
-- before these tables, and for rows that were stored while triggers were off. Reads and writes go on meanwhile.
create function recount_open_cases() returns bigint
language plpgsql security definer set search_path = public as $$
declare
  added bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('open_case_count', 0));
  insert into open_case_count (level, dimension, counted_at) values (0, 'all', now()) on conflict do nothing;
  {
    _ADDED.replace(
        "{numbers}",
        f"select level, scope_path, dimension, value, {_COUNTED} from open_case_count_differences() d",
    )
};
  get diagnostics added = row_count;
  return added;
end $$;

-- Add up to `most` changes to the numbers, then make them those of the instant `at`. Return the number of changes. Two
-- calls wait for each other. Each statement reads one snapshot, in which numbers and changes are the open cases.
create function fold_open_case_changes(at timestamptz, most int) returns bigint
language plpgsql security definer set search_path = public as $$
declare
  counted timestamptz;
  folded bigint;
  ids bigint[];
  moved bigint[];
begin
  perform pg_advisory_xact_lock(hashtextextended('open_case_count', 0));
  counted := (select counted_at from open_case_count where level = 0);
  if counted is null then
    return recount_open_cases();
  end if;
  with change as (
    delete from open_case_change where id in (select id from open_case_change order by id limit most) returning *),
  added as (
    {_ADDED.replace("{numbers}", _numbers(f"select {_ALIKE}, {_MARKS_THEN} marks, i.n from change i"))}
    returning c.id)
  select (select count(*) from change), (select array_agg(id) from added) into folded, ids;
  with added as (
    {
    _ADDED.replace(
        "{numbers}",
        _numbers(
            " union all ".join(
                f"select {_ALIKE}, {_MARKS.replace('{at}', instant)} marks, {n} n from {table} i where {condition}{_BETWEEN}"
                for table, condition, now, then in (
                    ("open_case", "i.about_kind is null and ", "1", "-1"),
                    ("open_case_change", "", "-i.n", "i.n"),
                )
                for instant, n in (("at", now), ("counted", then))
            )
        ),
    )
}
    returning c.id)
  select array_agg(id) from added into moved;
  update open_case_count set counted_at = at where level = 0;
  delete from open_case_count where id = any(ids || moved) and {_IS_NONE};
  return folded;
end $$;
"""

# The lock of the triggers keeps writers out until all is counted.
TRIGGERS = """
create trigger count_open_case after insert on open_case for each row when (new.about_kind is null)
  execute function count_open_case();
create trigger count_ended_case after delete on open_case for each row when (old.about_kind is null)
  execute function count_open_case();
create trigger count_changed_case after update on open_case for each row
  when ((old.about_kind is null or new.about_kind is null)
  and (old.about_kind is distinct from new.about_kind or old.scope_path::text is distinct from new.scope_path::text
  or old.status is distinct from new.status or old.attempt is distinct from new.attempt
  or old.waiting_reason is distinct from new.waiting_reason or old.owner_unit_id is distinct from new.owner_unit_id
  or old.is_urgent is distinct from new.is_urgent or old.is_waiting is distinct from new.is_waiting
  or old.is_supervised is distinct from new.is_supervised
  or old.is_extension_asked is distinct from new.is_extension_asked
  or old.is_escalated is distinct from new.is_escalated or old.due_at is distinct from new.due_at
  or old.warned_until is distinct from new.warned_until or old.stage_due_at is distinct from new.stage_due_at
  or old.verify_due_at is distinct from new.verify_due_at))
  execute function count_open_case();
create trigger forget_open_case_counts after truncate on open_case for each statement
  execute function forget_open_case_counts();
select recount_open_cases();
"""

DROPPED = """
drop trigger forget_open_case_counts on open_case;
drop trigger count_changed_case on open_case;
drop trigger count_ended_case on open_case;
drop trigger count_open_case on open_case;
drop function fold_open_case_changes(timestamptz, int);
drop function recount_open_cases();
drop function open_case_count_differences();
drop function forget_open_case_counts();
drop function count_open_case();
drop index ix_open_case_about_id;
drop index ix_open_case_verify_due_at;
drop index ix_open_case_stage_due_at;
drop index ix_open_case_warned_until;
drop index ix_open_case_due_at;
drop table open_case_count;
drop table open_case_change;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLE)
    run(FUNCTIONS)
    run(TRIGGERS)
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f"create index concurrently if not exists {name} on open_case {columns}")


def downgrade() -> None:
    run(DROPPED)
