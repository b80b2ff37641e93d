-- Workforce: workers, responsibility, duty, positions and calls for help.

-- A worker of the city (外勤人员) who handles or checks cases. Its id is that of the account.
create table worker (
  id uuid not null,
  name text not null,
  capacity int not null,
  skills text[] default '{}' not null,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  permits jsonb default '{}' not null,
  constraint pk_worker primary key (id),
  constraint ck_worker_capacity check (capacity between 0 and 100),
  constraint ck_worker_permits check (jsonb_typeof(permits) = 'object' and permits - skills = '{}'),
  constraint fk_worker_id_account foreign key (id) references account (id)
);
create trigger keep_history after insert or update on worker for each row execute function keep_history('worker');
create trigger log_change after insert or delete or update on worker for each row
  execute function log_change('worker', 'id', 'worker', 'id');
create trigger raise_version before update on worker for each row execute function raise_version();

-- Number of offers and unfinished assignments of a worker, counted by dispatch.
create table worker_load (
  worker_id uuid not null,
  open_work int default 0 not null,
  constraint pk_worker_load primary key (worker_id),
  constraint ck_worker_load_open_work check (open_work >= 0),
  constraint fk_worker_load_worker_id_worker foreign key (worker_id) references worker (id)
) with (fillfactor = 70);

