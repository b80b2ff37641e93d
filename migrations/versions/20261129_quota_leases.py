"""Leases of quotas: how many requests of a caller the processes of the server have leased in a minute."""

from alembic import op

revision = "0087_quota_leases"
down_revision = "0086_service_accounts"

TABLE = """
-- A caller is an account or an address. The table is unlogged: after a crash the quotas begin again.
create unlogged table quota_lease (
  caller text not null,
  work text not null,
  minute bigint not null,
  leased bigint not null,
  constraint pk_quota_lease primary key (caller, work)
) with (fillfactor = 50);
grant delete on quota_lease to gridward_job;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("drop table quota_lease")
