"""Whichever way a page's rows are looked for: the same rows, in the same order, each once, and as many as are said."""

from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM, Role
from app.ogc.queries import features, paging
from tests.factories import City, Person
from tests.ogc.conftest import Map, box, link
from tests.sample_sizes import drawn_share

COLLECTIONS = ("incidents", "components", "premises", "households")


@pytest.fixture
def reporter(city: City) -> Person:
    return city.worker("g1")


@pytest.fixture
def filled(city: City, put: Any, house: Any, report: Any, reporter: Person) -> City:
    """Something of each kind in every grid and in none."""
    for turn in range(2):
        for name in ("g1", "g2", "g3", "g4"):
            put(city.in_grid(name))
            house(city.in_grid(name), f"文三路 {turn} 号 {name}")
            report(reporter, city.in_grid(name))
        put(city.in_no_grid())
        house(city.in_no_grid(), f"文三路 {turn} 号")
        report(reporter, city.in_no_grid())
    return city


def readers(city: City) -> dict[str, Map]:
    """People who look at places of every depth, at several, at their own only, and at nothing."""
    several = city.person(Role.GIS, area="g1")
    for area in ("c1", "g4"):
        city.grant(several, Role.GIS, area=area)
    both = city.worker("g2")
    city.grant(both, Role.HANDLER, unit="cleaning")
    return {
        "everywhere": Map(city.person(Role.ADMIN)),
        "district": Map(city.supervisor("d")),
        "street": Map(city.supervisor("s")),
        "community": Map(city.person(Role.GIS, area="c2")),
        "grid": Map(city.person(Role.GIS, area="g3")),
        "several": Map(several),
        "worker": Map(city.worker("g3")),
        "worker and handler": Map(both),
        "handler": Map(city.handler()),
        "nowhere": Map(city.worker(None)),
    }


def walk(reader: Map, collection: str, **query: Any) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids of all pages, and the pages."""
    pages = [reader.items(collection, **query)]
    while any(entry["rel"] == "next" for entry in pages[-1]["links"]):
        answer = reader.follow(link(pages[-1], "next"))
        assert answer.status_code == 200, answer.text
        pages.append(answer.json)
    return [feature["id"] for page in pages for feature in page["features"]], pages


@pytest.mark.wide
@pytest.mark.parametrize("has_few_parts", [True, False])
@pytest.mark.parametrize("collection", drawn_share(COLLECTIONS, one_in=3, name="query plans"))
def test_every_query_plan_returns_same_pages(filled, reporter, monkeypatch, collection, has_few_parts):
    """By a small box, which is read whole; by the places of the reader; by a large box of them; by a filter."""
    monkeypatch.setattr(paging, "_BOUNDS", ())
    if not has_few_parts:
        monkeypatch.setattr(paging, "_PARTS_MOST", 0)
    for name, reader in (readers(filled) | {"reporter": Map(reporter)}).items():
        if reader.get(f"/collections/{collection}").status_code == 403:
            continue
        small, wide = box(filled, 0, 0, 2, 2), box(filled, -1, -1, 3, 3)
        expected, (page,) = walk(reader, collection, bbox=small)
        assert len(set(expected)) == len(expected) == page["numberMatched"], name
        for query in ({"bbox": small}, {"bbox": wide}, {"filter": f"S_INTERSECTS(geometry, BBOX({small}))"}):
            ids, pages = walk(reader, collection, limit=2, **query)
            assert ids == expected, (name, query)
            assert {page["numberMatched"] for page in pages} == {len(expected)}, (name, query)
            assert [page["numberReturned"] for page in pages[:-1]] == [2] * (len(pages) - 1)
        assert reader.ids(collection, bbox=wide, offset=3, limit=2) == expected[3:5], name
        # Of a part of it, too.
        half = walk(reader, collection, bbox=box(filled, 0, 0, 1, 2))[0]
        for query in (
            {"bbox": box(filled, -1, -1, 1, 3)},
            {"filter": f"S_INTERSECTS(geometry, BBOX({box(filled, 0, 0, 1, 2)}))"},
        ):
            assert walk(reader, collection, limit=2, **query)[0] == half, (name, query)
        if name not in ("everywhere", "handler"):  # tests beside this one fill the same tables
            assert walk(reader, collection, limit=3)[0] == expected, name


def test_reader_sees_features_of_own_areas(filled):
    """The numbers by hand: the ways above could all be wrong together."""
    counts = {name: len(reader.ids("components")) for name, reader in readers(filled).items()}
    assert {name: counts[name] for name in ("district", "street", "community", "grid", "several")} == {
        "district": 10,
        "street": 10,
        "community": 6,
        "grid": 2,
        "several": 6,
    }
    assert counts["nowhere"] == 0


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_reported_at_order_is_served_both_ways(filled, collection):
    reader = readers(filled)["several"]
    expected = walk(reader, collection, limit=2)[0]
    if collection != "incidents":
        assert expected == sorted(expected)
        return
    # Many at one time, as imports make them.
    with db.transaction(SYSTEM) as session:
        session.execute(
            text(
                "update incident set reported_at = date_trunc('day', reported_at) where jurisdiction_id = :id"
            ),
            {"id": filled.jurisdiction_id},
        )
    expected = walk(reader, collection, limit=2)[0]
    assert walk(reader, collection, limit=2, sortby="reported_at")[0] == expected
    assert walk(reader, collection, limit=2, sortby="-reported_at")[0] == expected[::-1]
    times = [feature["properties"]["reported_at"] for feature in reader.items(collection)["features"]]
    assert times == sorted(times)


@pytest.mark.parametrize("query", [{}, {"bbox": True}])
def test_pages_beyond_count_limit_continue_with_estimate(filled, monkeypatch, query):
    reader = readers(filled)["street"]
    if query:
        query = {"bbox": box(filled, 0, 0, 2, 2)}
    expected = walk(reader, "components", limit=2, **query)[0]
    monkeypatch.setattr(features, "COUNTED", 5)
    ids, pages = walk(reader, "components", limit=2, **query)
    assert ids == expected and len(ids) == 10
    assert not any("numberMatched" in page for page in pages)
    assert all(page["numberMatchedEstimate"] > 5 for page in pages)
    # Not counted again for a while, but where it costs nothing.
    monkeypatch.setattr(features, "COUNTED", 10_000)
    again = reader.items("components", limit=2, **query)
    assert ("numberMatched" in again) is bool(query)
    monkeypatch.setattr(import_module("app.ogc.service.items"), "_WIDE_SECONDS", 0.0)
    assert reader.items("components", limit=2, **query)["numberMatched"] == 10


def test_incident_seen_for_two_reasons_is_returned_once(filled, report):
    """A case in the grid of the worker who also reported it and has the offer."""
    worker = filled.worker("g2")
    mine = report(worker, filled.in_grid("g2"))["id"]
    body = Map(worker).items("incidents")
    ids = [feature["id"] for feature in body["features"]]
    assert ids.count(mine) == 1 and len(ids) == len(set(ids)) == body["numberMatched"] == 3
