"""Use cases that create an account with its roles and a first password.

Managers use `open_account`, and the operator of the server uses `open_account_at`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts.queries import accounts as queries
from app.accounts.queries import jurisdictions
from app.accounts.service.accounts import add_grant, create_account
from app.accounts.service.managed_accounts import AccountJson, describe_account
from app.accounts.service.passwords import (
    StoredPassword,
    hash_password,
    one_time_password,
    require_hard_to_guess,
)
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import invalid_field
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class PlaceCodes:
    """The place of a role, as codes that an operator types.

    Without any code the place is the whole installation.

    Args:
        area: Code of an area.
        unit: Code of a unit.
        jurisdiction: Code of the jurisdiction of the area or unit. It is needed if several jurisdictions have an area or
            unit with that code. Without area and unit, the place is the whole jurisdiction.
    """

    area: str | None = None
    unit: str | None = None
    jurisdiction: str | None = None


def open_account(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    username: str,
    name: str,
    roles: Sequence[Mapping[str, Any]],
    id: UUID | None = None,
    password: str | None = None,
) -> AccountJson:
    """Create an account with its roles. The owner must change the password at the first sign-in.

    Args:
        password: None: a one-time password is generated. Only the returned JSON has it (`one_time_password`).
    """
    if password is not None:
        own_words = queries.words_of(
            session,
            None,
            area_ids=[role["area_id"] for role in roles if role.get("area_id")],
            unit_ids=[role["unit_id"] for role in roles if role.get("unit_id")],
        )
        require_hard_to_guess(password, [username, name, *own_words], field="password")
    first_password = password or one_time_password()
    expires_at = None if password else clock.now() + settings.one_time_password_life
    account_id = create_account(
        session,
        actor,
        account_id=id,
        username=username,
        name=name,
        password=StoredPassword(
            hash_password(first_password, settings), must_change=True, expires_at=expires_at
        ),
    )
    for role in roles:
        add_grant(session, actor, account_id=account_id, **role)
    account = describe_account(session, actor, account_id=account_id)
    if password:
        return account
    return AccountJson(
        orjson.dumps(orjson.loads(account.body) | {"one_time_password": first_password}), account.version
    )


def open_account_at(
    session: Session,
    actor: Actor,
    *,
    settings: Settings,
    username: str,
    name: str,
    role: Role,
    place: PlaceCodes,
) -> str:
    """Create an account with a role at a place given by codes, and return the one-time password.

    Raises:
        Invalid: No area or unit has the code, or several jurisdictions have one with the code.
    """
    areas: list[UUID | None] = [None]
    if place.area:
        ids = jurisdictions.areas_by_code(session, place.area, jurisdiction=place.jurisdiction)
        areas = [_only(ids, "area")]
    elif place.jurisdiction and not place.unit:
        areas = [*jurisdictions.top_areas(session, place.jurisdiction)]
        if not areas:
            raise invalid_field("jurisdiction", "no_areas_yet")
    unit_id = None
    if place.unit:
        ids = jurisdictions.units_by_code(session, place.unit, jurisdiction=place.jurisdiction)
        unit_id = _only(ids, "unit")
    roles = [{"role": role, "area_id": area_id, "unit_id": unit_id} for area_id in areas]
    account = open_account(session, actor, settings=settings, username=username, name=name, roles=roles)
    return str(orjson.loads(account.body)["one_time_password"])


def _only(ids: list[UUID], field: str) -> UUID:
    if len(ids) != 1:
        raise invalid_field(field, "reference_unknown" if not ids else "in_several_jurisdictions")
    return ids[0]


def ensure_locked_account(session: Session, account_id: UUID, *, username: str, name: str) -> None:
    """Create an account to which nobody can sign in, if it does not exist: one through which the server itself acts."""
    now = clock.now()
    queries.insert_account(
        session,
        {
            "id": account_id,
            "username": username,
            "name": name,
            "password_hash": "",
            "created_at": now,
            "disabled_at": now,
        },
    )
