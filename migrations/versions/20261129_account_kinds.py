"""Validation of the constraints of kinds of accounts, in a transaction of its own, so that reads go on meanwhile."""

from alembic import op

revision = "0088_account_kinds"
down_revision = "0087_quota_leases"

VALIDATION = """
alter table account validate constraint ck_account_kind;
alter table account validate constraint ck_account_password;
alter table account validate constraint ck_account_permissions;
"""

DEVALIDATION = """
alter table account drop constraint ck_account_kind, drop constraint ck_account_password,
  drop constraint ck_account_permissions;
alter table account
  add constraint ck_account_kind check (kind in ('person','system','sensor','portal')) not valid,
  add constraint ck_account_password check ((kind = 'person') = (password_hash is not null)) not valid,
  add constraint ck_account_permissions check ((kind = 'person') = (permissions is null)) not valid;
"""


def upgrade() -> None:
    op.execute(VALIDATION)


def downgrade() -> None:
    op.execute(DEVALIDATION)
