-- Changes: the change log, earlier states of facts, snapshots that survive a crash, and repeated requests.

-- The change log of synchronisation: which row came to a bucket (P) or left it (R), and in which transaction.
create table change_log (
  seq bigint generated always as identity,
  xid xid8 default pg_current_xact_id() not null,
  bucket text not null,
  entity text not null,
  row_id uuid not null,
  op text not null,
  at timestamptz default clock_timestamp() not null,
  constraint pk_change_log primary key (seq),
  constraint ck_change_log_op check (op in ('P','R'))
);
create index ix_change_log_bucket_xid_seq on change_log (bucket, xid, seq);
create index ix_change_log_xid on change_log (xid);
grant delete on change_log to gridward_job;

-- The period in which transaction ids can be compared.
create table sync_epoch (
  only_row boolean default true not null,
  epoch uuid not null,
  started_at timestamptz default clock_timestamp() not null,
  pruned_below xid8 default '0' not null,
  constraint pk_sync_epoch primary key (only_row),
  constraint ck_sync_epoch_only_row check (only_row)
);

insert into sync_epoch (epoch) values (gen_random_uuid());

-- A mark that shows whether the database has recovered from a crash since a cursor was issued. PostgreSQL
-- empties this unlogged table at each recovery; the first change of the log afterwards inserts a row.
create unlogged table recovery_mark (
  life text default left(gen_random_uuid()::text, 8) not null,
  first_xid xid8 not null,
  constraint pk_recovery_mark primary key (life)
);
revoke update on recovery_mark from gridward_app, gridward_job;

-- Insert a mark with the first change after a recovery, with the lowest transaction number that may be in use by
-- then. Several transactions may be first at once: each inserts a mark, so that none waits.
create function mark_recovery() returns trigger language plpgsql as $$
begin
  if not exists (select from recovery_mark) then
    insert into recovery_mark (first_xid)
    values (least(pg_snapshot_xmin(pg_current_snapshot()), pg_current_xact_id()));
  end if;
  return null;
end $$;

-- Return the current snapshot, cut off so that it stays right when PostgreSQL recovers from a crash.
-- A snapshot says of each transaction number below its xmax, but for those that it lists as running: finished,
-- and seen. That is true only until a crash. The number of a transaction that rolled back is on disk no sooner
-- than the next flush of the log, and recovery continues after the highest number that it finds there. So the
-- number is given again, to a transaction that commits, and a reader who asks for changes after the snapshot
-- never gets its changes.
-- What is visible in the change log was flushed before it became visible. So a snapshot that is cut off behind
-- the newest visible change has no number that can come again. It misses nothing, because nothing beyond is
-- visible. No reader has to write or to wait, and it holds for all processes, for numbers of savepoints and for
-- those of other databases.
-- The newest change is looked up between the running transactions, from the youngest gap down. Else each reader
-- would walk over all rows that a large transaction has written and not yet committed.
create function durable_snapshot() returns pg_snapshot language plpgsql stable parallel restricted as $$
declare
  seen pg_snapshot := pg_current_snapshot();
  newest xid8;
  bound xid8;
begin
  if pg_is_in_recovery() then
    raise read_only_sql_transaction
      using message = 'a standby does not know which transactions run: ask the primary for a snapshot';
  end if;
  select c.xid into newest
  from (
    select b.upper, coalesce(lead(b.upper) over (order by b.upper desc), '0') lower
    from (
      select pg_snapshot_xip(seen) upper
      union all select pg_snapshot_xmax(seen)
      union all select own from pg_current_xact_id_if_assigned() own where own is not null) b) gap
  cross join lateral (
    select l.xid from change_log l where l.xid > gap.lower and l.xid < gap.upper order by l.xid desc limit 1) c
  where gap.upper <= pg_snapshot_xmax(seen)
  order by gap.upper desc limit 1;
  -- 3 is the first number that any transaction gets.
  bound := coalesce((newest::text::bigint + 1)::text::xid8, '3');
  return format('%s:%s:%s', least(pg_snapshot_xmin(seen), bound), bound, array_to_string(array(
    select running from pg_snapshot_xip(seen) running where running < bound order by running), ','))::pg_snapshot;
end $$;

-- Return True if a snapshot that was issued while `life` was the mark is still in the past of this database. A
-- crash does not change that: what the snapshot names was on disk. But commits are lost where a standby without
-- all of them takes over, or where an older copy of the disk is used; snapshots of those days then reach beyond
-- the number with which this life began. `life` is null in cursors from before there were marks.
create function is_past_snapshot(last pg_snapshot, life text) returns boolean
language sql stable parallel restricted as $$
  select case when life is null then pg_snapshot_xmax(last) <= pg_snapshot_xmax(pg_current_snapshot())
    else pg_snapshot_xmax(last) <= pg_snapshot_xmax(durable_snapshot())
      and (exists (select from recovery_mark m where m.life = is_past_snapshot.life)
           or pg_snapshot_xmax(last) <= all (select m.first_xid from recovery_mark m)) end
$$;

