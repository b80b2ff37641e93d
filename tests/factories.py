"""A small real city, made by the real services.

         lon+0.00      +0.02      +0.04
lat+0.04    +----------+----------+
            |  g1 c1   |  g3 c2   |
lat+0.02    +----------+----------+
            |  g2 c1   | (no grid)|   g4 takes only the western part of c2's south
lat+0.00    +----------+----------+
"""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shapely.geometry import Polygon, box
from sqlalchemy import text

from app.accounts import service as accounts
from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.profiles import service as profiles
from app.settings import Settings
from app.workforce import service as workforce
from tests.seeds import dice

PASSWORD = "a long enough password"


def in_days(days: float) -> str:
    """Return the instant in so many days, in ISO 8601."""
    return (clock.now() + timedelta(days=days)).isoformat()


# Access tokens are good for ten minutes, and a world that many tests share may be used for longer.
RENEW_AFTER_S = 400


@dataclass
class Person:
    """A person with an account, who signs in when first needed."""

    id: UUID
    username: str
    client: Any
    token: str | None = None
    # The token of the last sign-in by `bearer`, and the monotonic time from which it is replaced.
    renewed: tuple[str, float] = ("", 0.0)

    def bearer(self) -> dict[str, str]:
        """Return the header that names the person. A token of their own is replaced before it expires."""
        if self.token is None or (self.token == self.renewed[0] and time.monotonic() > self.renewed[1]):
            self.token = self.sign_in()["access_token"]
            self.renewed = (self.token, time.monotonic() + RENEW_AFTER_S)
        return {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        headers = self.bearer() | options.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **options)

    def sign_in(self, device_id: str = "phone") -> dict[str, Any]:
        body = {"username": self.username, "password": PASSWORD, "device_id": device_id}
        answer = self.client.post("/api/v1/auth/token", json=body)
        assert answer.status_code == 200, answer.json
        tokens: dict[str, Any] = answer.json
        return tokens

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Any:
        return self.call("POST", path, json, **options)

    def patch(self, path: str, json: Any, version: int | str | None = None) -> Any:
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return self.call("PATCH", path, json, headers=headers)


@dataclass
class City:
    app: Any
    settings: Settings
    code: str
    lon: float
    lat: float
    areas: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)
    jurisdiction_id: UUID | None = None

    def at(self, x: float, y: float) -> dict[str, float]:
        """Return a point, in units of 0.02 degree from the south-west corner."""
        return {"lon": round(self.lon + 0.02 * x, 7), "lat": round(self.lat + 0.02 * y, 7)}

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Polygon:
        """Return the box between two corners, in the units of `at`."""
        west, south = self.at(x0, y0).values()
        east, north = self.at(x1, y1).values()
        return box(west, south, east, north)

    def in_grid(self, name: str) -> dict[str, float]:
        return self.at(*{"g1": (0.5, 1.5), "g2": (0.5, 0.5), "g3": (1.5, 1.5), "g4": (1.2, 0.5)}[name])

    def in_no_grid(self) -> dict[str, float]:
        return self.at(1.8, 0.5)

    def person(
        self, role: Role, *, area: str | None = None, unit: str | None = None, name: str = "李梅"
    ) -> Person:
        username = f"u{secrets.token_hex(8)}"
        with db.transaction(SYSTEM) as session:
            account_id = accounts.create_account(
                session, SYSTEM, username=username, name=name, password=PASSWORD, settings=self.settings
            )
            accounts.add_grant(
                session,
                SYSTEM,
                account_id=account_id,
                role=role,
                area_id=self.areas[area] if area else None,
                unit_id=self.units[unit] if unit else None,
            )
        return Person(account_id, username, self.app.test_client(use_cookies=False))

    def grant(self, person: Person, role: Role, *, area: str | None = None, unit: str | None = None) -> None:
        """Grant a person one more role."""
        with db.transaction(SYSTEM) as session:
            accounts.add_grant(
                session,
                SYSTEM,
                account_id=person.id,
                role=role,
                area_id=self.areas[area] if area else None,
                unit_id=self.units[unit] if unit else None,
            )

    def worker(
        self,
        grid: str | None,
        *,
        on_duty: bool = True,
        name: str = "王芳",
        capacity: int = 5,
        skills: tuple[str, ...] = (),
        role: str = "worker",
    ) -> Person:
        kind = Role.GRID_CHIEF if role == "chief" else Role.WORKER
        person = self.person(kind, area=grid, name=name)
        with db.transaction(SYSTEM) as session:
            workforce.create_worker(
                session, SYSTEM, account_id=person.id, name=name, capacity=capacity, skills=skills
            )
            if grid:
                workforce.set_responsibility(
                    session, SYSTEM, worker_id=person.id, area_id=self.areas[grid], role=role
                )
            if on_duty:
                workforce.start_duty(session, SYSTEM, worker_id=person.id)
        return person

    def supervisor(self, area: str = "s") -> Person:
        return self.person(Role.SUPERVISOR, area=area, name="周主任")

    def handler(self, unit: str = "cleaning") -> Person:
        return self.person(Role.HANDLER, unit=unit, name="环卫班长")


# Places on a lattice of 0.1 degree, each used once in a process and far from the previous one. Longitudes stay where
# EPSG:4549 (central meridian 120 degrees east) is still defined.
_PLACES = (n * 7_919 % 300_000 for n in itertools.count(dice("places of cities").randrange(300_000)))


