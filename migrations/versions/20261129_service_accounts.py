"""Service accounts: accounts of programs, which have no password, no device and no worker, and their credentials."""

from alembic import op

revision = "0086_service_accounts"
down_revision = "0085_place_rows"

COLUMNS = """
alter table account
  add column kind text default 'person' not null,
  add column permissions text[],
  add column purpose text;
-- squawk-ignore ban-drop-not-null
alter table account alter column password_hash drop not null;
alter table account
  add constraint ck_account_kind check (kind in ('person','system','sensor','portal')) not valid,
  add constraint ck_account_password check ((kind = 'person') = (password_hash is not null)) not valid,
  add constraint ck_account_permissions check ((kind = 'person') = (permissions is null)) not valid;
"""

TABLES = """
-- A credential with which a service account calls the API. Secrets and keys are stored as hashes.
create table service_credential (
  id uuid not null,
  account_id uuid not null,
  form text not null,
  label text not null,
  secret_hash bytea,
  public_key jsonb,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  replaced_by uuid,
  revoked_at timestamptz,
  revoked_by uuid,
  constraint pk_service_credential primary key (id),
  constraint ck_service_credential_form check (form in ('api_key','client_secret','public_key')),
  constraint ck_service_credential_secret check ((form = 'public_key') = (secret_hash is null)),
  constraint ck_service_credential_public_key check ((form = 'public_key') = (public_key is not null)),
  constraint fk_service_credential_account_id_account foreign key (account_id) references account (id)
);
create index ix_service_credential_account_id on service_credential (account_id);
create unique index uq_service_credential_secret_hash on service_credential (secret_hash);
grant delete on service_credential to gridward_job;

-- A signed assertion (RFC 7523) that was used, so that it is not accepted twice. A job deletes it after its expiry.
create table used_assertion (
  account_id uuid not null,
  id_hash bytea not null,
  expires_at timestamptz not null,
  constraint pk_used_assertion primary key (account_id, id_hash),
  constraint fk_used_assertion_account_id_account foreign key (account_id) references account (id)
);
create index ix_used_assertion_expires_at on used_assertion (expires_at);
grant delete on used_assertion to gridward_job;
"""

FUNCTIONS = """
-- A service account has no worker, no device (and so no session) and no token of a person. Its only role is `service`.
create function refuse_service_account() returns trigger language plpgsql set search_path = public as $$
declare
  account_kind text := (select kind from account where id = (to_jsonb(new) ->> tg_argv[0])::uuid);
begin
  if account_kind <> 'person' then
    raise exception 'a service account has no %', tg_table_name using errcode = 'check_violation',
      constraint = 'service_account';
  end if;
  return new;
end $$;
create trigger refuse_service_account before insert on worker for each row execute function refuse_service_account('id');
create trigger refuse_service_account before insert on device for each row
  execute function refuse_service_account('account_id');
create trigger refuse_service_account before insert on access_token for each row
  execute function refuse_service_account('account_id');

create function require_role_of_kind() returns trigger language plpgsql set search_path = public as $$
begin
  if (new.role = 'service') <> ((select kind from account where id = new.account_id) <> 'person') then
    raise exception 'role % is not of this kind of account', new.role using errcode = 'check_violation',
      constraint = 'role_of_kind';
  end if;
  return new;
end $$;
create trigger require_role_of_kind before insert on account_grant for each row execute function require_role_of_kind();
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(FUNCTIONS)


def downgrade() -> None:
    for table in ("worker", "device", "access_token"):
        op.execute(f"drop trigger refuse_service_account on {table}")
    op.execute("drop trigger require_role_of_kind on account_grant")
    op.execute("drop function refuse_service_account")
    op.execute("drop function require_role_of_kind")
    op.execute("drop table used_assertion")
    op.execute("drop table service_credential")
    op.execute(
        "alter table account drop constraint ck_account_kind, drop constraint ck_account_password,"
        " drop constraint ck_account_permissions"
    )
    op.execute("update account set password_hash = '' where password_hash is null")
    op.execute("alter table account alter column password_hash set not null")
    op.execute("alter table account drop column kind, drop column permissions, drop column purpose")
