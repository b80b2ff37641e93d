"""Photos and voice notes, and the books of their uploads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_media"
down_revision = "0015_sos"

# Complete, it is what it is: only what it hangs on may change, and that it is gone.
FROZEN = """
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
create trigger refuse_change_when_complete before update on media
  for each row execute function refuse_change_of_media();
create trigger raise_version before update on media for each row execute function raise_version();

-- What hangs on a case travels inside it, from which it is taken off too.
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
create trigger log_change after insert or update on media
  for each row execute function log_case_of_media('incident', 'incident_id', 'its case', 'wherever it is');
grant delete on media_part, media_upload to gridward_job;
"""


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("declared_type", sa.Text(), nullable=True),
        sa.Column("declared_size", sa.BigInteger(), nullable=False),
        sa.Column("declared_sha256", sa.Text(), nullable=True),
        sa.Column(
            "claims",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("stripped", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('near','far','reference','before','after','voice','other')", name=op.f("ck_media_kind")
        ),
        sa.CheckConstraint(
            "state in ('uploading','received','ready','refused')", name=op.f("ck_media_state")
        ),
        sa.CheckConstraint("(state = 'refused') = (refusal is not null)", name=op.f("ck_media_refusal")),
        sa.CheckConstraint("state <> 'ready' or sha256 is not null", name=op.f("ck_media_ready")),
        sa.CheckConstraint("incident_id is null or visit_id is null", name=op.f("ck_media_one_record")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_media_uploaded_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    for name, columns, where in (
        ("ix_media_incident_id", ["incident_id"], "incident_id is not null"),
        ("ix_media_visit_id", ["visit_id"], "visit_id is not null"),
        ("ix_media_uploaded_by_id", ["uploaded_by", "id"], None),
        ("ix_media_received", ["received_at"], "state = 'received'"),
        ("ix_media_loose", ["created_at"], "incident_id is null and visit_id is null and deleted_at is null"),
        ("ix_media_unerased", ["deleted_at"], "deleted_at is not null and not erased"),
    ):
        op.create_index(name, "media", columns, postgresql_where=sa.text(where) if where else None)
    op.create_table(
        "media_upload",
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("received", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("metadata_sent", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_media_upload_media_id_media")),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_media_upload")),
    )
    op.create_index("ix_media_upload_expires_at", "media_upload", ["expires_at"])
    op.create_table(
        "media_part",
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_media_part_media_id_media")),
        sa.PrimaryKeyConstraint("media_id", "start", name=op.f("pk_media_part")),
    )
    op.execute(FROZEN)


def downgrade() -> None:
    op.drop_table("media_part")
    op.drop_table("media_upload")
    op.drop_table("media")
    op.execute("drop function refuse_change_of_media(), log_case_of_media()")
