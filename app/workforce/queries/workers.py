"""Statements on table `worker`: list, read, insert, update, lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.accounts.models import Account, AccountGrant
from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.json_sql import JsonPage, json_list, json_object
from app.workforce.models import Duty, Responsibility, Worker, WorkerLoad
from app.workforce.queries.periods import start_of
from app.workforce.queries.visible import (
    NOW,
    area_visibility,
    visibility_binds,
    worker_visibility,
    works_within,
)
from app.workforce.scope import DEFAULT_PREFIX

_GRIDS = (
    select(
        json_list(
            json_object(
                id=AreaVersion.area_id, code=AreaVersion.code, name=AreaVersion.name, role=Responsibility.role
            ),
            AreaVersion.code,
            Responsibility.role,
        )
    )
    .select_from(Responsibility)
    .join(
        AreaVersion,
        and_(AreaVersion.area_id == Responsibility.area_id, func.upper_inf(AreaVersion.valid)),
    )
    .where(
        Responsibility.worker_id == Worker.id,
        Responsibility.deleted_at.is_(None),
        Responsibility.valid.contains(NOW),
    )
    .scalar_subquery()
)
_FIELDS = {
    "id": Worker.id,
    "name": Worker.name,
    "capacity": Worker.capacity,
    "skills": Worker.skills,
    "permits": Worker.permits,
    "open_work": func.coalesce(WorkerLoad.open_work, 0),
    "on_duty": Duty.id.is_not(None),
    "on_duty_since": start_of(Duty.during),
    "grids": _GRIDS,
    "version": Worker.version,
}
_ITEM = json_object(**_FIELDS).label("item")
# The telephone is in the answer about one worker, not in lists of many.
_DETAIL = json_object(**_FIELDS, phone=Worker.phone).label("item")


def _visible_workers(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Worker)
        .outerjoin(WorkerLoad, WorkerLoad.worker_id == Worker.id)
        .outerjoin(
            Duty, and_(Duty.worker_id == Worker.id, Duty.deleted_at.is_(None), Duty.during.contains(NOW))
        )
        .where(Worker.deleted_at.is_(None), worker_visibility())
    )


_ON_DUTY = cast(bindparam("on_duty"), Boolean)  # SQLAlchemy casts no bind of this type by itself
_NAME_PART = bindparam("name_part", None, Text())
_WORKER_PAGE = JsonPage(
    _visible_workers(Worker.name, Worker.id, _ITEM).where(
        works_within(),
        or_(_ON_DUTY.is_(None), Duty.id.is_not(None) == _ON_DUTY),
        or_(_NAME_PART.is_(None), func.strpos(func.lower(Worker.name), func.lower(_NAME_PART)) > 0),
    ),
    "name",
    "id",
)


def workers(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None,
    on_duty: bool | None,
    q: str | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the workers whom the actor may read, by (name, id).

    Args:
        within: Only workers who work in or under this area.
        q: Only workers whose name contains this text.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    binds |= {"within": within, "on_duty": on_duty, "name_part": q}
    return _WORKER_PAGE.read(session, binds, after=after, limit=limit)


_WORKER = _visible_workers(Worker.version, _DETAIL).where(Worker.id == bindparam("worker_id"))


def worker(session: Session, actor: Actor, worker_id: UUID, *, now: datetime) -> RowMapping | None:
    """Return a worker whom the actor may read, or None. Workers may read themselves.

    Columns: `version`, and `item` (the worker as JSON).
    """
    binds = visibility_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    return session.execute(_WORKER, binds | {"worker_id": worker_id}).mappings().one_or_none()


# Grants outside of the actor's scope do not count, so that an account without any other grant is not found.
_ACCOUNT_TO_ENROL = (
    select(
        Account.name,
        func.coalesce(
            func.bool_or(AccountGrant.role == any_(bindparam("roles", None, ARRAY(Text())))), false()
        ).label("has_role"),
    )
    .select_from(Account)
    .outerjoin(
        AccountGrant,
        and_(
            AccountGrant.account_id == Account.id,
            AccountGrant.revoked_at.is_(None),
            AccountGrant.deleted_at.is_(None),
            area_visibility(AccountGrant.area_id, AccountGrant),
        ),
    )
    .where(Account.id == bindparam("account_id", None, Uuid()), Account.deleted_at.is_(None))
    .group_by(Account.id)
    .having(or_(bindparam(f"{DEFAULT_PREFIX}_everywhere", None, Boolean()), func.count(AccountGrant.id) > 0))
)


def account_to_enrol(
    session: Session, actor: Actor, account_id: UUID, *, now: datetime, roles: Sequence[str]
) -> RowMapping | None:
    """Return an account that the actor may make a worker, or None.

    The account must have a grant (a role in an area) where the actor may edit workers. Columns: `name`, and `has_role` (True if
    such a grant has one of `roles`).
    """
    binds = visibility_binds(actor, now, Permission.WORKER_EDIT)
    binds |= {"account_id": account_id, "roles": list(roles)}
    return session.execute(_ACCOUNT_TO_ENROL, binds).mappings().one_or_none()


_INSERT_WORKER = sql_text("""
  with new_worker as (
    insert into worker (id, name, capacity, skills, permits, phone, created_at)
    values (:id, :name, :capacity, cast(:skills as text[]), cast(:permits as jsonb), :phone, :at) returning id)
  insert into worker_load (worker_id) select id from new_worker
