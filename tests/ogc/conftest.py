"""Somebody who looks at maps of one city, and what stands in it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy.orm import Session

from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from app.ogc.rules.collections import COLLECTIONS
from tests.factories import City, Person
from tests.ogc.sample import sampled

# Whoever only looks knows of the layer of signals and sees none: tests/supervision/test_signals.py looks at them.
LOOKED_AT = tuple(name for name in COLLECTIONS if name not in ("signals", "signal-cases"))
# Counted, not drawn: of a thousand that are drawn, two are often the same.
SERIALS = itertools.count(1)


@pytest.fixture(scope="module")
def session(settings: Any) -> Iterator[Session]:
    """A session with the sample table."""
    with sampled(settings) as session:
        yield session


@dataclass
class Map:
    """A person at the doors of /ogc."""

    person: Person

    def open(self, method: str, path: str, query: Any = None, **options: Any) -> Any:
        headers = self.person.bearer() | options.pop("headers", {})
        if query:
            path += "?" + urlencode(query, doseq=True)
        return self.person.client.open(f"/ogc{path}", method=method, headers=headers, **options)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """`bbox_crs` stands for `bbox-crs`."""
        named = {name.replace("__", "-"): value for name, value in query.items()}
        return self.open("GET", path, named, headers=headers or {})

    def items(self, collection: str, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/collections/{collection}/items", **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def ids(self, collection: str, **query: Any) -> list[str]:
        return [one["id"] for one in self.items(collection, **query)["features"]]

    def follow(self, href: str) -> Any:
        parts = urlsplit(href)
        return self.open("GET", f"{parts.path.removeprefix('/ogc')}?{parts.query}")


@pytest.fixture
def gis(city: City) -> Map:
    return Map(city.person(Role.GIS, area="s"))


@pytest.fixture
def boss(city: City) -> Map:
    return Map(city.supervisor())


def make_components(city: City, place: dict[str, float], count: int = 1, **facts: Any) -> list[str]:
    """Put components at a place; their ids in order."""
    rows = [
        {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "code": f"3301060101{next(SERIALS):06d}",
            "name": {"zh": "井盖", "en": "Cover"},
            **place,
            "lon": place["lon"] + n / 100_000,
            **facts,
        }
        for n in range(count)
    ]
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=rows)
    return [str(row["id"]) for row in rows]


def make_premises(city: City, place: dict[str, float], address: str = "文三路 8 号 1 幢 501 室") -> str:
    """Premises with a household at a place."""
    home = {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "address": address, **place}
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=[home])
    return str(home["id"])


@pytest.fixture
def put(city: City) -> Any:
    return partial(make_components, city)


@pytest.fixture
def house(city: City) -> Any:
    return partial(make_premises, city)


def box(city: City, x0: float, y0: float, x1: float, y1: float) -> str:
    """A bbox in units of the city's squares."""
    west, south = city.at(x0, y0).values()
    east, north = city.at(x1, y1).values()
    return f"{west},{south},{east},{north}"


def link(body: dict[str, Any], rel: str) -> str:
    return next(str(one["href"]) for one in body["links"] if one["rel"] == rel)
