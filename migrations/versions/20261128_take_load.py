"""The worker who is asked is chosen by a function that keeps no lock of a load that it does not take."""

from alembic import op

revision = "0064_take_load"
down_revision = "0063_restorable"

# The order of locks is in app/core/locks.py. Each turn reads anew, so that a worker who was filled since the turn before is
# no target any more. The block with EXCEPTION is a savepoint: a load that turns out to be full under its lock is unlocked
# before the next one is waited for. Otherwise two reports that each hold the load of a full worker wait for each other's.
TAKE_LOAD = """
create function take_load(ranked uuid[], is_forced boolean, is_hers boolean, at timestamptz, held uuid[]) returns uuid
language plpgsql set search_path = public as $$
declare
  target uuid;
  taken uuid;
begin
  loop
    select l.worker_id into target
    from unnest(ranked) with ordinality r(worker_id, place)
    join worker_load l on l.worker_id = r.worker_id join worker w on w.id = l.worker_id
    where (is_forced or l.open_work < w.capacity)
      and (is_hers or (select true from duty d where d.worker_id = l.worker_id and d.during @> at and d.deleted_at is null
                       limit 1))
    order by r.place limit 1;
    if target is null then
      return null;
    end if;
    begin
      if target <= any (held) and target <> all (held) then
        perform 1 from worker_load l where l.worker_id = target for no key update nowait;
      end if;
      update worker_load l set open_work = l.open_work + 1 from worker w
      where l.worker_id = target and w.id = l.worker_id and (is_forced or l.open_work < w.capacity)
      returning l.worker_id into taken;
      if taken is null then
        raise exception using errcode = 'GW001', message = 'the worker was filled meanwhile';
      end if;
      return taken;
    exception when sqlstate 'GW001' then
      null;
    end;
  end loop;
end $$;
"""


def upgrade() -> None:
    op.execute(TAKE_LOAD)


def downgrade() -> None:
    op.execute("drop function take_load")
