"""The abstract tests of CQL2 1.0 that need no data of the standard's own, by their ids, on every collection, in both encodings.

`FOO` and the other literals are those of the standard. Its test data (countries, places, rivers) are not at hand; what filters
mean is shown on a table of ours (test_cql2_evaluation.py) and by the standard's examples (test_cql2_examples.py).
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from app.ogc.rules.collections import COLLECTIONS, Collection, Kind
from app.ogc.rules.cql2 import parse_text
from tests.factories import make_city
from tests.nonempty import nonempty
from tests.ogc.conftest import LOOKED_AT, Map, box, make_components, make_premises
from tests.sample_sizes import IS_WIDE

pytestmark = pytest.mark.wide

VALUES = {
    Kind.TEXT: "'foo'",
    Kind.BOOLEAN: "true",
    Kind.INTEGER: "1",
    Kind.INSTANT: "TIMESTAMP('2022-04-14T14:48:46Z')",
    Kind.DATE: "DATE('2022-04-14')",
}
# Districts, streets and communities have what grids have.
NAMES = nonempty(name for name in LOOKED_AT if name not in ("districts", "streets", "communities"))
OPERATORS = ("=", "<>", ">", "<", ">=", "<=")
APART = (("=", "<>"), (">", "<="), ("<", ">="))


@dataclass
class FilterClient:
    """Every collection, by a reader who sees something in each; what succeeded is kept for `logical`."""

    reader: Map
    around: str
    lang: str = "cql2-text"
    predicates: dict[str, list[str]] = field(default_factory=dict)
    # Of each collection, read once: no test of this module writes.
    features: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, name: str, text: str) -> Any:
        sent = text if self.lang == "cql2-text" else json.dumps(parse_text(text))
        query = {"filter": sent, "filter-lang": self.lang, "bbox": self.around, "limit": 1000}
        return self.reader.get(f"/collections/{name}/items", **query)

    def ids(self, name: str, text: str) -> frozenset[str]:
        answer = self.answer(name, text)
        assert answer.status_code == 200, (text, answer.text)
        assert answer.content_type == "application/geo+json"
        self.predicates.setdefault(name, []).append(text)
        return frozenset(feature["id"] for feature in answer.json["features"])

    def queryables(self, *kinds: Kind) -> Iterator[tuple[str, str, Kind]]:
        """Queryables of each collection: of each of these kinds three in a wide run, else one; one in JSON, the same tree."""
        most = 3 if IS_WIDE and self.lang == "cql2-text" else 1
        for collection in map(COLLECTIONS.__getitem__, NAMES):
            seen: Counter[Kind] = Counter()
            for p in collection.properties:
                if p.is_filterable and p.kind in (kinds or VALUES) and seen[p.kind] < most:
                    seen[p.kind] += 1
                    yield collection.id, f'"{p.name}"', p.kind

    def beside(self, name: str, prop: str, kind: Kind) -> list[str]:
        """Return the queryables of the same kind that follow `prop` in the collection."""
        of_kind = [f'"{p.name}"' for p in COLLECTIONS[name].properties if p.is_filterable and p.kind is kind]
        return of_kind[of_kind.index(prop) + 1 :]

    def stored(self, name: str, prop: str) -> dict[str, Any]:
        """Return the value of a property that each feature shows, None for a feature without it."""
        if name not in self.features:
            self.features[name] = self.reader.items(name, bbox=self.around, limit=1000)["features"]
        features = self.features[name]
        return {feature["id"]: feature["properties"][prop.strip('"')] for feature in features}

    def everything(self, name: str) -> frozenset[str]:
        return frozenset(self.reader.ids(name, bbox=self.around, limit=1000))


@pytest.fixture(scope="module")
def place(app: Any, settings: Any) -> Any:
    city = make_city(app, settings)
    worker = city.worker("g1", capacity=100)
    for n, category in enumerate(("E0102", "0101", "E0603")):
        body = {"description": "x", "category": category} | city.at(0.2 + 0.2 * n, 1.3)
        assert worker.post("/incidents", body).status_code == 201
    seen = {"installed_on": "2022-04-14", "checked_on": "2022-06-01"}
    make_components(city, city.in_grid("g1"), 3, note="foo bar", state="damaged", **seen)
    make_components(city, city.in_grid("g2"), 2, note="Ärger")
    make_premises(city, city.in_grid("g1"))
    return Map(city.supervisor()), box(city, -0.5, -0.5, 2.5, 2.5)


@pytest.fixture(scope="module", params=["cql2-text", pytest.param("cql2-json", marks=pytest.mark.deep)])
def client(place, request) -> FilterClient:
    reader, around = place
    return FilterClient(reader, around, request.param)


def test_basic_cql2_basic_test(client):
    """Queryables are said, each with its type; one at least is a scalar."""
    for name in NAMES:
        properties = client.reader.get(f"/collections/{name}/queryables").json["properties"]
        assert properties
        assert all(
            "type" in entry or entry["format"].startswith("geometry-") for entry in properties.values()
        )
        assert any(entry.get("type") in ("string", "integer", "boolean") for entry in properties.values())
        assert client.everything(name)


def test_basic_cql2_comparison(client):
    for name, prop, kind in nonempty(client.queryables()):
        matches = {op: client.ids(name, f"{prop} {op} {VALUES[kind]}") for op in OPERATORS}
        for left, right in APART:
            assert not matches[left] & matches[right], (name, prop, left)


def test_basic_cql2_is_null(client):
    for name, prop, _ in nonempty(client.queryables(*Kind)):
        nulls, values = client.ids(name, f"{prop} IS NULL"), client.ids(name, f"{prop} is not null")
        assert not nulls & values and nulls | values == client.everything(name)


def test_basic_cql2_boolean(client):
    for name in NAMES:
        assert client.ids(name, "true") == client.everything(name)
        assert client.ids(name, "false") == frozenset()


def test_advanced_comparison_operators_like(client):
    for name, prop, _ in nonempty(client.queryables(Kind.TEXT)):
        some, none = client.ids(name, f"{prop} like '_%'"), client.ids(name, f"{prop} like ''")
        assert not some & none
        assert client.ids(name, f"{prop} LIKE '%'") == client.ids(name, f"{prop} like '%%'")
        client.ids(name, rf"{prop} like '\%\_'")


def test_advanced_comparison_operators_between(client):
    for name, prop, _ in nonempty(client.queryables(Kind.INTEGER)):
        client.ids(name, f"{prop} BETWEEN 0 AND 100")
        assert client.ids(name, f"{prop} between 100.0 and 1.0") == frozenset()


LITERAL = {
    Kind.TEXT: lambda value: "'" + value.replace("'", "''") + "'",
    Kind.BOOLEAN: lambda value: str(value).lower(),
    Kind.INTEGER: str,
    Kind.INSTANT: "TIMESTAMP('{}')".format,
    Kind.DATE: "DATE('{}')".format,
}


def test_advanced_comparison_operators_in(client):
    """Of the values that are stored the first two, and one that is not."""
    matched: set[Kind] = set()
    for name, prop, kind in nonempty(client.queryables()):
        stored = client.stored(name, prop)
        values = sorted({value for value in stored.values() if value is not None})[:2]
        among = ", ".join([*map(LITERAL[kind], values), VALUES[kind]])
        shown = {"true": {True}, "1": {1}}.get(
            VALUES[kind], {VALUES[kind].split("'")[-2] if "'" in VALUES[kind] else None}
        )
        wanted = {feature for feature, value in stored.items() if value in {*values, *shown}}
        assert client.ids(name, f"{prop} in ({among})") == wanted, (name, prop)
        assert client.ids(name, f"{prop} not in ({among})") == {
            feature for feature, value in stored.items() if value is not None and feature not in wanted
        }
        matched |= {kind} if wanted else set()
    assert matched == VALUES.keys()


def test_case_insensitive_comparison_casei(client):
    for name, prop, _ in nonempty(client.queryables(Kind.TEXT)):
        same = client.ids(name, f"CASEI({prop}) = casei('foo')")
        assert not same & client.ids(name, f"CASEI({prop}) <> casei('FOO')")


def test_case_insensitive_comparison_casei_like(client):
    for name, prop, _ in client.queryables(Kind.TEXT):
        small = client.ids(name, f"CASEI({prop}) LIKE casei('foo%')")
        assert small == client.ids(name, f"CASEI({prop}) LIKE casei('FOO%')")
    assert client.ids("components", "CASEI(note) LIKE casei('FOO%')")


def test_accent_insensitive_comparison_accenti(client):
    for name, prop, _ in nonempty(client.queryables(Kind.TEXT)):
        same = client.ids(name, f"ACCENTI({prop}) = accenti('äöüéáí')")
        assert not same & client.ids(name, f"ACCENTI({prop}) <> accenti('aoueai')")


def test_accent_insensitive_comparison_accenti_like(client):
    for name, prop, _ in client.queryables(Kind.TEXT):
        marked = client.ids(name, f"ACCENTI({prop}) LIKE accenti('Ä%')")
        assert marked == client.ids(name, f"ACCENTI({prop}) LIKE accenti('A%')")
    assert client.ids("components", "ACCENTI(note) LIKE accenti('A%')")


def test_accent_insensitive_comparison_accenti_casei(client):
    for name, prop, _ in nonempty(client.queryables(Kind.TEXT)):
        marked = client.ids(name, f"ACCENTI(CASEI({prop})) = accenti(casei('ÄÉ'))")
        assert marked == client.ids(name, f"ACCENTI(CASEI({prop})) = accenti(casei('ae'))")


def test_accent_insensitive_comparison_accenti_casei_like(client):
    for name, prop, _ in client.queryables(Kind.TEXT):
        marked = client.ids(name, f"ACCENTI(CASEI({prop})) LIKE accenti(casei('Ä%'))")
        assert marked == client.ids(name, f"ACCENTI(CASEI({prop})) LIKE accenti(casei('a%'))")
    assert client.ids("components", "ACCENTI(CASEI(note)) LIKE accenti(casei('Ä%'))")


WORLD = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
BOXED = "BBOX(-180,-90,180,90)"


def test_basic_spatial_functions_s_intersects(client):
    """A point that is nowhere on earth is refused, and so is a box."""
    for name in NAMES:
        assert client.ids(name, f"S_INTERSECTS(geometry,{BOXED})") == client.everything(name)
        assert not client.ids(name, "S_INTERSECTS(geometry,POINT(7.02 49.92))")
        assert client.answer(name, "S_INTERSECTS(geometry,POINT(90 180))").status_code == 400
        assert client.answer(name, "S_INTERSECTS(geometry,BBOX(1000000,1,2000000,2))").status_code == 400
        both = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
        assert not client.ids(name, both)


def test_spatial_functions_s_intersects_and_s_disjoint(client):
    for name in NAMES:
        meet, miss = (
            {
                shape: client.ids(name, f"{function}(geometry,{shape})")
                for shape in (BOXED, WORLD, "LINESTRING(7 50, 10 51)", "POINT(7.02 49.92)")
            }
            for function in ("S_INTERSECTS", "S_DISJOINT")
        )
        assert meet[BOXED] == meet[WORLD] == client.everything(name)
        for shape, matches in meet.items():
            assert not matches & miss[shape] and matches | miss[shape] == client.everything(name)
        assert client.answer(name, "S_DISJOINT(geometry,POINT(90 180))").status_code == 400


@pytest.mark.parametrize("function", ["s_equals", "s_touches", "s_crosses", "s_overlaps"])
def test_spatial_functions(client, function):
    tried = 0
    for collection in map(COLLECTIONS.__getitem__, NAMES):
        for shape in shapes_for(function, collection):
            tried += 1
            assert not client.ids(collection.id, f"{function.upper()}(geometry,{shape})")
    assert tried


def shapes_for(function: str, collection: Collection) -> tuple[str, ...]:
    """As the standard says what makes sense beside which kind of geometry."""
    segment, points = "LINESTRING(7 50,10 51)", "MULTIPOINT(7 50,10 51)"
    if function == "s_overlaps":
        return (WORLD,) if collection.is_polygon else (points,)
    if function == "s_crosses":
        return () if collection.is_polygon else (BOXED, WORLD, segment)
    if function == "s_equals":
        return (WORLD, segment, "POINT(7.02 49.92)")
    return (BOXED, WORLD, segment)


def test_spatial_functions_s_within_and_s_contains(client):
    for name in NAMES:
        inside, around = (
            {
                shape: client.ids(name, f"{function}(geometry,{shape})")
                for shape in (BOXED, WORLD, "LINESTRING(7 50,10 51)", "MULTIPOINT(7 50,10 51)")
            }
            for function in ("S_WITHIN", "S_CONTAINS")
        )
        assert inside[BOXED] == inside[WORLD] == client.everything(name)
        assert around[BOXED] == around[WORLD] == frozenset()
        for shape, matches in inside.items():
            assert not matches & around[shape]


YEAR = "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')"
DAYS = "INTERVAL('2021-01-01','2021-12-31')"


def test_temporal_functions_1(client):
    for name, prop, kind in nonempty(client.queryables(Kind.INSTANT, Kind.DATE)):
        at, span = (
            ("TIMESTAMP('2022-04-24T07:59:57Z')", YEAR)
            if kind is Kind.INSTANT
            else ("DATE('2022-04-24')", DAYS)
        )
        for other in (at, span):
            matches = {
                f: client.ids(name, f"T_{f}({prop},{other})")
                for f in ("AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS")
            }
            assert matches["AFTER"] | matches["BEFORE"] == matches["DISJOINT"]
            assert (
                not matches["DISJOINT"] & matches["INTERSECTS"] and matches["EQUALS"] <= matches["INTERSECTS"]
            )


# What holds of the interval from `a` to `b` beside that from `s` to `e`, as Table 3 of the standard draws it.
OF_INTERVALS: dict[str, Callable[[Any, Any, Any, Any], bool]] = {
    "AFTER": lambda a, b, s, e: a > e,
    "BEFORE": lambda a, b, s, e: b < s,
    "DISJOINT": lambda a, b, s, e: b < s or a > e,
    "EQUALS": lambda a, b, s, e: a == s and b == e,
    "INTERSECTS": lambda a, b, s, e: not (b < s or a > e),
    "CONTAINS": lambda a, b, s, e: a < s and b > e,
    "DURING": lambda a, b, s, e: a > s and b < e,
    "FINISHEDBY": lambda a, b, s, e: a < s and b == e,
    "FINISHES": lambda a, b, s, e: a > s and b == e,
    "MEETS": lambda a, b, s, e: b == s,
    "METBY": lambda a, b, s, e: a == e,
    "OVERLAPPEDBY": lambda a, b, s, e: s < a < e < b,
    "OVERLAPS": lambda a, b, s, e: a < s < b < e,
    "STARTEDBY": lambda a, b, s, e: a == s and b > e,
    "STARTS": lambda a, b, s, e: a == s and b < e,
}
# Components of the test were installed on 14 April 2022; all other times are of today.
SPANS = {
    Kind.DATE: [
        ("2021-01-01", "2021-12-31"),
        ("2022-01-01", "2022-12-31"),
        ("2022-04-14", "2022-12-31"),
        ("2022-01-01", "2022-04-14"),
        ("2022-04-14", "2022-04-14"),
        ("2023-01-01", "2023-12-31"),
    ],
    Kind.INSTANT: [
        ("2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z"),
        ("2021-01-01T00:00:00Z", "2121-12-31T23:59:59Z"),
        ("2121-01-01T00:00:00Z", "2121-12-31T23:59:59Z"),
    ],
}
# Not true of an interval whose ends are one property.
OF_LONG_INTERVALS = {"CONTAINS", "FINISHEDBY", "OVERLAPPEDBY", "OVERLAPS", "STARTEDBY"}


@pytest.mark.parametrize("function", OF_INTERVALS)
def test_temporal_functions_2(client, function):
    holds, matched = OF_INTERVALS[function], 0
    for name, left, kind in nonempty(client.queryables(*SPANS)):
        for right in client.beside(name, left, kind) if IS_WIDE else [left]:
            lefts, rights = client.stored(name, left), client.stored(name, right)
            ends = {
                feature: (moment(lefts[feature]), moment(rights[feature]))
                for feature in lefts
                if None not in (lefts[feature], rights[feature])
            }
            for span in SPANS[kind]:
                around = tuple(map(moment, span))
                wanted = {feature for feature, mine in ends.items() if holds(*mine, *around)}
                text = f"T_{function}(INTERVAL({left},{right}),INTERVAL('{span[0]}','{span[1]}'))"
                assert client.ids(name, text) == wanted, (name, text)
                matched += len(wanted)
    assert matched or function in OF_LONG_INTERVALS


def moment(text: str) -> datetime:
    """Return a date or an instant as an instant; a day begins at 00:00 UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def test_property_property_comparison_value_property(client):
    for name, prop, kind in nonempty(client.queryables()):
        matches = {op: client.ids(name, f"{VALUES[kind]} {op} {prop}") for op in OPERATORS}
        for left, right in APART:
            assert not matches[left] & matches[right], (name, prop, left)


