"""What stands behind a version of a profile: cited cases, ratings and signals, and what its author says of it."""

from alembic import op

revision = "0104_profile_evidence"
down_revision = "0103_reporter_answers"

TABLES = """
-- What the author of a version says of it. `measure` and `category` name the figure by which its effect is judged.
create table profile_statement (
  version_id uuid not null,
  measure text,
  category text,
  summary jsonb,
  is_published boolean not null,
  stated_by uuid not null,
  stated_at timestamptz not null,
  constraint pk_profile_statement primary key (version_id),
  constraint ck_profile_statement_published check (not is_published or summary is not null),
  constraint fk_profile_statement_version_id_profile_version foreign key (version_id) references profile_version (id)
);

-- A case, rating or signal that a version cites, until it is removed from the list. `subject_id`: id of the case or
-- signal; of a rating, that of the report.
create table profile_evidence (
  version_id uuid not null,
  kind text not null,
  subject_id uuid not null,
  place int not null,
  note text not null,
  removed_at timestamptz,
  constraint pk_profile_evidence primary key (version_id, kind, subject_id),
  constraint ck_profile_evidence_kind check (kind in ('signal','case','rating')),
  constraint fk_profile_evidence_version_id_profile_statement foreign key (version_id)
    references profile_statement (version_id)
);
create index ix_profile_evidence_subject_id on profile_evidence (subject_id);
"""

DROPPED = """
drop table profile_evidence;
drop table profile_statement;
"""


def run(sql: str) -> None:
    """Run SQL as it is. SQLAlchemy would take its colons for parameters."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql)
    else:
        op.get_bind().connection.driver_connection.cursor().execute(sql)


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DROPPED)
