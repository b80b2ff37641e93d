"""Give out only snapshots that stay right when PostgreSQL recovers from a crash, and mark each recovery."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Xid8

revision = "0061_durable_snapshots"
down_revision = "0060_tokens_end"

# A snapshot says of each transaction number below its xmax, but for those it lists as running: finished, and seen. That is
# true only until PostgreSQL crashes. A number whose transaction rolled back is on disk no sooner than the next flush of the
# log, and recovery goes on counting after the highest number that it finds there: so the number is given again, to a
# transaction that commits, and whoever asks what came after the snapshot is never told of it.
#
# What is visible in the change log was flushed before it became visible. So a snapshot cut off behind the newest visible
# change names no number that can come again. It misses nothing either, since nothing beyond is visible. No reader has to
# write or to wait for this, and it holds for all processes, for numbers of savepoints and for those of other databases.
#
# Newest is asked for between the running transactions, from the youngest gap down: what a large transaction has written and
# not committed would otherwise be walked over by each reader.
DURABLE = """
create function durable_snapshot() returns pg_snapshot language plpgsql stable parallel restricted as $$
declare
  seen pg_snapshot := pg_current_snapshot();
  newest xid8;
  bound xid8;
begin
  if pg_is_in_recovery() then
    raise read_only_sql_transaction
      using message = 'a standby does not know which transactions run: ask the primary for a snapshot';
  end if;
  select c.xid into newest
  from (
    select b.upper, coalesce(lead(b.upper) over (order by b.upper desc), '0') lower
    from (
      select pg_snapshot_xip(seen) upper
      union all select pg_snapshot_xmax(seen)
      union all select own from pg_current_xact_id_if_assigned() own where own is not null) b) gap
  cross join lateral (
    select l.xid from change_log l where l.xid > gap.lower and l.xid < gap.upper order by l.xid desc limit 1) c
  where gap.upper <= pg_snapshot_xmax(seen)
  order by gap.upper desc limit 1;
  -- 3 is the first number that any transaction gets.
  bound := coalesce((newest::text::bigint + 1)::text::xid8, '3');
  return format('%s:%s:%s', least(pg_snapshot_xmin(seen), bound), bound, array_to_string(array(
    select running from pg_snapshot_xip(seen) running where running < bound order by running), ','))::pg_snapshot;
end $$;
"""

# Recovery empties unlogged tables, on the same machine and where a standby takes over. The first change of the log after it
# makes the mark, with the oldest number that may be in use by then. Several may be first at once: each makes one, so that
# nobody waits for anybody.
MARK = """
create function mark_recovery() returns trigger language plpgsql as $$
begin
  if not exists (select from recovery_mark) then
    insert into recovery_mark (first_xid)
    values (least(pg_snapshot_xmin(pg_current_snapshot()), pg_current_xact_id()));
  end if;
  return null;
end $$;
create trigger mark_recovery before insert on change_log for each statement execute function mark_recovery();
"""

# Whether a snapshot that was given out while `life` was the mark is still one of this database's past. No crash changes
# that by itself: what the snapshot names was on disk. But commits are lost where a standby takes over that did not have all
# of them, or an older copy of the disk is used again; the snapshots of those days then reach beyond the number with which
# this life began. `life` is null in cursors that were given out before there was a mark.
PAST = """
create function is_past_snapshot(last pg_snapshot, life text) returns boolean language sql stable parallel restricted as $$
  select case when life is null then pg_snapshot_xmax(last) <= pg_snapshot_xmax(pg_current_snapshot())
    else pg_snapshot_xmax(last) <= pg_snapshot_xmax(durable_snapshot())
      and (exists (select from recovery_mark m where m.life = is_past_snapshot.life)
           or pg_snapshot_xmax(last) <= all (select m.first_xid from recovery_mark m)) end
$$;
"""

# A case outside all areas that nobody reported is on no phone, but figures count it: each transaction that figures see has
# to be in the log.
STRAYS = """
create function log_stray() returns trigger language plpgsql as $$
begin
  insert into change_log (bucket, entity, row_id, op) values ('none', 'incident', new.incident_id, 'P');
  return null;
end $$;
create trigger log_stray after insert on incident_history for each row when (new.scope_path is null)
  execute function log_stray();
"""


def upgrade() -> None:
    op.create_table(
        "recovery_mark",
        sa.Column(
            "life", sa.Text(), server_default=sa.text("left(gen_random_uuid()::text, 8)"), nullable=False
        ),
        sa.Column("first_xid", Xid8(), nullable=False),
        sa.PrimaryKeyConstraint("life", name=op.f("pk_recovery_mark")),
        prefixes=["UNLOGGED"],
    )
    op.execute("revoke update on recovery_mark from gridward_app, gridward_job")
    for sql in (DURABLE, MARK, PAST, STRAYS):
        op.execute(sql)


def downgrade() -> None:
    op.execute("drop trigger log_stray on incident_history")
    op.execute("drop trigger mark_recovery on change_log")
    op.execute("drop function log_stray, is_past_snapshot, mark_recovery, durable_snapshot")
    op.drop_table("recovery_mark")