def test_property_property_comparison_property_property(client):
    for name, prop, _ in nonempty(client.queryables()):
        matches = {op: client.ids(name, f"{prop} {op} {prop}") for op in OPERATORS}
        assert not matches["<>"] | matches["<"] | matches[">"]
        assert matches["="] == matches[">="] == matches["<="] == client.ids(name, f"{prop} IS NOT NULL")


def test_property_property_comparison_value_value(client):
    for name in ("components", "grids"):
        for value in (*VALUES.values(), "3.14"):
            matches = {op: client.ids(name, f"{value} {op} {value}") for op in OPERATORS}
            assert not matches["<>"] | matches["<"] | matches[">"]
            assert matches["="] == matches[">="] == matches["<="] == client.everything(name)


def test_arithmetic_arithmetic(client):
    for name, prop, _ in nonempty(client.queryables(Kind.INTEGER)):
        for text in (f"{prop} = 3+8", f"{prop} >= 9-2*2^0", f"{prop} - 20/10 > 0", f"{prop} * 21 div 10 < 7"):
            client.ids(name, text)
        assert client.ids(name, f"{prop} + 1 > {prop}") == client.ids(name, f"{prop} % 5 IS NOT NULL")


def test_logical(client):
    """Of what succeeded before, ten combinations (two, if not wide) for each collection mean what their parts mean."""
    luck = random.Random(20261125)
    for name in NAMES:
        client.ids(name, "true")
        stored = client.predicates[name][:]
        for _ in range(10 if IS_WIDE else 2):
            p = [luck.choice(stored) for _ in range(4)]
            client.ids(
                name, f"((NOT {p[0]} AND {p[1]}) OR ({p[2]} and NOT {p[3]}) or not ({p[0]} AND {p[3]}))"
            )
            left, right = client.ids(name, p[0]), client.ids(name, p[1])
            assert client.ids(name, f"({p[0]}) AND ({p[1]})") == left & right
            assert client.ids(name, f"({p[0]}) OR ({p[1]})") == left | right


def test_cql2_text_escaping(place):
    """Quotes by doubling and by a backslash, and control characters, are found as they were stored."""
    reader, around = place
    city_note = "it's\ttabbed"
    feature_id = reader.ids("components", limit=1)[0]
    body = {"properties": {"note": city_note}}
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = reader.open(
        "PATCH", f"/collections/components/items/{feature_id}", headers=headers, data=json.dumps(body)
    )
    assert answer.status_code == 200, answer.text
    for text in (r"note = 'it''s\ttabbed'", r"note = 'it\'s\ttabbed'", r"note LIKE 'it''s\t%'"):
        assert reader.ids("components", filter=text, bbox=around) == [feature_id]
