"""Use cases that create accounts, grant roles, and load an account as an actor.

Managers change accounts of other people by `managed_accounts`, which calls this module.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import accounts as queries
from app.accounts.queries.jurisdictions import jurisdiction_ids
from app.accounts.rules import grants
from app.accounts.rules.service_accounts import PERSON
from app.accounts.service.audit import record
from app.accounts.service.passwords import StoredPassword, hash_password
from app.core import clock
from app.core.actor import Actor, ActorKind, Grant, Permission, Role
from app.core.errors import Conflict, NotFound
from app.core.ids import uuid7
from app.settings import Settings

# Parameters of new password hashes. A stored hash has its own parameters in it.
DEFAULTS = Settings()


def create_account(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID | None = None,
    username: str,
    name: str,
    password: str | StoredPassword,
    settings: Settings = DEFAULTS,
) -> UUID:
    """Create an account without grants and return its id.

    Args:
        account_id: None: the account gets a new id.
        password: In plain text, or already hashed, which saves time if many accounts get the same password.
        settings: Parameters for hashing a password in plain text.

    Raises:
        Conflict: `id_reused`.
    """
    if isinstance(password, str):
        password = StoredPassword(hash_password(password, settings))
    account_id = account_id or uuid7()
    row = {
        "id": account_id,
        "username": username,
        "name": name,
        "password_hash": password.hash,
        "must_change_password": password.must_change,
        "password_expires_at": password.expires_at,
        "created_at": clock.now(),
    }
    if not queries.insert_account(session, row):
        raise Conflict("id_reused")
    record(session, actor, action="account.create", entity="account", entity_id=account_id)
    return account_id


def add_grant(
    session: Session,
    actor: Actor,
    *,
    account_id: UUID,
    role: Role,
    area_id: UUID | None = None,
    unit_id: UUID | None = None,
) -> UUID:
    """Grant an account a role in an area, in a unit or everywhere, and return the grant's id.

    Raises:
        Forbidden: The actor may not grant this role there (`app.accounts.rules.grants`).
        Invalid: `grant_scope_invalid`: also if the role is not one of this kind of account.
        NotFound: There is no such account.
    """
    grants.require_other_account(actor, account_id)
    grant = grants.scope_of(role, area_id, unit_id)
    reach = grant_reach(session, actor, grant)
    grants.require_may_grant(actor, [(grant.role, reach)])
    grants.require_operator(actor, grant.role, reach)
    account = queries.lock_account(session, account_id)
    if account is None:
        raise NotFound("not_found")
    grants.require_kind_of_role(role, account.kind)
    grant_id = uuid7()
    row = {
        "id": grant_id,
        "account_id": account_id,
        "role": role.value,
        "area_id": area_id,
        "unit_id": unit_id,
        "granted_by": actor.id if actor.kind is ActorKind.ACCOUNT else None,
        "granted_at": clock.now(),
    }
    queries.insert_grant(session, row)
    queries.raise_permission_epoch(session, account_id)
    record(
        session,
        actor,
        action="account.grant",
        entity="account",
        entity_id=account_id,
        detail={"grant_id": grant_id, "role": role, "area_id": area_id, "unit_id": unit_id},
    )
    return grant_id


def actor_of(session: Session, account_id: UUID) -> Actor | None:
    """Load an account with its current roles as an actor, for a job that acts for the account.

    Return None if the account is disabled or unknown.
    """
    account = queries.lock_account(session, account_id)
    if account is None or account.disabled_at is not None:
        return None
    grants = [Grant(Role(g.role), g.area_id, g.unit_id) for g in queries.live_grants(session, account_id)]
    is_service = account.kind != PERSON
    return Actor.of(
        id=account_id,
        kind=ActorKind.SERVICE if is_service else ActorKind.ACCOUNT,
        only=frozenset(Permission(code) for code in account.permissions) if is_service else None,
        grants=tuple(grants),
        permission_epoch=account.permission_epoch,
        jurisdiction_ids=tuple(jurisdiction_ids(session, account_id, now=clock.now())),
    )


def actor_by_username(session: Session, username: str) -> Actor | None:
    """Return the account with this user name as an actor; None if it is disabled or unknown."""
    account_id = queries.account_id_of(session, username)
    return None if account_id is None else actor_of(session, account_id)


def raise_permission_epoch(session: Session, account_id: UUID) -> None:
    """Increase an account's permission epoch after its areas have changed.

    The responsibilities of a grid worker add areas to the areas of the worker's grants. Call this function when a
    responsibility changes, because changes of grants increase the epoch already.
    """
    queries.raise_permission_epoch(session, account_id)


def grant_reach(session: Session, actor: Actor, grant: Grant) -> grants.Reach:
    """Return the place of a grant, for the rules of granting roles.

    The result also has those areas that contain the place and in which the actor manages accounts.
    """
    area_id = grant.area_id if grant.unit_id is None else queries.unit_area(session, grant.unit_id)
    managed = actor.area_ids_with(Permission.ACCOUNT_MANAGE)
    if area_id is None or not managed:
        return grants.Reach(area_id)
    return grants.Reach(area_id, queries.areas_covering(session, area_id, managed))
