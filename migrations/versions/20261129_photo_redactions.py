"""Photos with blackened boxes for the public: the boxes of each photo, and the id of the copy in the store."""

from alembic import op

revision = "0105_photo_redactions"
down_revision = "0104_profile_evidence"

_TABLE = """
-- The copy of a photo for the public, with blackened boxes. The photo itself is not changed.
create table photo_redaction (
  media_id uuid not null,
  boxes jsonb not null,
  copy_id uuid,
  made_by uuid not null,
  made_at timestamptz not null,
  constraint pk_photo_redaction primary key (media_id),
  constraint fk_photo_redaction_media_id_media foreign key (media_id) references media (id),
  constraint ck_photo_redaction_copy check ((copy_id is null) = (boxes = '[]'::jsonb))
);
"""


def upgrade() -> None:
    op.execute(_TABLE)


def downgrade() -> None:
    op.execute("drop table photo_redaction")
