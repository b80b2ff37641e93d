"""Codes of doors and components: printed as QR codes, they lead to a report that knows the thing."""

from alembic import op

revision = "0102_thing_codes"
down_revision = "0101_incoming_sms"

TABLE = """
-- A code that is printed and fixed to a thing. It has 60 random bits and nothing about the thing.
create table thing_code (
  code text not null,
  jurisdiction_id uuid not null,
  component_id uuid,
  premises_id uuid,
  created_at timestamptz not null,
  revoked_at timestamptz,
  constraint pk_thing_code primary key (code),
  constraint ck_thing_code_code check (code ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  constraint ck_thing_code_thing check ((component_id is null) <> (premises_id is null)),
  constraint fk_thing_code_jurisdiction_id_jurisdiction foreign key (jurisdiction_id) references jurisdiction (id),
  constraint fk_thing_code_component_id_component foreign key (component_id) references component (id),
  constraint fk_thing_code_premises_id_premises foreign key (premises_id) references premises (id)
);
create index ix_thing_code_jurisdiction_id on thing_code (jurisdiction_id);
create unique index uq_thing_code_component_id on thing_code (component_id) where revoked_at is null;
create unique index uq_thing_code_premises_id on thing_code (premises_id) where revoked_at is null;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLE)


def downgrade() -> None:
    run("drop table thing_code")