""")


def insert_worker(
    session: Session,
    *,
    account_id: UUID,
    name: str,
    capacity: int,
    skills: Sequence[str],
    permits: str,
    phone: str | None,
    at: datetime,
) -> None:
    """Insert a worker, and the row that counts the worker's open cases.

    Args:
        permits: JSON object: until when each permit is valid, by skill.
    """
    binds = {"id": account_id, "name": name, "capacity": capacity, "skills": list(skills)}
    binds |= {"permits": permits, "phone": phone, "at": at}
    session.execute(_INSERT_WORKER, binds)


# A skill that goes takes its permit with it: `permits` may only name skills of the worker (check constraint).
_UPDATE_WORKER = sql_text("""
  update worker set name = coalesce(:name, name), capacity = coalesce(:capacity, capacity),
                    skills = coalesce(cast(:skills as text[]), skills),
                    permits = coalesce(cast(:permits as jsonb), permits - array(
                      select k from jsonb_object_keys(permits) k
                      where k <> all(coalesce(cast(:skills as text[]), skills)))),
                    phone = case when :sets_phone then :phone else phone end
  where id = :worker_id and deleted_at is null
    and (cast(:expected as bigint) is null or version = :expected)
  returning id
""")


def update_worker(
    session: Session, worker_id: UUID, *, expected: int | None, changes: dict[str, Any]
) -> bool:
    """Update a worker if it has the version `expected`; None: any version.

    Returns False, and changes nothing, if the worker has another version.
    """
    binds = {"name": None, "capacity": None, "skills": None, "permits": None, "phone": None} | changes
    binds |= {"worker_id": worker_id, "expected": expected, "sets_phone": "phone" in changes}
    return session.scalar(_UPDATE_WORKER, binds) is not None


_SKILLS = select(Worker.skills).where(Worker.id == bindparam("worker_id"))


def skills_of(session: Session, worker_id: UUID) -> list[str]:
    """Return the codes of the skills of a worker."""
    return session.execute(_SKILLS, {"worker_id": worker_id}).scalar_one()


# Not FOR UPDATE, which would hold up every insert of a row that refers to the worker (offers, positions).
_LOCK_WORKER = (
    select(Worker.id)
    .where(Worker.id == bindparam("worker_id"), Worker.deleted_at.is_(None))
    .with_for_update(key_share=True)
)


def lock_worker(session: Session, worker_id: UUID) -> bool:
    """Lock a worker until the transaction ends, so that only one transaction changes their duty.

    Returns False if there is no such worker.
    """
    return session.scalar(_LOCK_WORKER, {"worker_id": worker_id}) is not None
