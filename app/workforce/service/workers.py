"""Use cases of workers: enrol an account as a worker, change and read workers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor, Permission, Role
from app.core.errors import Conflict, NotFound, Stale, invalid_field
from app.core.paging import key_after, page_body_of
from app.workforce.queries import workers as queries
from app.workforce.rules import duty as rules
from app.workforce.service.guards import any_text, require_worker

DEFAULT_CAPACITY = 5
FIELD_ROLES = (Role.WORKER, Role.GRID_CHIEF)


def create_worker(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    name: str,
    capacity: int,
    skills: Iterable[str] = (),
    permits: Mapping[str, datetime] | None = None,
    phone: str | None = None,
) -> None:
    """Make a worker of an account.

    The caller must have checked that the actor may make a worker of this account.
    """
    existing = sorted(set(skills))
    queries.insert_worker(
        session,
        account_id=account_id,
        name=name,
        capacity=capacity,
        skills=existing,
        permits=_permits(permits or {}, existing),
        phone=phone,
        at=clock.now(),
    )
    accounts.record(
        session,
        actor,
        action="worker.create",
        entity="worker",
        entity_id=account_id,
        detail={"capacity": capacity, "skills": existing},
    )


def enrol_worker(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    name: str | None = None,
    capacity: int = DEFAULT_CAPACITY,
    skills: Iterable[str] = (),
    permits: Mapping[str, datetime] | None = None,
    phone: str | None = None,
) -> tuple[bytes, int]:
    """Make a worker of an account in the actor's scope. Returns (worker as JSON, `ETag`).

    Args:
        name: None: the name of the account.
        permits: For each skill that expires, until when it is valid.

    Raises:
        Conflict: `worker_role_missing`: the account has no role of a field worker in the actor's scope.
    """
    account = queries.account_to_enrol(
        session, actor, account_id, now=clock.now(), roles=[role.value for role in FIELD_ROLES]
    )
    if account is None:
        raise NotFound("not_found")
    if not account["has_role"]:
        raise Conflict("worker_role_missing")
    create_worker(
        session,
        actor,
        account_id=account_id,
        name=name or account["name"],
        capacity=capacity,
        skills=skills,
        permits=permits,
        phone=phone,
    )
    return worker(session, actor, worker_id=account_id)


def change_worker(
    session: Session, actor: Actor, *, worker_id: UUID, expected_tag: int | None, changes: dict[str, Any]
) -> tuple[bytes, int]:
    """Change name, capacity, skills, permits or telephone of a worker. Returns (worker as JSON, `ETag`).

    Args:
        expected_tag: The `ETag` that the caller has read; None: any.

    Raises:
        Stale: The worker has another version.
    """
    require_worker(session, actor, worker_id, Permission.WORKER_EDIT)
    if "skills" in changes:
        changes = changes | {"skills": sorted(set(changes["skills"]))}
    if "permits" in changes:
        existing = changes["skills"] if "skills" in changes else queries.skills_of(session, worker_id)
        changes = changes | {"permits": _permits(changes["permits"], existing)}
    expected = rules.version_of(expected_tag)
    if not queries.update_worker(session, worker_id, expected=expected, changes=changes):
        raise Stale("version_stale")
    accounts.record(
        session,
        actor,
        action="worker.change",
        entity="worker",
        entity_id=worker_id,
        detail={"fields": sorted(changes)},
    )
    return worker(session, actor, worker_id=worker_id)


def _permits(permits: Mapping[str, datetime], skills: Sequence[str]) -> str:
    """Return the permits as JSON.

    Raises:
        Invalid: A permit is for a skill that the worker does not have.
    """
    if unmatched := sorted(set(permits) - set(skills)):
        raise invalid_field("permits", "permit_without_skill", skill=unmatched[0])
    return orjson.dumps(dict(sorted(permits.items()))).decode()


def worker(session: Session, actor: Actor, *, worker_id: UUID) -> tuple[bytes, int]:
    """Return (a worker whom the actor may read as JSON, `ETag`).

    Raises:
        NotFound: There is no such worker, or the actor may not read them.
    """
    row = queries.worker(session, actor, worker_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["item"], rules.tag_of(row["version"], row["item"])


def workers(
    session: Session,
    actor: Actor,
    *,
    within: UUID | None = None,
    on_duty: bool | None = None,
    q: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> bytes:
    """Return a page of the workers whom the actor may read, by name."""
    row = queries.workers(
        session,
        actor,
        now=clock.now(),
        within=within,
        on_duty=on_duty,
        q=q or None,
        after=key_after(cursor, any_text, UUID),
        limit=limit,
    )
    return page_body_of(row, limit)