def make_city(
    app: Any,
    settings: Settings,
    *,
    at: tuple[float, float] | None = None,
    profile: dict[str, Any] | None = None,
    **categories: dict[str, Any],
) -> City:
    """Create a city with areas, profile and two units.

    Args:
        at: South-west corner, (lon, lat) in WGS 84; by default a place that no other test uses.
        profile: Sections that replace those of the packaged profile.
        categories: Changes of categories of the taxonomy, by code.
    """
    code = secrets.token_hex(4)
    row, column = divmod(next(_PLACES), 300)
    lon, lat = at or (column / 10 + 105, row / 10 - 50)
    city = City(app, settings, code, lon, lat)

    shapes = {
        "d": ("district", None, city.box(0, 0, 2, 2)),
        "s": ("street", "d", city.box(0, 0, 2, 2)),
        "c1": ("community", "s", city.box(0, 0, 1, 2)),
        "c2": ("community", "s", city.box(1, 0, 2, 2)),
        "g1": ("grid", "c1", city.box(0, 1, 1, 2)),
        "g2": ("grid", "c1", city.box(0, 0, 1, 1)),
        "g3": ("grid", "c2", city.box(1, 1, 2, 2)),
        "g4": ("grid", "c2", city.box(1, 0, 1.5, 1)),
    }
    with db.transaction(SYSTEM) as session:
        city.jurisdiction_id = areas.create_jurisdiction(
            session,
            SYSTEM,
            code=code,
            name={"zh": "试验区", "en": "Test district"},
            # Free codes, and the richer taxonomy.
            profile_data=profiles.packaged_profile("generic")
            | {"taxonomy": _changed(profiles.packaged_profile("xihu")["taxonomy"], categories)}
            | (profile or {}),
        )
        create_areas(session, city, shapes)
        _make_unit(session, city, "cleaning", "s", ["E01"])
        _make_unit(session, city, "roads", "s", ["02", "01"])
    return city


def create_areas(session: Any, city: City, shapes: dict[str, tuple[str, str | None, Any]]) -> None:
    """Import the areas of a city. `shapes`: name -> (level, name of the parent or None, polygon in WGS 84)."""
    features = [
        {
            "id": None,
            "geometry": shape,
            "properties": {
                "code": f"{city.code}-{name}",
                "name": {"zh": f"区{name}", "en": f"Area {name}"},
                "level": level,
                "parent_code": f"{city.code}-{parent}" if parent else None,
            },
        }
        for name, (level, parent, shape) in shapes.items()
    ]
    made = areas.import_areas(session, SYSTEM, jurisdiction=city.code, features=features)
    city.areas = {ref["code"].rsplit("-", 1)[1]: UUID(str(ref["id"])) for ref in made["created"]}


def create_town(city: City, shapes: dict[str, tuple[str, str | None, Any]]) -> None:
    """Create the jurisdiction of a city, with the taxonomy of `xihu` under free codes, and its areas."""
    profile = profiles.packaged_profile("generic") | {
        "taxonomy": profiles.packaged_profile("xihu")["taxonomy"]
    }
    with db.transaction(SYSTEM) as session:
        city.jurisdiction_id = areas.create_jurisdiction(
            session,
            SYSTEM,
            code=city.code,
            name={"zh": "试验城", "en": "Test town"},
            profile_data=profile,
        )
        create_areas(session, city, shapes)


def insert_area(
    session: Any,
    *,
    jurisdiction_id: UUID,
    parent_id: UUID | None,
    level: str,
    code: str,
    path: str,
    at: datetime,
) -> UUID:
    """Insert an area with one version, past the service: no geometry check, all areas share one square."""
    area_id = uuid7()
    session.execute(
        text("insert into area (id, jurisdiction_id, level, created_at) values (:id, :j, :level, :at)"),
        {"id": area_id, "j": jurisdiction_id, "level": level, "at": at},
    )
    session.execute(
        text("""
          insert into area_version
            (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
          values (:v, :id, :j, :parent, :level, :code, '{"zh": "区", "en": "Area"}',
                  ST_Multi(ST_MakeEnvelope(120, 30, 120.1, 30.1, 4326)), cast(:path as ltree),
                  tstzrange(:at, null))
        """),
        {
            "v": uuid7(),
            "id": area_id,
            "j": jurisdiction_id,
            "parent": parent_id,
            "level": level,
            "code": code,
            "path": f"{path}.{area_id.hex}" if path else area_id.hex,
            "at": at,
        },
    )
    return area_id


def _changed(taxonomy: dict[str, Any], by_code: dict[str, dict[str, Any]]) -> dict[str, Any]:
    categories = [category | by_code.get(category["code"], {}) for category in taxonomy["categories"]]
    return taxonomy | {"categories": categories}


def _make_unit(session: Any, city: City, name: str, area: str, prefixes: list[str]) -> None:
    unit_id = uuid7()
    areas.create_unit(
        session,
        SYSTEM,
        id=unit_id,
        jurisdiction=city.code,
        code=f"{city.code}-{name}",
        name={"zh": name, "en": name},
        area_id=city.areas[area],
        competences=[{"area_id": city.areas[area], "category_prefix": p} for p in prefixes],
    )
    city.units[name] = unit_id
