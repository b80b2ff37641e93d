"""The abstract tests of CQL2 1.0 that need no data of the standard's own, by their ids, on every collection, in both encodings.

`FOO` and the other literals are those of the standard. Its test data (countries, places, rivers) are not at hand; what filters
mean is shown on a table of ours (test_cql2_evaluation.py) and by the standard's examples (test_cql2_examples.py).
"""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.ogc.rules.collections import COLLECTIONS, Collection, Kind
from app.ogc.rules.cql2 import parse_text
from tests.factories import make_city
from tests.ogc.conftest import LOOKED_AT, Map, box, make_components, make_premises
from tests.width import IS_WIDE

pytestmark = pytest.mark.wide

VALUES = {
    Kind.TEXT: "'foo'",
    Kind.BOOLEAN: "true",
    Kind.INTEGER: "1",
    Kind.INSTANT: "TIMESTAMP('2022-04-14T14:48:46Z')",
    Kind.DATE: "DATE('2022-04-14')",
}
# Districts, streets and communities have what grids have.
NAMES = [name for name in LOOKED_AT if name not in ("districts", "streets", "communities")]
OPERATORS = ("=", "<>", ">", "<", ">=", "<=")
APART = (("=", "<>"), (">", "<="), ("<", ">="))


@dataclass
class Asked:
    """Every collection, by a reader who sees something in each; what succeeded is kept for `logical`."""

    reader: Map
    around: str
    lang: str = "cql2-text"
    predicates: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, name: str, said: str) -> Any:
        sent = said if self.lang == "cql2-text" else json.dumps(parse_text(said))
        query = {"filter": sent, "filter-lang": self.lang, "bbox": self.around, "limit": 1000}
        return self.reader.get(f"/collections/{name}/items", **query)

    def ids(self, name: str, said: str) -> frozenset[str]:
        answer = self.answer(name, said)
        assert answer.status_code == 200, (said, answer.text)
        assert answer.content_type == "application/geo+json"
        self.predicates.setdefault(name, []).append(said)
        return frozenset(one["id"] for one in answer.json["features"])

    def queryables(self, *kinds: Kind) -> Iterator[tuple[str, str, Kind]]:
        """Queryables of each collection: of each of these kinds three in a wide run, else one; one in JSON, the same tree."""
        most = 3 if IS_WIDE and self.lang == "cql2-text" else 1
        for one in map(COLLECTIONS.__getitem__, NAMES):
            seen: Counter[Kind] = Counter()
            for p in one.properties:
                if p.is_filterable and p.kind in (kinds or VALUES) and seen[p.kind] < most:
                    seen[p.kind] += 1
                    yield one.id, f'"{p.name}"', p.kind

    def everything(self, name: str) -> frozenset[str]:
        return frozenset(self.reader.ids(name, bbox=self.around, limit=1000))


@pytest.fixture(scope="module")
def place(app: Any, settings: Any) -> Any:
    city = make_city(app, settings)
    worker = city.worker("g1", capacity=100)
    for n, category in enumerate(("E0102", "0101", "E0603")):
        body = {"description": "x", "category": category} | city.at(0.2 + 0.2 * n, 1.3)
        assert worker.post("/incidents", body).status_code == 201
    make_components(city, city.in_grid("g1"), 3, note="foo bar", state="damaged", checked_on="2022-04-14")
    make_components(city, city.in_grid("g2"), 2, note="Ärger")
    make_premises(city, city.in_grid("g1"))
    return Map(city.supervisor()), box(city, -0.5, -0.5, 2.5, 2.5)


@pytest.fixture(scope="module", params=["cql2-text", pytest.param("cql2-json", marks=pytest.mark.deep)])
def asked(place, request) -> Asked:
    reader, around = place
    return Asked(reader, around, request.param)


def test_basic_cql2_basic_test(asked):
    """Queryables are said, each with its type; one at least is a scalar."""
    for name in NAMES:
        said = asked.reader.get(f"/collections/{name}/queryables").json["properties"]
        assert said
        assert all("type" in one or one["format"].startswith("geometry-") for one in said.values())
        assert any(one.get("type") in ("string", "integer", "boolean") for one in said.values())
        assert asked.everything(name)


def test_basic_cql2_comparison(asked):
    for name, prop, kind in asked.queryables():
        found = {op: asked.ids(name, f"{prop} {op} {VALUES[kind]}") for op in OPERATORS}
        for one, other in APART:
            assert not found[one] & found[other], (name, prop, one)


def test_basic_cql2_is_null(asked):
    for name, prop, _ in asked.queryables(*Kind):
        nulls, values = asked.ids(name, f"{prop} IS NULL"), asked.ids(name, f"{prop} is not null")
        assert not nulls & values and nulls | values == asked.everything(name)


def test_basic_cql2_boolean(asked):
    for name in NAMES:
        assert asked.ids(name, "true") == asked.everything(name)
        assert asked.ids(name, "false") == frozenset()


