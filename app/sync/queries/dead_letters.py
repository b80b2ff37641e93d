"""SQL of dead letters: insert, list, lock, resolve and delete them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rules.masking import FieldClass, masked
from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.incidents.scope import above_subject, is_above_all
from app.sync.models import SyncDeadLetter
from app.sync.queries.row_tables import PLACEMENTS
from app.sync.rules.letter_filter import LetterFilter
from app.workforce.scope import area_reach

_POINT = func.ST_SetSRID(func.ST_MakePoint(bindparam("lon"), bindparam("lat")), literal_column("4326"))
# Path of the area where the worker works now, or worked last.
_WORK_PATH = Fragment("""(
  select v.path from responsibility r
  join lateral (
    select path from area_version a where a.area_id = r.area_id order by lower(a.valid) desc limit 1) v on true
  where r.worker_id = :account and r.deleted_at is null
  order by r.valid @> cast(:now as timestamptz) desc, lower(r.valid) desc limit 1)""")


@lru_cache
def _insert(anchor_table: str | None, *, has_point: bool) -> Fragment:
    """Return the INSERT statement of a dead letter, with the area whose supervisors may read it.

    This is the area of the row in `anchor_table`. Without such a row it is the area of the point, and without a point the
    area in which the worker works. If the operation is about a person or unit, the area one level higher is used.
    """
    paths: list[ColumnElement[Any]] = []
    if anchor_table is not None:
        anchor = PLACEMENTS[anchor_table]
        anchor_path = select(anchor.located.scope_path).select_from(anchor.source)
        paths.append(anchor_path.where(anchor.id == bindparam("anchor")).scalar_subquery())
    if has_point:
        paths.append(deepest_area(AreaVersion.path, point=_POINT).scalar_subquery())
    return Fragment(
        """
        with place as (select {path} path),
        about as (select coalesce(:about_kind, (select about_kind from incident where id = :row_id)) kind,
                         coalesce(cast(:about_id as uuid), (select about_id from incident where id = :row_id)) id)
        insert into sync_dead_letter (id, account_id, device_id, status, code, entity, op, row_id, operation, explanation,
          happened_at, arrived_at, scope_path, about_kind, about_id)
        select :id, :account, :device, :status, :code, :entity, :op, :row_id, cast(:operation as jsonb),
          cast(:explanation as jsonb), :happened_at, :now,
          case when cast(:about_id as uuid) is not null and nlevel(place.path) > 1 then subpath(place.path, 0, -1)
               else place.path end, about.kind, about.id
        from place, about
        """,
        path=func.coalesce(*paths, _WORK_PATH),
    )


def insert(session: Session, values: dict[str, Any], *, anchor: tuple[str, UUID] | None) -> None:
    """Insert a dead letter.

    A letter about a person or unit gets the area one level higher.

    Args:
        values: Columns of the letter, and `lon` and `lat` (WGS 84) if the operation has a position.
        anchor: Table and id of the row whose area decides which supervisors may read the letter.
    """
    anchor_table = anchor[0] if anchor is not None and anchor[0] in PLACEMENTS else None
    binds = values | {"anchor": anchor[1] if anchor else None}
    for name in ("operation", "explanation"):
        binds[name] = orjson.dumps(values[name], default=str).decode()
    session.execute(_insert(anchor_table, has_point=values.get("lon") is not None), binds)


_LETTERS = select(
    *(SyncDeadLetter.id, SyncDeadLetter.account_id, Account.name.label("account_name")),
    *(SyncDeadLetter.device_id, SyncDeadLetter.status, SyncDeadLetter.code, SyncDeadLetter.entity),
    *(SyncDeadLetter.op, SyncDeadLetter.row_id, SyncDeadLetter.operation, SyncDeadLetter.explanation),
    *(SyncDeadLetter.happened_at, SyncDeadLetter.arrived_at, SyncDeadLetter.resolved_at),
    *(SyncDeadLetter.resolved_by, SyncDeadLetter.resolution, SyncDeadLetter.note, SyncDeadLetter.version),
).join_from(SyncDeadLetter, Account, Account.id == SyncDeadLetter.account_id)


@dataclass(frozen=True, slots=True)
class _Reach:
    """The areas and rank of an actor, which decide which dead letters the actor may read.

    Compiled statements are cached by this object.

    Attributes:
        scope: Condition that a letter is in an area of the actor. None: the actor has no area.
        roots: Paths of these areas. None: all or no areas.
        is_above_all: The actor is above every person and unit.
    """

    scope: ColumnElement[bool] | None
    roots: ColumnElement[Any] | None
    is_above_all: bool


@lru_cache(maxsize=500)
def _visible_letters(reach: _Reach) -> Select[Any]:
    """Return the SELECT of the dead letters that an actor may read.

    These are the letters of the actor's account and the letters in the actor's areas. Letters about the actor or the
    actor's units are left out. From the letters in areas, those about a person or unit that is not below the actor are left
    out, too.
    """
    me, my_units = bindparam("me", None, Uuid()), bindparam("my_units", None, ARRAY(Uuid()))
    is_supervised: ColumnElement[bool] = false()
    if reach.scope is not None:
        is_supervised = reach.scope
        if not reach.is_above_all:
            is_supervised = and_(is_supervised, above_subject(reach.roots, SyncDeadLetter))
    return _LETTERS.where(
        SyncDeadLetter.deleted_at.is_(None),
        or_(SyncDeadLetter.account_id == me, is_supervised),
        SyncDeadLetter.about_id.is_distinct_from(me),
        ~func.coalesce(SyncDeadLetter.about_id == any_(my_units), false()),
    )


def _reach_of(actor: Actor, now: datetime) -> tuple[_Reach, dict[str, Any]]:
    """Return the key under which the SQL of visible letters is cached, and its bind values."""
    area = area_reach(actor, Permission.WORKER_EDIT, now)
    roots = None if area.is_everywhere or area.is_nowhere else area.roots
    scope = None if area.is_nowhere else area.condition(SyncDeadLetter.scope_path)
    reach = _Reach(scope, roots, is_above_all(actor))
    return reach, area.binds | {"me": actor.id, "my_units": actor.units_worked_for, "subject_now": now}


_FILTERS: dict[str, ColumnElement[bool]] = {
    "is_open": SyncDeadLetter.resolved_at.is_(None) == bindparam("is_open"),
    "account_id": SyncDeadLetter.account_id == bindparam("account_id"),
    "status": SyncDeadLetter.status == any_(bindparam("status", None, ARRAY(Text()))),
    "before": SyncDeadLetter.id < bindparam("before"),
}


@lru_cache(maxsize=500)
def _page(reach: _Reach, filters: tuple[str, ...], *, is_own_only: bool) -> Select[Any]:
    statement = _visible_letters(reach).where(*(_FILTERS[name] for name in filters))
    if is_own_only:
        statement = statement.where(SyncDeadLetter.account_id == bindparam("me", None, Uuid()))
    return statement.order_by(SyncDeadLetter.id.desc()).limit(bindparam("limit"))


def visible_letters(
    session: Session, actor: Actor, filters: LetterFilter, *, limit: int, now: datetime
) -> list[RowMapping]:
    """Return at most `limit` + 1 dead letters that the actor may read, newest first."""
    reach, binds = _reach_of(actor, now)
    binds |= filters.values | {"limit": limit + 1}
    statement = _page(reach, tuple(filters.values), is_own_only=filters.is_own_only)
    return list(session.execute(statement, binds).mappings())


@lru_cache(maxsize=500)
def _locked_letter(reach: _Reach) -> Select[Any]:
    statement = _visible_letters(reach).where(SyncDeadLetter.id == bindparam("letter_id"))
    return statement.with_for_update(of=SyncDeadLetter)


def lock_visible(session: Session, actor: Actor, letter_id: UUID, *, now: datetime) -> RowMapping | None:
    """Lock and return a dead letter. Return None if there is none that the actor may read."""
    reach, binds = _reach_of(actor, now)
    return session.execute(_locked_letter(reach), binds | {"letter_id": letter_id}).mappings().one_or_none()


_RESOLVE = (
    update(SyncDeadLetter)
    .where(SyncDeadLetter.id == bindparam("letter_id"))
    .values(
        resolved_at=bindparam("now"),
        resolved_by=bindparam("by"),
        resolution=bindparam("action"),
        note=bindparam("words"),
    )
)


def resolve(
    session: Session, letter_id: UUID, *, by: UUID, resolution: str, note: str | None, now: datetime
) -> None:
    """Record how a dead letter was resolved, by whom, and when."""
    binds = {"letter_id": letter_id, "by": by, "action": resolution, "words": note, "now": now}
    session.execute(_RESOLVE, binds)


_DELETE_OLDER = text("""
  delete from sync_dead_letter where ctid = any(array(
    select ctid from sync_dead_letter where arrived_at < :before limit :limit)) returning 1
""")


def delete_older(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` dead letters that arrived before `before`. Return their number."""
    return len(session.execute(_DELETE_OLDER, {"before": before, "limit": limit}).all())


_MASKED_VALUES = Fragment(
    """select {mask} from unnest(cast(:kinds as text[]), cast(:values as text[])) with ordinality m(kind, value, n)
       order by m.n""",
    mask=case(
        {kind.value: literal_column(masked(kind, "m.value")) for kind in FieldClass},
        value=literal_column("m.kind"),
    ),
)


def mask_values(session: Session, values: Sequence[tuple[FieldClass, str]]) -> list[str | None]:
    """Return the masked form of each value, in the same order."""
    if not values:
        return []
    binds = {"kinds": [kind.value for kind, _ in values], "values": [value for _, value in values]}
    return list(session.scalars(_MASKED_VALUES, binds))
