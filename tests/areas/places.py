"""A square city of two grids at a place of its own, drawn by hand so that each line of it can be moved."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from app.profiles import service as profiles
from tests.factories import PASSWORD
from tests.seeds import dice

SIDE = 0.01  # degrees, about a kilometre


@dataclass
class Person:
    """Somebody signed in."""

    id: UUID
    http: Any
    token: str

    def call(self, method: str, path: str, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | kwargs.pop("headers", {})
        return self.http.open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.call("GET", path, query_string=query, headers=headers or {})

    def post(self, path: str, body: Any, **kwargs: Any) -> Any:
        return self.call("POST", path, json=body, **kwargs)

    def patch(self, path: str, body: Any, **kwargs: Any) -> Any:
        return self.call("PATCH", path, json=body, **kwargs)


@pytest.fixture
def person(app, settings):
    """Open an account with roles, each `(role, area_id)`, and sign in."""

    def make(*roles: tuple[Role, UUID | None], unit_id: UUID | None = None) -> Person:
        username = f"p-{secrets.token_hex(6)}"
        with db.transaction(SYSTEM) as session:
            account_id = accounts.create_account(
                session, SYSTEM, username=username, name="P", password=PASSWORD, settings=settings
            )
            for role, area_id in roles:
                unit = unit_id if role is Role.HANDLER else None
                accounts.add_grant(
                    session, SYSTEM, account_id=account_id, role=role, area_id=area_id, unit_id=unit
                )
        http = app.test_client()
        answer = http.post("/api/v1/auth/token", json={"username": username, "password": PASSWORD})
        return Person(account_id, http, answer.json["access_token"])

    return make


@pytest.fixture
def admin(person) -> Person:
    return person((Role.ADMIN, None))


@dataclass
class SquareCity:
    """A jurisdiction whose district, street and community are the same square, halved into two grids.

    Shapes are boxes in units of the square's side.
    """

    code: str
    jurisdiction_id: UUID
    lon: float
    lat: float
    ids: dict[str, UUID] = field(default_factory=dict)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.lon + x * SIDE, self.lat + y * SIDE

    def box(self, west: float, south: float, east: float, north: float) -> dict[str, Any]:
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return {"type": "Polygon", "coordinates": [[list(self.at(x, y)) for x, y in corners]]}

    def feature(
        self, suffix: str, level: str, box: tuple[float, float, float, float] | dict[str, Any], **members: Any
    ) -> dict[str, Any]:
        geometry = box if isinstance(box, dict) else self.box(*box)
        parent = members.pop("parent", None)
        properties = {
            "code": f"{self.code}{suffix}",
            "name": {"zh": f"区{suffix}", "en": f"Area {suffix}"},
            "level": level,
            "parent_code": f"{self.code}{parent}" if parent else None,
        }
        return {"type": "Feature", "geometry": geometry, "properties": properties} | members

    def collection(self, *features: dict[str, Any]) -> dict[str, Any]:
        return {"type": "FeatureCollection", "jurisdiction": self.code, "features": list(features)}

    def bbox(self, west: float, south: float, east: float, north: float) -> str:
        return ",".join(str(value) for value in (*self.at(west, south), *self.at(east, north)))


def sql(statement: str, **binds: Any) -> Any:
    """Rows of a statement of the test's own."""
    with db.transaction(SYSTEM) as session:
        result = session.execute(text(statement), binds)
        return result.all() if result.returns_rows else None


@pytest.fixture(name="sql")
def sql_fixture(app):
    return sql


# Cities of one process lie far from each other.
PLACES = dice("places of cities")


@pytest.fixture
def empty_city(app) -> SquareCity:
    """A jurisdiction without areas."""
    code = f"x{secrets.token_hex(4)}"
    with db.transaction(SYSTEM) as session:
        jurisdiction_id = areas.create_jurisdiction(
            session,
            SYSTEM,
            code=code,
            name={"zh": "市", "en": "City"},
            profile_data=profiles.packaged_profile("generic"),
        )
    return SquareCity(code, jurisdiction_id, PLACES.uniform(-170, 60), PLACES.uniform(-60, 60))


@pytest.fixture
def square_city(empty_city, admin) -> SquareCity:
    """-d > -s > -c > (-g1, -g2), the western and the eastern half."""
    whole = (0, 0, 1, 1)
    made = admin.post(
        "/areas/import",
        empty_city.collection(
            empty_city.feature("-d", "district", whole),
            empty_city.feature("-s", "street", whole),
            empty_city.feature("-c", "community", whole),
            empty_city.feature("-g1", "grid", (0, 0, 0.5, 1)),
            empty_city.feature("-g2", "grid", (0.5, 0, 1, 1)),
        ),
    )
    assert made.status_code == 201, made.json
    assert made.json["findings"] == []
    for area in made.json["created"]:
        empty_city.ids[area["code"].removeprefix(empty_city.code)] = UUID(area["id"])
    return empty_city


@pytest.fixture
def settle(app):
    """Put a household at each point; their ids."""

    def make(city: SquareCity, *points: tuple[float, float]) -> list[UUID]:
        rows = []
        for number, point in enumerate(points):
            lon, lat = city.at(*point)
            rows.append(
                {
                    "id": uuid7(),
                    "jurisdiction_id": city.jurisdiction_id,
                    "address": f"No. {number}",
                    "lon": lon,
                    "lat": lat,
                }
            )
        with db.transaction(SYSTEM) as session:
            assert households.insert_many(session, SYSTEM, rows=rows) == len(rows)
        return [row["id"] for row in rows]

    return make


@pytest.fixture
def hire(app, settings):
    """Open a worker who looks after areas from now on, each `(area_id, role)`."""

    def make(*places: tuple[UUID, str], name: str = "W") -> UUID:
        username = f"w-{secrets.token_hex(6)}"
        with db.transaction(SYSTEM) as session:
            worker_id = accounts.create_account(
                session, SYSTEM, username=username, name=name, password=PASSWORD, settings=settings
            )
            accounts.add_grant(session, SYSTEM, account_id=worker_id, role=Role.WORKER)
            session.execute(
                text("insert into worker (id, name, capacity, created_at) values (:id, :name, 5, :at)"),
                {"id": worker_id, "name": name, "at": clock.now()},
            )
            for area_id, role in places:
                session.execute(
                    text("""
                        insert into responsibility (id, worker_id, area_id, role, valid)
                        values (:id, :worker_id, :area_id, :role, tstzrange(:at, null))
                    """),
                    {
                        "id": uuid7(),
                        "worker_id": worker_id,
                        "area_id": area_id,
                        "role": role,
                        "at": clock.now(),
                    },
                )
        return worker_id

    return make
