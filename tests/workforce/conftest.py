"""Fixtures of workforce: a small city for each test, two communities with grids, and its people."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.accounts.queries.jurisdictions import jurisdiction_ids
from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Grant, Role
from app.core.errors import Unauthenticated
from app.core.ids import uuid7
from app.factory import create_app
from app.profiles import service as profiles
from app.settings import Settings
from app.workforce import service
from tests.factories import PASSWORD, insert_area


@pytest.fixture(scope="session")
def app(settings):
    # With the limits of all other tests: they use the engines of the app that was made last.
    app = create_app(replace(settings, threads_per_worker=8))
    # Who calls is not the question here: the header says the account, the rest is real.
    app.extensions["authenticate"] = _actor_of
    with db.transaction(SYSTEM) as session:
        service.prepare_partitions(session, clock.now())
    yield app
    db.dispose()


def _actor_of(header: str | None) -> Actor:
    if header is None:
        raise Unauthenticated("unauthenticated")
    account_id = UUID(header.removeprefix("Bearer "))
    with db.read_session() as session:
        grants = session.execute(
            text("""
              select role, area_id, unit_id from account_grant where account_id = :id and revoked_at is null
            """),
            {"id": account_id},
        ).all()
        own = jurisdiction_ids(session, account_id, now=clock.now())
    held = tuple(Grant(Role(role), area, unit) for role, area, unit in grants)
    return Actor.of(id=account_id, grants=held, jurisdiction_ids=tuple(own))


@dataclass
class Caller:
    """A client that calls as one account."""

    client: Any
    account_id: UUID

    def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> Any:
        auth = {"Authorization": f"Bearer {self.account_id}"}
        return self.client.open(f"/api/v1{path}", method=method, headers=auth | (headers or {}), **kwargs)

    def get(self, path: str, **kwargs: Any) -> Any:
        return self._call("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> Any:
        return self._call("POST", path, json={} if json is None else json, **kwargs)

    def patch(self, path: str, json: Any, **kwargs: Any) -> Any:
        return self._call("PATCH", path, json=json, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> Any:
        return self._call("DELETE", path, **kwargs)


@cache
def _hashed() -> str:
    """Return the hash of PASSWORD, made once: hashing is slow on purpose."""
    return accounts.hash_password(PASSWORD, Settings())


@dataclass
class WorkforceCity:
    app: Any
    code: str = field(default_factory=lambda: secrets.token_hex(4))
    areas: dict[str, UUID] = field(default_factory=dict)

    def area(self, name: str) -> UUID:
        return self.areas[name]

    def caller(self, account_id: UUID) -> Caller:
        return Caller(self.app.test_client(), account_id)

    def person(self, role: Role, area: str | None, name: str = "李梅") -> UUID:
        """An account with one role."""
        with db.transaction(SYSTEM) as session:
            account_id = accounts.create_account(
                session,
                SYSTEM,
                username=f"u{secrets.token_hex(8)}",
                name=name,
                password=accounts.StoredPassword(_hashed()),
            )
            area_id = self.areas[area] if area else None
            accounts.add_grant(session, SYSTEM, account_id=account_id, role=role, area_id=area_id)
        return account_id

    def supervisor(self, area: str | None) -> Caller:
        return self.caller(self.person(Role.SUPERVISOR, area))

    def worker(
        self,
        grid: str | None,
        *,
        role: Role = Role.WORKER,
        on_duty_for: timedelta | None = None,
        name: str = "王芳",
        capacity: int = 5,
    ) -> Caller:
        """A worker, responsible for a grid; on duty for some time already, if told."""
        account_id = self.person(role, None, name)
        with db.transaction(SYSTEM) as session:
            service.create_worker(session, SYSTEM, account_id=account_id, name=name, capacity=capacity)
            if grid:
                service.set_responsibility(
                    session,
                    SYSTEM,
                    worker_id=account_id,
                    area_id=self.areas[grid],
                    role="chief" if role is Role.GRID_CHIEF else "worker",
                )
            if on_duty_for is not None:
                service.start_duty(session, SYSTEM, worker_id=account_id, at=clock.now() - on_duty_for)
        return self.caller(account_id)


@pytest.fixture
def workforce_city(app) -> WorkforceCity:
    city = WorkforceCity(app)
    jurisdiction = uuid7()
    now = clock.now() - timedelta(days=60)
    with db.transaction(SYSTEM) as session:
        areas.create_jurisdiction(
            session,
            SYSTEM,
            code=city.code,
            name={"zh": "市", "en": "City"},
            profile_data=profiles.packaged_profile("generic") | {"timezone": "Asia/Shanghai"},
            jurisdiction_id=jurisdiction,
        )
        for name, level in (
            ("d", "district"),
            ("d.s", "street"),
            ("d.s.c1", "community"),
            ("d.s.c1.g1", "grid"),
            ("d.s.c1.g2", "grid"),
            ("d.s.c2", "community"),
            ("d.s.c2.g3", "grid"),
        ):
            _add_area(session, city, jurisdiction, name, level, now)
    for name in list(city.areas):
        city.areas[name.rsplit(".", 1)[-1]] = city.areas[name]
    return city


def _add_area(
    session: Any, city: WorkforceCity, jurisdiction: UUID, name: str, level: str, now: datetime
) -> None:
    parts = name.split(".")
    chain = [city.areas[".".join(parts[: i + 1])] for i in range(len(parts) - 1)]
    city.areas[name] = insert_area(
        session,
        jurisdiction_id=jurisdiction,
        parent_id=chain[-1] if chain else None,
        level=level,
        code=f"{city.code}-{parts[-1]}",
        path=".".join(area.hex for area in chain),
        at=now,
    )
