"""What is told of a month for good: rounded numbers for those who see no cases, and what cycles came to in each grid."""

from alembic import op

revision = "0038_cycles"
down_revision = "0037_case_life"

RELEASES = """
create table figure_release (
  id uuid constraint pk_figure_release primary key,
  jurisdiction_id uuid not null constraint fk_figure_release_jurisdiction_id_jurisdiction references jurisdiction (id),
  month date not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  constraint uq_figure_release_jurisdiction_id_month unique (jurisdiction_id, month));
create table figure_cell (
  seq bigint generated always as identity constraint pk_figure_cell primary key,
  release_id uuid not null constraint fk_figure_cell_release_id_figure_release references figure_release (id),
  scope_path ltree,
  category text not null,
  "class" text not null,
  counts_as text[] not null,
  told integer not null constraint ck_figure_cell_told check (told % 5 = 0 and told > 0),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id());
create index ix_figure_cell_release_id on figure_cell (release_id);
"""
FACTS = """
create table cycle_fact (
  seq bigint generated always as identity constraint pk_cycle_fact primary key,
  jurisdiction_id uuid not null constraint fk_cycle_fact_jurisdiction_id_jurisdiction references jurisdiction (id),
  month date not null,
  grid_id uuid not null constraint fk_cycle_fact_grid_id_area references area (id),
  scope_path ltree not null,
  measure text not null,
  unit_id uuid,
  told integer not null,
  members text[] not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  constraint ck_cycle_fact_members check (cardinality(members) = told));
create unique index uq_cycle_fact_month_grid_id_measure_unit_id on cycle_fact (month, grid_id, measure, unit_id)
  nulls not distinct;
create index ix_cycle_fact_scope_path on cycle_fact using gist (scope_path);
"""
TABLES = ("figure_release", "figure_cell", "cycle_fact")


def upgrade() -> None:
    op.execute(RELEASES)
    op.execute(FACTS)
    for table in TABLES:
        op.execute(
            f"create trigger refuse_change before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(f"revoke update on {table} from gridward_app, gridward_job")


def downgrade() -> None:
    for table in ("cycle_fact", "figure_cell", "figure_release"):
        op.drop_table(table)
