-- Accounts: grants, devices, sessions, tokens and the audit trail.

-- An account with which one person signs in.
create table account (
  id uuid not null,
  username text not null,
  name text not null,
  password_hash text not null,
  must_change_password boolean default false not null,
  password_expires_at timestamptz,
  disabled_at timestamptz,
  permission_epoch bigint default 1 not null,
  created_at timestamptz not null,
  version bigint default 1 not null,
  deleted_at timestamptz,
  password_reset_at timestamptz,
  password_reset_by uuid,
  constraint pk_account primary key (id)
);
create unique index uq_account_username on account (lower(username));
create trigger keep_history after insert or update on account for each row execute function keep_history('account');
create trigger log_change after insert or delete or update on account for each row
  execute function log_change('account', 'id', 'worker', 'id');
create trigger raise_version before update on account for each row execute function raise_version();

-- A grant: a role that an account has in an area, in a unit or in the whole installation.
create table account_grant (
  id uuid not null,
  account_id uuid not null,
  role text not null,
  area_id uuid,
  unit_id uuid,
  granted_by uuid,
  granted_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  version bigint default 1 not null,
  deleted_at timestamptz,
  constraint pk_account_grant primary key (id),
  constraint ck_account_grant_one_scope check (num_nonnulls(area_id, unit_id) <= 1),
  constraint fk_account_grant_account_id_account foreign key (account_id) references account (id),
  constraint fk_account_grant_area_id_area foreign key (area_id) references area (id),
  constraint fk_account_grant_unit_id_unit foreign key (unit_id) references unit (id)
);
create index ix_account_grant_area_id on account_grant (area_id);
create index ix_account_grant_unit_id on account_grant (unit_id);
create unique index uq_account_grant_live on account_grant (account_id, role, coalesce(area_id, unit_id,
  '00000000-0000-0000-0000-000000000000'::uuid)) where revoked_at is null;
create trigger keep_history after insert or update on account_grant for each row
  execute function keep_history('account_grant');
create trigger log_change after insert or delete or update on account_grant for each row
  execute function log_change('account', 'account_id', 'worker', 'account_id');
create trigger raise_version before update on account_grant for each row execute function raise_version();

-- A phone or browser from which a person signed in to an account.
create table device (
  id uuid not null,
  account_id uuid not null,
  client_key text not null,
  registered_at timestamptz not null,
  last_sign_in_at timestamptz not null,
  revoked_at timestamptz,
  version bigint default 1 not null,
  deleted_at timestamptz,
  revoked_by uuid,
  constraint pk_device primary key (id),
  constraint fk_device_account_id_account foreign key (account_id) references account (id)
);
create unique index uq_device_account_client_key on device (account_id, client_key);
create trigger log_change after insert or delete or update on device for each row
  execute function log_change('device', 'id', 'worker', 'account_id');
create trigger raise_version before update on device for each row execute function raise_version();

-- A session: one sign-in on one device, which refresh tokens prolong.
create table session (
  id uuid not null,
  account_id uuid not null,
  device_id uuid not null,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text,
  address text,
  agent text,
  key_thumbprint text,
  constraint pk_session primary key (id),
  constraint fk_session_account_id_account foreign key (account_id) references account (id),
  constraint fk_session_device_id_device foreign key (device_id) references device (id)
);
create index ix_session_account_id on session (account_id);
create index ix_session_device_id on session (device_id);
create trigger log_change after update on session for each row when (old.revoked_at is distinct from new.revoked_at)
  execute function log_change('session', 'id', 'worker', 'account_id');

-- A refresh token of a session, stored as a hash. A client may use the token once.
create table refresh_token (
  token_hash bytea not null,
  session_id uuid not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  used_address text,
  used_agent text,
  repeated_at timestamptz,
  repeated_address text,
  repeated_agent text,
  refused_at timestamptz,
  constraint pk_refresh_token primary key (token_hash),
  constraint fk_refresh_token_session_id_session foreign key (session_id) references session (id)
);
create index ix_refresh_token_session_id on refresh_token (session_id);
grant delete on refresh_token to gridward_job;

-- A proof of possession (RFC 9449) that a session has used.
create table used_proof (
  session_id uuid not null,
  id_hash bytea not null,
  used_at timestamptz not null,
  constraint pk_used_proof primary key (session_id, id_hash),
  constraint fk_used_proof_session_id_session foreign key (session_id) references session (id)
);
grant delete on used_proof to gridward_job;

-- A long-lived access token of a program, stored as a hash.
create table access_token (
  id uuid not null,
  account_id uuid not null,
  kind text not null,
  scopes text[] not null,
  token_hash bytea not null,
  label text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid,
  revoke_reason text,
  constraint pk_access_token primary key (id),
  constraint ck_access_token_kind check (kind in ('ingest', 'personal')),
  constraint fk_access_token_account_id_account foreign key (account_id) references account (id)
);
create index ix_access_token_account_id on access_token (account_id);
create unique index uq_access_token_token_hash on access_token (token_hash);
grant delete on access_token to gridward_job;

-- A one-time ticket that opens an event stream of a session without Authorization header.
create table stream_ticket (
  token_hash bytea not null,
  session_id uuid not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  access_ends_at timestamptz not null,
  used_at timestamptz,
  constraint pk_stream_ticket primary key (token_hash),
  constraint fk_stream_ticket_session_id_session foreign key (session_id) references session (id)
);
create index ix_stream_ticket_session_id on stream_ticket (session_id);
grant delete on stream_ticket to gridward_job;

-- A failed sign-in, which counts towards the limits of failures.
create table sign_in_attempt (
  id bigint generated always as identity,
  username text not null,
  address text not null,
  at timestamptz not null,
  device_key text,
  constraint pk_sign_in_attempt primary key (id)
);
create index ix_sign_in_attempt_address_at on sign_in_attempt (address, at);
create index ix_sign_in_attempt_username_at on sign_in_attempt (username, at);
grant delete on sign_in_attempt to gridward_job;

-- A row of the audit trail: an act of an actor on an entity, and the purpose of the act.
create table audit_event (
  id bigint generated always as identity,
  occurred_at timestamptz not null,
  actor_kind text not null,
  actor_id uuid not null,
  device_id uuid,
  action text not null,
  entity text not null,
  entity_id uuid,
  purpose text,
  detail jsonb default '{}'::jsonb not null,
  recorded_at timestamptz default clock_timestamp() not null,
  xid xid8 default pg_current_xact_id() not null,
  constraint pk_audit_event primary key (id)
);
create index ix_audit_event_actor_id_occurred_at on audit_event (actor_id, occurred_at);
create index ix_audit_event_entity_entity_id on audit_event (entity, entity_id);
revoke update on audit_event from gridward_app, gridward_job;
create trigger refuse_change before delete or update on audit_event for each row
  execute function refuse_change_but_blacking_out('purpose', 'detail');
