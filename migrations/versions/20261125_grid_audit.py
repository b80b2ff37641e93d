"""What the last audit of the grids' shapes found, and of which shapes."""

from alembic import op

revision = "0020_grid_audit"
down_revision = "0019_dispatch_batch"

TABLES = """
create table land_finding (
  id uuid constraint pk_land_finding primary key,
  jurisdiction_id uuid not null constraint fk_land_finding_jurisdiction_id_jurisdiction references jurisdiction (id),
  kind text not null constraint ck_land_finding_kind check (kind in ('gap','overlap','sliver','outside_parent')),
  area_id uuid not null constraint fk_land_finding_area_id_area references area (id),
  grid_ids uuid[] not null,
  version_ids uuid[] not null,
  place geometry(multipolygon, 4326) not null,
  area_m2 double precision not null,
  width_m double precision not null);
create index ix_land_finding_jurisdiction_id on land_finding (jurisdiction_id);
create index ix_land_finding_place on land_finding using gist (place);
create table land_audit (
  jurisdiction_id uuid constraint pk_land_audit primary key
    constraint fk_land_audit_jurisdiction_id_jurisdiction references jurisdiction (id),
  digest text not null,
  audited_at timestamptz not null);
grant delete on land_finding to gridward_job;
revoke insert, update on land_finding, land_audit from gridward_app;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("drop table land_audit; drop table land_finding;")
