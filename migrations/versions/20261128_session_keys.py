"""Sessions are bound to the key of their device, and both uses of a refresh token that came twice are kept."""

from alembic import op

revision = "0065_session_keys"
down_revision = "0064_take_load"


def upgrade() -> None:
    op.execute(
        "alter table session add column address text, add column agent text, add column key_thumbprint text"
    )
    op.execute("""
        alter table refresh_token
          add column used_address text, add column used_agent text,
          add column repeated_at timestamptz, add column repeated_address text, add column repeated_agent text,
          add column refused_at timestamptz
    """)
    op.execute("""
        create table used_proof (
          session_id uuid not null constraint fk_used_proof_session_id_session references session (id),
          id_hash bytea not null,
          used_at timestamptz not null,
          constraint pk_used_proof primary key (session_id, id_hash))
    """)
    op.execute("grant delete on used_proof to gridward_job")


def downgrade() -> None:
    op.execute("drop table used_proof")
    op.execute("""
        alter table refresh_token drop column used_address, drop column used_agent, drop column repeated_at,
          drop column repeated_address, drop column repeated_agent, drop column refused_at
    """)
    op.execute("alter table session drop column address, drop column agent, drop column key_thumbprint")