-- Responsibility of a worker for an area during a period, as worker, substitute or chief.
create table responsibility (
  id uuid not null,
  worker_id uuid not null,
  area_id uuid not null,
  role text not null,
  valid tstzrange not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_responsibility primary key (id),
  constraint ex_responsibility_worker_area_role exclude using gist (worker_id with =, area_id with =, role with =,
    valid with &&),
  constraint ck_responsibility_role check (role in ('worker','chief','substitute')),
  constraint fk_responsibility_area_id_area foreign key (area_id) references area (id),
  constraint fk_responsibility_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_responsibility_area_id_live on responsibility (area_id) include (worker_id, role, valid)
  where deleted_at is null;
create index ix_responsibility_worker_id_live on responsibility (worker_id) include (area_id, role, valid)
  where deleted_at is null;
create trigger keep_history after insert or update on responsibility for each row
  execute function keep_history('responsibility');
create trigger log_change after insert or delete or update on responsibility for each row
  execute function log_change('responsibility', 'id', 'worker', 'worker_id', 'grid', 'area_id');
create trigger raise_version before update on responsibility for each row execute function raise_version();

-- Period in which a substitute takes over the grids of an absent worker.
create table substitution (
  id uuid not null,
  worker_id uuid not null,
  substitute_id uuid not null,
  during tstzrange not null,
  reason text,
  recorded_by uuid,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_substitution primary key (id),
  constraint ex_substitution_worker_during exclude using gist (worker_id with =, during with &&)
    where (deleted_at is null),
  constraint ck_substitution_somebody_else check (worker_id <> substitute_id),
  constraint fk_substitution_substitute_id_worker foreign key (substitute_id) references worker (id),
  constraint fk_substitution_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_substitution_substitute_id on substitution (substitute_id);
create trigger log_change after insert or delete or update on substitution for each row
  execute function log_change('substitution', 'id', 'worker', 'worker_id', 'worker', 'substitute_id');
create trigger raise_version before update on substitution for each row execute function raise_version();

-- Period in which a worker was really on duty, in contrast to a planned `shift`.
create table duty (
  id uuid not null,
  worker_id uuid not null,
  during tstzrange not null,
  recorded_by uuid,
  note text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_duty primary key (id),
  constraint ex_duty_worker_during exclude using gist (worker_id with =, during with &&),
  constraint fk_duty_worker_id_worker foreign key (worker_id) references worker (id)
);
create trigger keep_history after insert or update on duty for each row execute function keep_history('duty');
create trigger log_change after insert or delete or update on duty for each row
  execute function log_change('duty', 'id', 'worker', 'worker_id');
create trigger raise_version before update on duty for each row execute function raise_version();

-- Period in which a worker is planned to be on duty.
create table shift (
  id uuid not null,
  worker_id uuid not null,
  during tstzrange not null,
  note text,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_shift primary key (id),
  constraint ex_shift_worker_during exclude using gist (worker_id with =, during with &&) where (deleted_at is null),
  constraint fk_shift_worker_id_worker foreign key (worker_id) references worker (id)
);
create trigger keep_history after insert or update on shift for each row execute function keep_history('shift');
create trigger log_change after insert or delete or update on shift for each row
  execute function log_change('shift', 'id', 'worker', 'worker_id');
create trigger raise_version before update on shift for each row execute function raise_version();

-- Position reported by the device of a worker on duty.
create table position (
  worker_id uuid not null,
  at timestamptz not null,
  geom geometry(Point,4326) not null,
  accuracy_m float8,
  speed_mps float8,
  heading_deg float8,
  battery_pct float8,
  is_mock boolean default false not null,
  is_coarse boolean default false not null,
  device_id uuid,
  received_at timestamptz not null,
  is_implausible boolean default false not null,
  constraint pk_position primary key (worker_id, at)
) partition by range (at);
create index ix_position_at on position using brin (at);
grant delete on position to gridward_app, gridward_job;

-- Newest usable position of each worker. Dispatch uses it to rank workers.
create table worker_position (
  worker_id uuid not null,
  at timestamptz not null,
  geom geometry(Point,4326) not null,
  accuracy_m float8,
  constraint pk_worker_position primary key (worker_id),
  constraint fk_worker_position_worker_id_worker foreign key (worker_id) references worker (id)
) with (fillfactor = 50);
create index ix_worker_position_geom on worker_position using gist (geom);
grant delete on worker_position to gridward_app, gridward_job;

-- Line of a worker's positions during one duty, simplified to 10 m.
create table duty_track (
  id uuid not null,
  worker_id uuid not null,
  since timestamptz not null,
  until timestamptz not null,
  fixes int not null,
  length_m float8 not null,
  geom geometry(LineStringM,4326),
  made_at timestamptz not null,
  is_stale boolean default false not null,
  constraint pk_duty_track primary key (id),
  constraint fk_duty_track_id_duty foreign key (id) references duty (id),
  constraint fk_duty_track_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_duty_track_geom on duty_track using gist (geom);
create index ix_duty_track_until on duty_track (until);
create index ix_duty_track_worker_id_since on duty_track (worker_id, since);
grant delete on duty_track to gridward_job;

-- Call of a worker for help.
create table sos (
  id uuid not null,
  worker_id uuid not null,
  raised_at timestamptz not null,
  received_at timestamptz not null,
  is_on_duty boolean not null,
  lon float8,
  lat float8,
  accuracy_m float8,
  note text,
  device_id uuid,
  wave int not null,
  told_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  closed_at timestamptz,
  closed_by uuid,
  outcome text,
  closing_note text,
  place_erased_at timestamptz,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_sos primary key (id),
  constraint ck_sos_closed_with_outcome check ((closed_at is null) = (outcome is null)),
  constraint ck_sos_outcome check (outcome in ('helped','services_called','false_alarm','other')),
  constraint fk_sos_worker_id_worker foreign key (worker_id) references worker (id)
);
create index ix_sos_closed_at_placed on sos (closed_at) where place_erased_at is null;
create index ix_sos_told_at_unanswered on sos (told_at) where acknowledged_at is null and closed_at is null;
create index ix_sos_worker_id on sos (worker_id);
create trigger log_change after insert or delete or update on sos for each row
  execute function log_change('sos', 'id', 'worker', 'worker_id');
create trigger raise_version before update on sos for each row execute function raise_version();

-- Account that was notified of a call for help.
create table sos_recipient (
  id uuid not null,
  sos_id uuid not null,
  recipient_id uuid not null,
  reason text not null,
  wave int not null,
  told_at timestamptz not null,
  changed_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_sos_recipient primary key (id),
  constraint ck_sos_recipient_reason check (reason in ('chief','substitute','supervisor','admin')),
  constraint fk_sos_recipient_recipient_id_account foreign key (recipient_id) references account (id),
  constraint fk_sos_recipient_sos_id_sos foreign key (sos_id) references sos (id)
);
create index ix_sos_recipient_recipient_id on sos_recipient (recipient_id);
create unique index uq_sos_recipient_sos_id_recipient_id on sos_recipient (sos_id, recipient_id);
create trigger log_change after insert or delete or update on sos_recipient for each row
  execute function log_change('sos', 'sos_id', 'worker', 'recipient_id');
create trigger raise_version before update on sos_recipient for each row execute function raise_version();

-- Create the partitions of `position` of these days (UTC). Return the number of new ones.
create function make_position_partitions(first_day date, last_day date) returns int
language plpgsql security definer set search_path = public set timezone = 'UTC' as $$
declare
  d date := first_day;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('position partitions')); -- two makers at once would collide
  while d <= last_day loop
    if to_regclass(format('position_%s', to_char(d, 'YYYYMMDD'))) is null then
      execute format('create table %I partition of position for values from (%L) to (%L)',
                     'position_' || to_char(d, 'YYYYMMDD'), d::timestamptz, (d + 1)::timestamptz);
      made := made + 1;
    end if;
    d := d + 1;
  end loop;
  return made;
end $$;
revoke execute on function make_position_partitions from public;
grant execute on function make_position_partitions to gridward_app, gridward_job;

-- Drop the partitions of `position` from before a day. Return the number of dropped ones.
create function drop_position_partitions(before_day date) returns int
language plpgsql security definer set search_path = public as $$
declare
  part text;
  dropped int := 0;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
              where i.inhparent = 'position'::regclass and c.relname < 'position_' || to_char(before_day, 'YYYYMMDD') loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
revoke execute on function drop_position_partitions from public;
grant execute on function drop_position_partitions to gridward_app, gridward_job;

-- Take a place of the first worker in `ranked` who has one, and return the worker; null if nobody has.
-- The order of locks is in app/core/locks.py. Each turn reads anew, so that a worker who was filled since the
-- turn before is no target. The block with EXCEPTION is a savepoint: a load that turns out to be full under its
-- lock is unlocked before the next one is waited for. Else two reports that each hold the load of a full worker
-- would wait for each other's.
create function take_load(ranked uuid[], is_forced boolean, is_hers boolean, at timestamptz, held uuid[]) returns uuid
language plpgsql set search_path = public as $$
declare
  target uuid;
  taken uuid;
begin
  loop
    select l.worker_id into target
    from unnest(ranked) with ordinality r(worker_id, place)
    join worker_load l on l.worker_id = r.worker_id join worker w on w.id = l.worker_id
    where (is_forced or l.open_work < w.capacity)
      and (is_hers or (select true from duty d where d.worker_id = l.worker_id and d.during @> at and d.deleted_at is null
                       limit 1))
    order by r.place limit 1;
    if target is null then
      return null;
    end if;
    begin
      if target <= any (held) and target <> all (held) then
        perform 1 from worker_load l where l.worker_id = target for no key update nowait;
      end if;
      update worker_load l set open_work = l.open_work + 1 from worker w
      where l.worker_id = target and w.id = l.worker_id and (is_forced or l.open_work < w.capacity)
      returning l.worker_id into taken;
      if taken is null then
        raise exception using errcode = 'GW001', message = 'the worker was filled meanwhile';
      end if;
      return taken;
    exception when sqlstate 'GW001' then
      null;
    end;
  end loop;
end $$;

-- Return the areas that the subject of a case leads, by roles and responsibilities. For a unit: its area, and
-- what its members lead. Null means everywhere. The grant of a worker says where the account is managed, and
-- leads nowhere.
create function subject_leads(about uuid, at timestamptz) returns setof ltree language plpgsql stable as $$
begin
  return query
  with people as (
    select about id
    union select m.account_id from account_grant m where m.unit_id = about and m.revoked_at is null)
  select v.path from account_grant g
  left join unit u on u.id = g.unit_id
  left join area_version v on v.area_id = coalesce(g.area_id, u.area_id) and upper_inf(v.valid)
  where g.revoked_at is null and g.role in ('supervisor', 'admin', 'handler')
    and (v.path is not null or g.area_id is null and g.unit_id is null) and g.account_id in (select id from people)
  union all
  select v.path from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
  where r.worker_id = about and r.deleted_at is null and r.valid @> at
  union all
  select v.path from unit u join area_version v on v.area_id = u.area_id and upper_inf(v.valid) where u.id = about;
end $$;

-- Return True if a reader of these paths leads the case and is not led by its subject.
-- These are functions and no part of each statement about cases, because few cases are about somebody, and each
-- statement is planned.
create function stands_above_subject(paths ltree[], case_path ltree, about uuid, at timestamptz) returns boolean
language plpgsql stable as $$
begin
  if paths is null then
    return not exists (select from subject_leads(about, at) leads(path) where leads.path is null);
  end if;
  return exists (
    select from unnest(paths) p(path)
    where case_path <@ p.path and not exists (
      select from subject_leads(about, at) leads(path) where leads.path is null or p.path <@ leads.path));
end $$;
