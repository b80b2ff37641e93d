"""How many statements a page sends: the same for few rows and for many; and how far it counts."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.ogc.conftest import box
from tests.ogc.test_tiles import path_of, tile_over
from tests.statements import recorded_statements


def work(statements: list[str]) -> list[str]:
    """Return the statements without one that only checks the caller. Exactly one checks the caller, alone or beside its row."""
    checks = [statement for statement in statements if "caller_is_live" in statement]
    assert len(checks) == 1, "\n\n".join(statements)
    return [statement for statement in statements if statement not in checks or "has_data" in statement]


@pytest.fixture
def recorder(app: Any) -> Callable[[], Any]:
    return recorded_statements


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ({}, 1),
        ({"filter": "state = 'in_use' AND note IS NULL"}, 1),
        ({"sortby": "-code", "properties": "code,grid_code,owning_unit_name"}, 1),
        ({"limit": 2}, 1),
        ({"limit": 2, "filter": "state = 'in_use'"}, 1),
        ({"limit": 2, "sortby": "-code"}, 1),
    ],
)
@pytest.mark.parametrize("is_in_box", [True, False])
def test_page_statement_count_is_constant_in_rows(city, gis, put, recorder, query, budget, is_in_box):
    gis.get("/collections")
    if is_in_box:
        query = query | {"bbox": box(city, 0, 0, 2, 2)}
    for rows in (3, 30):
        put(city.in_grid("g1"), rows)
        with recorder() as statements:
            answer = gis.get("/collections/components/items", **query)
        assert answer.status_code == 200, answer.text
        assert answer.json["numberReturned"] == min(query.get("limit", 100), answer.json["numberMatched"])
        assert len(work(statements)) == budget, "\n\n".join(statements)


def test_read_endpoints_stay_within_statement_budget(city, boss, put, recorder):
    made = put(city.in_grid("g1"))[0]
    boss.get("/collections")
    for path, budget in (
        ("/collections", 1),
        ("/collections/components", 1),
        ("/collections/components/queryables", 0),
        ("/collections/components/schema", 0),
        (f"/collections/components/items/{made}", 1),
    ):
        with recorder() as statements:
            assert boss.get(path).status_code == 200
        assert len(work(statements)) == budget, "\n\n".join(statements)
    for path in ("/", "/conformance", "/api"):
        with recorder() as statements:
            assert boss.get(path).status_code == 200
        assert statements == []


def test_tile_is_one_statement_when_new_cached_or_known(city, gis, put, recorder):
    """The statement checks the caller, too. A second one is needed only if the cache has an older version."""
    place = city.in_grid("g1")
    put(place, 2)
    path = path_of(tile_over(place, 15), "components")
    gis.get("/collections")

    def ask(headers: dict[str, str]) -> tuple[int, str, list[bool]]:
        with recorder() as statements:
            answer = gis.get(path, headers)
        assert len(work(statements)) == len(statements) and "has_data" in statements[0]
        return answer.status_code, answer.headers["ETag"], ["ST_AsMVT" in text for text in statements]

    status, tag, made = ask({})
    assert (status, made) == (200, [True])
    assert ask({}) == (200, tag, [False])
    assert ask({"If-None-Match": tag}) == (304, tag, [False])
    put(place, 1)
    status, newer, made = ask({"If-None-Match": tag})
    assert (status, made) == (200, [False, True]) and newer != tag
    assert ask({"If-None-Match": newer}) == (304, newer, [False])


def test_queries_of_same_shape_share_statement_text(city, gis, put, recorder):
    """Values are binds: what differs in them only is the same text, which PostgreSQL has read before."""
    put(city.in_grid("g1"), 3)
    gis.get("/collections")
    texts = set()
    for n in range(4):
        with recorder() as statements:
            gis.items("components", bbox=box(city, n / 10, 0, 2, 2), filter=f"note = 'x{n}' OR code > '{n}'")
        texts |= set(work(statements))
    assert len(texts) == 1


def test_matches_are_counted_up_to_limit_and_estimated_above(city, gis, put, monkeypatch):
    put(city.in_grid("g1"), 6)
    query = {"bbox": box(city, 0, 0, 2, 2), "limit": 2}
    assert gis.items("components", **query)["numberMatched"] == 6
    monkeypatch.setattr("app.ogc.queries.features.COUNTED", 6)
    assert gis.items("components", **query)["numberMatched"] == 6
    put(city.in_grid("g1"), 1)
    body = gis.items("components", **query)
    assert "numberMatched" not in body and body["numberMatchedEstimate"] >= 7
    assert body["numberReturned"] == 2
    # A page that is all there is, is counted all the same.
    assert gis.items("components", bbox=query["bbox"])["numberMatched"] == 7
    assert " on this page" in gis.get("/collections/components/items", f="html", **query).text
