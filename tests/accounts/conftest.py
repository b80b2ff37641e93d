"""Fixtures of accounts: a small city for each test, accounts in it, and a client that signs them in."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from random import randint
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import service
from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.profiles import service as profiles
from tests.factories import PASSWORD, insert_area


@dataclass
class AccountsCity:
    """district > street > (community, other_community) > grid; and a district beside it."""

    district: UUID
    street: UUID
    community: UUID
    other_community: UUID
    grid: UUID
    elsewhere: UUID
    unit: UUID
    unit_elsewhere: UUID
    code: str


@pytest.fixture
def accounts_city(app) -> AccountsCity:
    code = secrets.token_hex(4)
    jurisdiction, paths = uuid7(), {}

    def area(session, level: str, parent: UUID | None, suffix: str) -> UUID:
        made = insert_area(
            session,
            jurisdiction_id=jurisdiction,
            parent_id=parent,
            level=level,
            code=code + suffix,
            path=paths.get(parent, ""),
            at=clock.now(),
        )
        paths[made] = f"{paths[parent]}.{made.hex}" if parent else made.hex
        return made

    def unit(session, area_id: UUID | None, suffix: str) -> UUID:
        made = uuid7()
        session.execute(
            text("""
                insert into unit (id, jurisdiction_id, area_id, code, name, created_at)
                values (:id, :j, :area, :code, '{"zh": "队", "en": "Unit"}', :at)
            """),
            {"id": made, "j": jurisdiction, "area": area_id, "code": f"{code}{suffix}", "at": clock.now()},
        )
        return made

    with db.transaction(SYSTEM) as session:
        areas.create_jurisdiction(
            session,
            SYSTEM,
            code=code,
            name={"zh": "市", "en": "City"},
            profile_data=profiles.packaged_profile("generic"),
            jurisdiction_id=jurisdiction,
        )
        district = area(session, "district", None, "-d")
        street = area(session, "street", district, "-s")
        community = area(session, "community", street, "-c")
        other_community = area(session, "community", street, "-o")
        grid = area(session, "grid", community, "-g")
        elsewhere = area(session, "district", None, "-e")
        return AccountsCity(
            district,
            street,
            community,
            other_community,
            grid,
            elsewhere,
            unit(session, community, "-u"),
            unit(session, elsewhere, "-w"),
            code,
        )


@dataclass
class Person:
    """A person with an account, who signs in at the first request."""

    id: UUID
    username: str
    password: str
    client: Any
    address: str
    grants: list[UUID] = field(default_factory=list)
    tokens: dict[str, Any] = field(default_factory=dict)

    def sign_in(self, **fields: Any) -> Any:
        body = {"username": self.username, "password": self.password} | fields
        answer = self.client.post(
            "/api/v1/auth/token", json=body, environ_overrides={"REMOTE_ADDR": self.address}
        )
        if answer.status_code == 200:
            self.tokens = answer.json
        return answer

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        if not self.tokens:
            assert self.sign_in().status_code == 200
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"} | options.pop("headers", {})
        return self.client.open(
            f"/api/v1{path}",
            method=method,
            json=json,
            headers=headers,
            environ_overrides={"REMOTE_ADDR": self.address},
            **options,
        )

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.call("POST", path, json, **options)

    def patch(self, path: str, json: Any, version: str | None = None) -> Any:
        return self.call("PATCH", path, json, headers={"If-Match": version} if version else {})

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)


@pytest.fixture
def address() -> str:
    """Return an address in a network that no other test uses, so that their failed sign-ins do not count.

    It is written as the server writes it, without leading zeros.
    """
    return f"2001:db8:{randint(0x100, 0xFFF):x}:{randint(0x100, 0xFFF):x}::1"


@pytest.fixture
def someone(app, settings, address) -> Callable[..., Person]:
    """Return a function that creates a person with one role or none."""

    def make(role: Role | None = None, area: UUID | None = None, unit: UUID | None = None) -> Person:
        username = f"p{secrets.token_hex(6)}"
        with db.transaction(SYSTEM) as session:
            made = service.create_account(
                session, SYSTEM, username=username, name="张三", password=PASSWORD, settings=settings
            )
            grants = []
            if role:
                grants.append(
                    service.add_grant(session, SYSTEM, account_id=made, role=role, area_id=area, unit_id=unit)
                )
        return Person(made, username, PASSWORD, app.test_client(), address, grants)

    return make


@pytest.fixture
def admin(someone) -> Person:
    return someone(Role.ADMIN)


@pytest.fixture
def supervisor(someone, accounts_city) -> Person:
    """Return a supervisor of the street."""
    return someone(Role.SUPERVISOR, accounts_city.street)


@pytest.fixture
def worker(someone, accounts_city) -> Person:
    return someone(Role.WORKER, accounts_city.grid)


@pytest.fixture
def sql(rows) -> Callable[..., Any]:
    return rows
