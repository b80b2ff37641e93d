"""SQL of dead letters: kept, listed for those whom they concern, resolved, forgotten in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.accounts.rules.personal import FieldClass, masked
from app.areas.scope import deepest
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.incidents import service as incidents
from app.sync.queries.pushing import PLACED
from app.workforce.scope import paths_sql, scope_binds

# Where it belongs: where the row is, or the one it hangs on, or the point; else where the worker works or worked last.
_POINT = deepest("v.path", "p", beside="(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p) point")
_WORKS = """
  select v.path from responsibility r
  join lateral (select path from area_version a where a.area_id = r.area_id order by lower(a.valid) desc limit 1) v on true
  where r.worker_id = :account and r.deleted_at is null
  order by r.valid @> cast(:now as timestamptz) desc, lower(r.valid) desc limit 1"""


def insert(session: Session, values: dict[str, Any], *, hangs_on: tuple[str, UUID] | None) -> None:
    """Keep an operation. Of a matter about somebody only those one level up are to know."""
    places = []
    if hangs_on is not None and hangs_on[0] in PLACED:
        places.append(f"(select p.scope_path from {PLACED[hangs_on[0]]} where x.id = :anchor)")
    if values.get("lon") is not None:
        places.append(f"({_POINT})")
    places.append(f"({_WORKS})")
    sql = f"""
      with place as (select coalesce({", ".join(places)}) path),
      about as (select coalesce(:about_kind, (select about_kind from incident where id = :row_id)) kind,
                       coalesce(cast(:about_id as uuid), (select about_id from incident where id = :row_id)) id)
      insert into sync_dead_letter (id, account_id, device_id, status, code, entity, op, row_id, operation, explanation,
        happened_at, arrived_at, scope_path, about_kind, about_id)
      select :id, :account, :device, :status, :code, :entity, :op, :row_id, cast(:operation as jsonb),
        cast(:explanation as jsonb), :happened_at, :now,
        case when cast(:about_id as uuid) is not null and nlevel(place.path) > 1 then subpath(place.path, 0, -1)
             else place.path end, about.kind, about.id
      from place, about
    """
    binds = {"lon": None, "lat": None} | values | {"anchor": hangs_on[1] if hangs_on else None}
    for name in ("operation", "explanation"):
        binds[name] = orjson.dumps(values[name], default=str).decode()
    session.execute(text(sql), binds)


_SHOWN = """
  d.id, d.account_id, a.name account_name, d.device_id, d.status, d.code, d.entity, d.op, d.row_id, d.operation,
  d.explanation, d.happened_at, d.arrived_at, d.resolved_at, d.resolved_by, d.resolution, d.note, d.version"""
_FROM = "sync_dead_letter d join account a on a.id = d.account_id"


def _seen_by(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Restrict rows to the actor's own and those of areas that the actor leads, without rows about the actor or a superior."""
    binds: dict[str, Any] = {"me": actor.id, "my_units": actor.units_worked_for}
    is_everywhere = actor.everywhere_with(Permission.WORKER_EDIT)
    above, more = incidents.above_subject(actor, None if is_everywhere else paths_sql(), row="d", now=now)
    led = above
    if not is_everywhere:
        led = f"(d.scope_path <@ any({paths_sql()}) and {above})"
        binds |= scope_binds(actor, now, Permission.WORKER_EDIT)
    binds |= more
    if not actor.may(Permission.WORKER_EDIT):
        led = "false"
    clause = f"""(d.account_id = :me or {led}
       and d.about_id is distinct from :me and not coalesce(d.about_id = any(cast(:my_units as uuid[])), false))"""
    return clause, binds


def page(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    is_open: bool | None,
    mine: bool,
    account_id: UUID | None,
    status: Sequence[str] | None,
    before: UUID | None,
    limit: int,
) -> list[RowMapping]:
    """Dead letters that the actor may see, the newest first, one more than the limit if there are more."""
    seen, binds = _seen_by(actor, now)
    sql = f"""
      select {_SHOWN} from {_FROM}
      where d.deleted_at is null and {seen}
        and (cast(:is_open as boolean) is null or (d.resolved_at is null) = :is_open)
        and (not :mine or d.account_id = :me)
        and (cast(:account_id as uuid) is null or d.account_id = :account_id)
        and (cast(:status as text[]) is null or d.status = any(cast(:status as text[])))
        and (cast(:before as uuid) is null or d.id < :before)
      order by d.id desc limit :limit + 1
    """
    binds |= {"is_open": is_open, "mine": mine, "account_id": account_id, "before": before, "limit": limit}
    binds["status"] = list(status) if status else None
    return list(session.execute(text(sql), binds).mappings())


def hold(session: Session, actor: Actor, letter_id: UUID, *, now: datetime) -> RowMapping | None:
    """A dead letter that the actor may see, locked."""
    seen, binds = _seen_by(actor, now)
    sql = f"select {_SHOWN} from {_FROM} where d.id = :id and d.deleted_at is null and {seen} for update of d"
    return session.execute(text(sql), binds | {"id": letter_id}).mappings().one_or_none()


def resolve(
    session: Session, letter_id: UUID, *, by: UUID, resolution: str, note: str | None, now: datetime
) -> None:
    sql = """
      update sync_dead_letter set resolved_at = :now, resolved_by = :by, resolution = :resolution, note = :note
      where id = :id
    """
    binds = {"id": letter_id, "by": by, "resolution": resolution, "note": note, "now": now}
    session.execute(text(sql), binds)


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Forget dead letters that arrived before. Returns how many."""
    sql = """delete from sync_dead_letter where ctid = any(array(
               select ctid from sync_dead_letter where arrived_at < :before limit :limit)) returning 1"""
    return len(session.execute(text(sql), {"before": before, "limit": limit}).all())


def masks(session: Session, values: Sequence[tuple[FieldClass, str]]) -> list[str | None]:
    """Values as those see them who may not see them plainly."""
    if not values:
        return []
    cases = " ".join(f"when '{kind.value}' then {masked(kind, 'm.value')}" for kind in FieldClass)
    sql = f"""
      select case m.kind {cases} end from unnest(cast(:kinds as text[]), cast(:values as text[]))
        with ordinality m(kind, value, n) order by m.n
    """
    binds = {"kinds": [kind.value for kind, _ in values], "values": [value for _, value in values]}
    return list(session.scalars(sql_text(sql), binds))
