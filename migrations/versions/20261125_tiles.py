"""What changed where on the map: rows that are only ever added, whose sum is the version of every tile over their cell.

Writers never wait for each other here, whatever they write in which order; a job folds rows and keeps their sum.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_tiles"
down_revision = "0017_tracks"

# Fractions of the square of Web Mercator, from its north-west corner: one formula for the cells here and for tiles.
MERCATOR = """
create function mercator_x(lon float8) returns float8 language sql immutable parallel safe
  return least(greatest((lon + 180) / 360, 0), 1 - 1e-12);
create function mercator_y(lat float8) returns float8 language sql immutable parallel safe
  return least(greatest(
    (1 - asinh(tan(radians(least(greatest(lat, -85.06), 85.06)))) / pi()) / 2, 0), 1 - 1e-12);
"""


def _note(rows: str) -> str:
    """Insert the cells of `rows` (a column `location`). A change all over the map counts for the whole layer."""
    return f"""
      with cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from ({rows}) r where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;"""


def _homes(rows: str) -> str:
    """Insert the cells of the premises of households. Held: one that is moved meanwhile would leave us in the wrong cell."""
    return f"""
      with held as materialized (
        select p.location from premises p where p.id in ({rows}) order by p.id for share of p),
      cells as materialized (
        select distinct cast(floor(mercator_x(ST_X(location)) * 16384) as int) x,
                        cast(floor(mercator_y(ST_Y(location)) * 16384) as int) y
        from held where location is not null),
      many as materialized (select count(*) > 256 is_true from cells)
      insert into tile_change (layer, x, y)
      select tg_argv[0], x, y from cells, many where not is_true
      union all select tg_argv[0], -1, -1 from many where is_true;"""


def _function(name: str, insert: str, update: str, delete: str) -> str:
    return f"""
create function {name}() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'INSERT' then {insert}
  elsif tg_op = 'UPDATE' then {update}
  elsif tg_op = 'DELETE' then {delete}
  end if;
  return null;
end $$;"""


POINTS = _function(
    "note_points_on_tiles",
    _note("select location from new_rows"),
    _note("select location from new_rows union all select location from old_rows"),
    _note("select location from old_rows"),
)
HOMES = _function(
    "note_homes_on_tiles",
    _homes("select premises_id from new_rows"),
    _homes("select premises_id from new_rows union select premises_id from old_rows"),
    _homes("select premises_id from old_rows"),
)
LAYER = """
create function note_layer_of_tiles() returns trigger language plpgsql set search_path = public as $$
begin
  insert into tile_change (layer, x, y) values (tg_argv[0], -1, -1);
  return null;
end $$;
"""
# table -> the function of its rows
CELLS = {
    "incident": "note_points_on_tiles",
    "component": "note_points_on_tiles",
    "premises": "note_points_on_tiles",
    "household": "note_homes_on_tiles",
}
# These change seldom, and all at once.
LAYERS = ("area_version", "unit", "unit_competence")
REFERENCING = {
    "insert": "referencing new table as new_rows",
    "update": "referencing old table as old_rows new table as new_rows",
    "delete": "referencing old table as old_rows",
}


def upgrade() -> None:
    op.create_table(
        "tile_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tile_change")),
    )
    op.create_index("ix_tile_change_layer_x_y", "tile_change", ["layer", "x", "y"], postgresql_include=["n"])
    # Rows come and are folded all day long.
    op.execute(
        "alter table tile_change set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
    )
    op.execute("revoke update on tile_change from gridward_app")
    op.execute("grant delete on tile_change to gridward_job")
    for sql in (MERCATOR, POINTS, HOMES, LAYER):
        op.execute(sql)
    for table, function in CELLS.items():
        for act, referencing in REFERENCING.items():
            op.execute(
                f"create trigger note_{act}_on_tiles after {act} on {table} {referencing} "
                f"for each statement execute function {function}('{table}')"
            )
        op.execute(
            f"create trigger note_truncate_on_tiles after truncate on {table} "
            f"for each statement execute function note_layer_of_tiles('{table}')"
        )
    for table in LAYERS:
        op.execute(
            f"create trigger note_on_tiles after insert or update or delete or truncate on {table} "
            f"for each statement execute function note_layer_of_tiles('{table}')"
        )


def downgrade() -> None:
    for table in CELLS:
        for act in (*REFERENCING, "truncate"):
            op.execute(f"drop trigger note_{act}_on_tiles on {table}")
    for table in LAYERS:
        op.execute(f"drop trigger note_on_tiles on {table}")
    op.execute(
        "drop function note_points_on_tiles, note_homes_on_tiles, note_layer_of_tiles, mercator_x, mercator_y"
    )
    op.drop_table("tile_change")
