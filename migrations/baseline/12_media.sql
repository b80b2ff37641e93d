-- Photos and voice notes, and their uploads.

-- Refuse changes of a complete photo or voice note, but for what it is attached to and its deletion.
create function refuse_change_of_media() returns trigger language plpgsql as $$
begin
  if old.state in ('ready', 'refused') and (
      (new.id, new.kind, new.state, new.refusal, new.uploaded_by, new.device_id, new.declared_type, new.declared_size,
       new.declared_sha256, new.content_type, new.size, new.sha256, new.width, new.height, new.stripped,
       new.created_at, new.received_at, new.completed_at)
      is distinct from
      (old.id, old.kind, old.state, old.refusal, old.uploaded_by, old.device_id, old.declared_type, old.declared_size,
       old.declared_sha256, old.content_type, old.size, old.sha256, old.width, old.height, old.stripped,
       old.created_at, old.received_at, old.completed_at)
      or new.claims is distinct from old.claims and (new.deleted_at is null or new.claims <> '{}')) then
    raise exception 'a complete photo or voice note never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

-- Write a case to the change log when media are attached to it or taken off.
create function log_case_of_media() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select b.name, 'incident', i.id, 'P'
  from incident i cross join lateral (
    select coalesce('grid:' || i.grid_id, 'area:' || i.area_id) name
    union select 'worker:' || i.reported_by union select 'worker:' || i.handled_by
    union select h.bucket from holders_of(i.id) h) b
  where i.id in (new.incident_id, case when tg_op = 'UPDATE' then old.incident_id end) and b.name is not null;
  return null;
end $$;

-- Write a visit to the change log when media are attached to it or taken off.
create function log_visit_of_media() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op)
  select 'grid:' || v.grid_id, 'visit', v.id, 'P' from visit v
  where v.id in (new.visit_id, case when tg_op = 'UPDATE' then old.visit_id end) and v.grid_id is not null;
  return null;
end $$;

-- The record of one photo or voice note.
create table media (
  id uuid not null,
  kind text not null,
  state text not null,
  refusal text,
  uploaded_by uuid not null,
  device_id uuid,
  incident_id uuid,
  visit_id uuid,
  admitted_by uuid,
  declared_type text,
  declared_size bigint not null,
  declared_sha256 text,
  claims jsonb default '{}'::jsonb not null,
  content_type text,
  size bigint,
  sha256 text,
  width int,
  height int,
  stripped jsonb,
  created_at timestamptz not null,
  received_at timestamptz,
  completed_at timestamptz,
  erased boolean default false not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_media primary key (id),
  constraint ck_media_kind check (kind in ('near','far','reference','before','after','voice','other')),
  constraint ck_media_one_record check (incident_id is null or visit_id is null),
  constraint ck_media_ready check (state <> 'ready' or sha256 is not null),
  constraint ck_media_refusal check ((state = 'refused') = (refusal is not null)),
  constraint ck_media_state check (state in ('uploading','received','ready','refused')),
  constraint fk_media_uploaded_by_account foreign key (uploaded_by) references account (id)
);
create index ix_media_incident_id on media (incident_id) where incident_id is not null;
create index ix_media_loose on media (created_at) where incident_id is null and visit_id is null
  and deleted_at is null;
create index ix_media_received on media (received_at) where state = 'received';
create index ix_media_unerased on media (deleted_at) where deleted_at is not null and not erased;
create index ix_media_uploaded_by_created_at on media (uploaded_by, created_at);
create index ix_media_uploaded_by_id on media (uploaded_by, id);
create index ix_media_visit_id on media (visit_id) where visit_id is not null;
create trigger log_change after insert or update on media for each row
  execute function log_case_of_media('incident', 'incident_id', 'its case', 'wherever it is');
create trigger log_change_of_visit after insert or update on media for each row execute function log_visit_of_media();
create trigger raise_version before update on media for each row execute function raise_version();
create trigger refuse_change_when_complete before update on media for each row
  execute function refuse_change_of_media();

-- The progress of an upload.
create table media_upload (
  media_id uuid not null,
  received bigint default 0 not null,
  metadata_sent text,
  expires_at timestamptz not null,
  constraint pk_media_upload primary key (media_id),
  constraint fk_media_upload_media_id_media foreign key (media_id) references media (id)
);
create index ix_media_upload_expires_at on media_upload (expires_at);
grant delete on media_upload to gridward_job;

-- A stored part of an upload.
create table media_part (
  media_id uuid not null,
  start bigint not null,
  size bigint not null,
  key text not null,
  constraint pk_media_part primary key (media_id, start),
  constraint fk_media_part_media_id_media foreign key (media_id) references media (id)
);
grant delete on media_part to gridward_job;