def test_advanced_comparison_operators_like(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        some, none = asked.ids(name, f"{prop} like '_%'"), asked.ids(name, f"{prop} like ''")
        assert not some & none
        assert asked.ids(name, f"{prop} LIKE '%'") == asked.ids(name, f"{prop} like '%%'")
        asked.ids(name, rf"{prop} like '\%\_'")


def test_advanced_comparison_operators_between(asked):
    for name, prop, _ in asked.queryables(Kind.INTEGER):
        asked.ids(name, f"{prop} BETWEEN 0 AND 100")
        assert asked.ids(name, f"{prop} between 100.0 and 1.0") == frozenset()


def test_advanced_comparison_operators_in(asked):
    among = {
        Kind.INTEGER: "(1, 2, 3)",
        Kind.TEXT: "('foo', 'bar')",
        Kind.BOOLEAN: "(true)",
        Kind.INSTANT: "('2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z')",
        Kind.DATE: "('2022-04-14', '2022-04-15')",
    }
    for name, prop, kind in asked.queryables():
        asked.ids(name, f"{prop} in {among[kind]}")


def test_case_insensitive_comparison_casei(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        same = asked.ids(name, f"CASEI({prop}) = casei('foo')")
        assert not same & asked.ids(name, f"CASEI({prop}) <> casei('FOO')")


def test_case_insensitive_comparison_casei_like(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        small = asked.ids(name, f"CASEI({prop}) LIKE casei('foo%')")
        assert small == asked.ids(name, f"CASEI({prop}) LIKE casei('FOO%')")
    assert asked.ids("components", "CASEI(note) LIKE casei('FOO%')")


def test_accent_insensitive_comparison_accenti(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        same = asked.ids(name, f"ACCENTI({prop}) = accenti('äöüéáí')")
        assert not same & asked.ids(name, f"ACCENTI({prop}) <> accenti('aoueai')")


def test_accent_insensitive_comparison_accenti_like(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        marked = asked.ids(name, f"ACCENTI({prop}) LIKE accenti('Ä%')")
        assert marked == asked.ids(name, f"ACCENTI({prop}) LIKE accenti('A%')")
    assert asked.ids("components", "ACCENTI(note) LIKE accenti('A%')")


def test_accent_insensitive_comparison_accenti_casei(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        marked = asked.ids(name, f"ACCENTI(CASEI({prop})) = accenti(casei('ÄÉ'))")
        assert marked == asked.ids(name, f"ACCENTI(CASEI({prop})) = accenti(casei('ae'))")


def test_accent_insensitive_comparison_accenti_casei_like(asked):
    for name, prop, _ in asked.queryables(Kind.TEXT):
        marked = asked.ids(name, f"ACCENTI(CASEI({prop})) LIKE accenti(casei('Ä%'))")
        assert marked == asked.ids(name, f"ACCENTI(CASEI({prop})) LIKE accenti(casei('a%'))")
    assert asked.ids("components", "ACCENTI(CASEI(note)) LIKE accenti(casei('Ä%'))")


WORLD = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
BOXED = "BBOX(-180,-90,180,90)"


def test_basic_spatial_functions_s_intersects(asked):
    """A point that is nowhere on earth is refused, and so is a box."""
    for name in NAMES:
        assert asked.ids(name, f"S_INTERSECTS(geometry,{BOXED})") == asked.everything(name)
        assert not asked.ids(name, "S_INTERSECTS(geometry,POINT(7.02 49.92))")
        assert asked.answer(name, "S_INTERSECTS(geometry,POINT(90 180))").status_code == 400
        assert asked.answer(name, "S_INTERSECTS(geometry,BBOX(1000000,1,2000000,2))").status_code == 400
        both = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
        assert not asked.ids(name, both)


def test_spatial_functions_s_intersects_and_s_disjoint(asked):
    for name in NAMES:
        meet, miss = (
            {
                shape: asked.ids(name, f"{function}(geometry,{shape})")
                for shape in (BOXED, WORLD, "LINESTRING(7 50, 10 51)", "POINT(7.02 49.92)")
            }
            for function in ("S_INTERSECTS", "S_DISJOINT")
        )
        assert meet[BOXED] == meet[WORLD] == asked.everything(name)
        for shape, found in meet.items():
            assert not found & miss[shape] and found | miss[shape] == asked.everything(name)
        assert asked.answer(name, "S_DISJOINT(geometry,POINT(90 180))").status_code == 400


@pytest.mark.parametrize("function", ["s_equals", "s_touches", "s_crosses", "s_overlaps"])
def test_spatial_functions(asked, function):
    for one in map(COLLECTIONS.__getitem__, NAMES):
        for shape in shapes_for(function, one):
            assert not asked.ids(one.id, f"{function.upper()}(geometry,{shape})")


def shapes_for(function: str, one: Collection) -> tuple[str, ...]:
    """As the standard says what makes sense beside which kind of geometry."""
    line, points = "LINESTRING(7 50,10 51)", "MULTIPOINT(7 50,10 51)"
    if function == "s_overlaps":
        return (WORLD,) if one.is_polygon else (points,)
    if function == "s_crosses":
        return () if one.is_polygon else (BOXED, WORLD, line)
    if function == "s_equals":
        return (WORLD, line, "POINT(7.02 49.92)")
    return (BOXED, WORLD, line)


def test_spatial_functions_s_within_and_s_contains(asked):
    for name in NAMES:
        inside, around = (
            {
                shape: asked.ids(name, f"{function}(geometry,{shape})")
                for shape in (BOXED, WORLD, "LINESTRING(7 50,10 51)", "MULTIPOINT(7 50,10 51)")
            }
            for function in ("S_WITHIN", "S_CONTAINS")
        )
        assert inside[BOXED] == inside[WORLD] == asked.everything(name)
        assert around[BOXED] == around[WORLD] == frozenset()
        for shape, found in inside.items():
            assert not found & around[shape]


YEAR = "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')"
DAYS = "INTERVAL('2021-01-01','2021-12-31')"


def test_temporal_functions_1(asked):
    for name, prop, kind in asked.queryables(Kind.INSTANT, Kind.DATE):
        at, span = (
            ("TIMESTAMP('2022-04-24T07:59:57Z')", YEAR)
            if kind is Kind.INSTANT
            else ("DATE('2022-04-24')", DAYS)
        )
        for other in (at, span):
            found = {
                f: asked.ids(name, f"T_{f}({prop},{other})")
                for f in ("AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS")
            }
            assert found["AFTER"] | found["BEFORE"] == found["DISJOINT"]
            assert not found["DISJOINT"] & found["INTERSECTS"] and found["EQUALS"] <= found["INTERSECTS"]


OF_INTERVALS = (
    *("AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS", "CONTAINS", "DURING", "FINISHEDBY", "FINISHES"),
    *("MEETS", "METBY", "OVERLAPPEDBY", "OVERLAPS", "STARTEDBY", "STARTS"),
)


@pytest.mark.parametrize("function", OF_INTERVALS)
def test_temporal_functions_2(asked, function):
    for name in NAMES:
        for kind, span in ((Kind.INSTANT, YEAR), (Kind.DATE, DAYS)):
            props = [prop for of, prop, found in asked.queryables(kind) if of == name and found is kind]
            for one, other in (
                itertools.combinations(props, 2) if IS_WIDE else [(prop, prop) for prop in props]
            ):
                asked.ids(name, f"T_{function}(INTERVAL({one},{other}),{span})")


def test_property_property_comparison_value_property(asked):
    for name, prop, kind in asked.queryables():
        found = {op: asked.ids(name, f"{VALUES[kind]} {op} {prop}") for op in OPERATORS}
        for one, other in APART:
            assert not found[one] & found[other], (name, prop, one)


def test_property_property_comparison_property_property(asked):
    for name, prop, _ in asked.queryables():
        found = {op: asked.ids(name, f"{prop} {op} {prop}") for op in OPERATORS}
        assert not found["<>"] | found["<"] | found[">"]
        assert found["="] == found[">="] == found["<="] == asked.ids(name, f"{prop} IS NOT NULL")


def test_property_property_comparison_value_value(asked):
    for name in ("components", "grids"):
        for value in (*VALUES.values(), "3.14"):
            found = {op: asked.ids(name, f"{value} {op} {value}") for op in OPERATORS}
            assert not found["<>"] | found["<"] | found[">"]
            assert found["="] == found[">="] == found["<="] == asked.everything(name)


def test_arithmetic_arithmetic(asked):
    for name, prop, _ in asked.queryables(Kind.INTEGER):
        for said in (f"{prop} = 3+8", f"{prop} >= 9-2*2^0", f"{prop} - 20/10 > 0", f"{prop} * 21 div 10 < 7"):
            asked.ids(name, said)
        assert asked.ids(name, f"{prop} + 1 > {prop}") == asked.ids(name, f"{prop} % 5 IS NOT NULL")


def test_logical(asked):
    """Of what succeeded before, ten combinations (two, if not wide) for each collection mean what their parts mean."""
    luck = random.Random(20261125)
    for name in NAMES:
        asked.ids(name, "true")
        stored = asked.predicates[name][:]
        for _ in range(10 if IS_WIDE else 2):
            p = [luck.choice(stored) for _ in range(4)]
            asked.ids(
                name, f"((NOT {p[0]} AND {p[1]}) OR ({p[2]} and NOT {p[3]}) or not ({p[0]} AND {p[3]}))"
            )
            one, other = asked.ids(name, p[0]), asked.ids(name, p[1])
            assert asked.ids(name, f"({p[0]}) AND ({p[1]})") == one & other
            assert asked.ids(name, f"({p[0]}) OR ({p[1]})") == one | other


def test_cql2_text_escaping(place):
    """Quotes by doubling and by a backslash, and control characters, are found as they were stored."""
    reader, around = place
    city_note = "it's\ttabbed"
    one = reader.ids("components", limit=1)[0]
    body = {"properties": {"note": city_note}}
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = reader.open(
        "PATCH", f"/collections/components/items/{one}", headers=headers, data=json.dumps(body)
    )
    assert answer.status_code == 200, answer.text
    for said in (r"note = 'it''s\ttabbed'", r"note = 'it\'s\ttabbed'", r"note LIKE 'it''s\t%'"):
        assert reader.ids("components", filter=said, bbox=around) == [one]