-- Write changes of a row to the change log.
-- Arguments of the trigger: the entity, the name of the id column, then pairs of bucket kind and column. A row
-- that leaves a bucket writes R there; a row that stays or comes writes P. The column `-` stands for one bucket
-- of this name for all rows. A kind that ends with `?` counts only if no kind before it had a value.
create function log_change() returns trigger language plpgsql as $$
declare
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  id uuid := coalesce(new_row, old_row) ->> tg_argv[1];
  gone boolean := new_row is null or new_row ->> 'deleted_at' is not null;
  i int := 2;
  was text;
  is_now text;
  stood boolean := false;
  stands boolean := false;
  kind text;
begin
  while i < tg_nargs loop
    if tg_argv[i + 1] = '-' then
      insert into change_log (bucket, entity, row_id, op)
      values (tg_argv[i], tg_argv[0], id, case when gone then 'R' else 'P' end);
    else
      was := old_row ->> tg_argv[i + 1];
      is_now := new_row ->> tg_argv[i + 1];
      kind := rtrim(tg_argv[i], '?');
      if kind <> tg_argv[i] then
        was := case when not stood then was end;
        is_now := case when not stands then is_now end;
      end if;
      stood := stood or was is not null;
      stands := stands or is_now is not null;
      if was is not null and was is distinct from is_now then
        insert into change_log (bucket, entity, row_id, op) values (kind || ':' || was, tg_argv[0], id, 'R');
      end if;
      if is_now is not null then
        insert into change_log (bucket, entity, row_id, op)
        values (kind || ':' || is_now, tg_argv[0], id, case when gone then 'R' else 'P' end);
      end if;
    end if;
    i := i + 2;
  end loop;
  return null;
end $$;

-- Return a stored state without the fields that an erasure blanks.
create function blanked(entity text, was jsonb) returns jsonb language sql immutable as $$
  select case entity
    when 'resident' then was || '{"name": null, "phone": null, "registered_at": null, "birth_year": null}'
    when 'care_tag' then was || '{"kind": "erased", "purpose": ""}'
    when 'consent' then was || '{"purpose": ""}'
    else was end
$$;

-- Refuse changes of `fact_history` other than the blanking of an erased person. `erase_history` is the only way
-- to that for requests and jobs, who have no right to update the table.
create function refuse_change_but_erasure() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'UPDATE' and new.row <> old.row and new.row = blanked(old.entity, old.row)
     and to_jsonb(new) - 'row' = to_jsonb(old) - 'row' then
    return new;
  end if;
  raise exception '% is insert only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Earlier states of rows that change in place and that figures may count.
create table fact_history (
  seq bigint generated always as identity,
  entity text not null,
  row_id uuid not null,
  version bigint not null,
  row jsonb not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_fact_history primary key (seq)
);
create index ix_fact_history_entity_row_id_version on fact_history (entity, row_id, version);
revoke update on fact_history from gridward_app, gridward_job;
create trigger refuse_change before delete or update on fact_history for each row
  execute function refuse_change_but_erasure();

-- Store the new state of a row in `fact_history`, without secrets.
create function keep_history() returns trigger language plpgsql as $$
begin
  insert into fact_history (entity, row_id, version, row, occurred_at)
  values (tg_argv[0], new.id, new.version, to_jsonb(new) - 'password_hash',
          coalesce(nullif(current_setting('app.now', true), ''), clock_timestamp()::text)::timestamptz);
  return null;
end $$;

-- Blank an erased person in all stored states of these rows. Return the number of changed states.
create function erase_history(of_entity text, row_ids uuid[]) returns int
language plpgsql security definer set search_path = public as $$
declare
  erased int;
begin
  update fact_history h set row = blanked(h.entity, h.row)
  where h.entity = of_entity and h.row_id = any(row_ids) and h.row <> blanked(h.entity, h.row);
  get diagnostics erased = row_count;
  return erased;
end $$;
revoke execute on function erase_history from public;
grant execute on function erase_history to gridward_app, gridward_job;

-- Return the id of the row that an operation is about, so that an erasure finds its operations by an index. A
-- key of the header is stored as `METHOD /path key`, and the first id in the path is that of the row; other keys
-- are ids of new rows. Reports name their case, operations of phones their row, and bulk actions have the case
-- in the key.
create function operation_about(key text, route text, result jsonb) returns text
language sql immutable parallel safe as $$
  select case route when 'incidents' then result ->> 'incident_id' when 'sync' then result ->> 'id'
              when 'incidents.bulk' then result ->> 'incident_id'
              else pg_catalog.substring(pg_catalog.lower(key),
                '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}') end
$$;

-- An applied operation, stored in the same transaction as its effect.
create table applied_op (
  principal text not null,
  key text not null,
  route text not null,
  digest bytea not null,
  result jsonb,
  applied_at timestamptz not null,
  constraint pk_applied_op primary key (principal, key)
);
create index ix_applied_op_about on applied_op (operation_about(key, route, result));
grant delete on applied_op to gridward_job;

create trigger mark_recovery before insert on change_log for each statement execute function mark_recovery();
