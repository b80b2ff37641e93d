"""SQL of dead letters: insert, list those the actor may read, resolve, delete after retention."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session, aliased

from app.accounts.rules.masking import FieldClass, masked
from app.areas.scope import deepest_area_sql
from app.core.actor import Actor, Permission
from app.core.db import as_sql, sql_text
from app.incidents import service as incidents
from app.sync.models import SyncDeadLetter
from app.sync.queries.push import PLACEMENT_JOINS
from app.workforce.scope import area_roots, paths_sql, scope_binds

# Where it belongs: where the row is, or the one it hangs on, or the point; else where the worker works or worked last.
_POINT_PATH = deepest_area_sql(
    "v.path", "p", from_items="(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p) point"
)
_WORK_PATH = """
  select v.path from responsibility r
  join lateral (select path from area_version a where a.area_id = r.area_id order by lower(a.valid) desc limit 1) v on true
  where r.worker_id = :account and r.deleted_at is null
  order by r.valid @> cast(:now as timestamptz) desc, lower(r.valid) desc limit 1"""


def insert(session: Session, values: dict[str, Any], *, anchor: tuple[str, UUID] | None) -> None:
    """Insert a dead letter. One about a subject is visible from one level above its area."""
    paths = []
    if anchor is not None and anchor[0] in PLACEMENT_JOINS:
        paths.append(f"(select p.scope_path from {PLACEMENT_JOINS[anchor[0]]} where x.id = :anchor)")
    if values.get("lon") is not None:
        paths.append(f"({_POINT_PATH})")
    paths.append(f"({_WORK_PATH})")
    sql = f"""
      with place as (select coalesce({", ".join(paths)}) path),
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
    binds = {"lon": None, "lat": None} | values | {"anchor": anchor[1] if anchor else None}
    for name in ("operation", "explanation"):
        binds[name] = orjson.dumps(values[name], default=str).decode()
    session.execute(text(sql), binds)


_COLUMNS = """
  d.id, d.account_id, a.name account_name, d.device_id, d.status, d.code, d.entity, d.op, d.row_id, d.operation,
  d.explanation, d.happened_at, d.arrived_at, d.resolved_at, d.resolved_by, d.resolution, d.note, d.version"""
_LETTER = aliased(SyncDeadLetter, name="d")
_FROM = "sync_dead_letter d join account a on a.id = d.account_id"


def _visible_to(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Restrict rows to the actor's own and those of areas that the actor leads, without rows about the actor or a superior."""
    binds: dict[str, Any] = {"me": actor.id, "my_units": actor.units_worked_for}
    is_everywhere = actor.everywhere_with(Permission.WORKER_EDIT)
    above, subject_binds = incidents.above_subject(
        actor, None if is_everywhere else area_roots(), _LETTER, now
    )
    above_subject = as_sql(above)
    supervised = above_subject
    if not is_everywhere:
        supervised = f"(d.scope_path <@ any({paths_sql()}) and {above_subject})"
        binds |= scope_binds(actor, now, Permission.WORKER_EDIT)
    binds |= subject_binds
    if not actor.may(Permission.WORKER_EDIT):
        supervised = "false"
    clause = f"""(d.account_id = :me or {supervised}
       and d.about_id is distinct from :me and not coalesce(d.about_id = any(cast(:my_units as uuid[])), false))"""
    return clause, binds


def visible_letters(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    is_open: bool | None,
    is_own_only: bool,
    account_id: UUID | None,
    status: Sequence[str] | None,
    before: UUID | None,
    limit: int,
) -> list[RowMapping]:
    """Return dead letters the actor may read, newest first, up to `limit` + 1."""
    visible, binds = _visible_to(actor, now)
    sql = f"""
      select {_COLUMNS} from {_FROM}
      where d.deleted_at is null and {visible}
        and (cast(:is_open as boolean) is null or (d.resolved_at is null) = :is_open)
        and (not :mine or d.account_id = :me)
        and (cast(:account_id as uuid) is null or d.account_id = :account_id)
        and (cast(:status as text[]) is null or d.status = any(cast(:status as text[])))
        and (cast(:before as uuid) is null or d.id < :before)
      order by d.id desc limit :limit + 1
    """
    binds |= {
        "is_open": is_open,
        "mine": is_own_only,
        "account_id": account_id,
        "before": before,
        "limit": limit,
    }
    binds["status"] = list(status) if status else None
    return list(session.execute(text(sql), binds).mappings())


def lock_visible(session: Session, actor: Actor, letter_id: UUID, *, now: datetime) -> RowMapping | None:
    """Lock and return a dead letter the actor may read, or None."""
    visible, binds = _visible_to(actor, now)
    sql = f"select {_COLUMNS} from {_FROM} where d.id = :id and d.deleted_at is null and {visible} for update of d"
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


def delete_older(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` dead letters that arrived before `before`. Return their number."""
    sql = """delete from sync_dead_letter where ctid = any(array(
               select ctid from sync_dead_letter where arrived_at < :before limit :limit)) returning 1"""
    return len(session.execute(text(sql), {"before": before, "limit": limit}).all())


def mask_values(session: Session, values: Sequence[tuple[FieldClass, str]]) -> list[str | None]:
    """Return each value masked by its field class."""
    if not values:
        return []
    cases = " ".join(f"when '{kind.value}' then {masked(kind, 'm.value')}" for kind in FieldClass)
    sql = f"""
      select case m.kind {cases} end from unnest(cast(:kinds as text[]), cast(:values as text[]))
        with ordinality m(kind, value, n) order by m.n
    """
    binds = {"kinds": [kind.value for kind, _ in values], "values": [value for _, value in values]}
    return list(session.scalars(sql_text(sql), binds))
