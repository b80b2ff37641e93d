"""Filters made at random with types that fit, as trees and as text, and what they mean, worked out in Python.

Unknown is None, as in SQL. Whole numbers are kept small, so that exact and binary arithmetic agree.
"""

import math
import random
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from shapely.geometry import Point, box, mapping, shape

WORDS = [
    "",
    "a",
    "ab",
    "A",
    "Ab",
    "b%",
    "b_c",
    "x\\y",
    "it's",
    "é",
    "e",
    "ø",
    "西湖",
    "西湖区",
    "zz",
    "a b",
    "B",
]
NUMBERS = [-7, -2, -1, 0, 1, 2, 3, 5, 8, 40]
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 40, 4)]
MOMENTS = [START + timedelta(hours=n) for n in (0, 5, 24, 29, 96, 97, 300, 720)]
IDS = [UUID(int=(n << 70) + (7 << 76) + n) for n in range(1, 7)]
SPOTS = [(x / 2, y / 2) for x in range(6) for y in range(6)]
COLUMNS = {
    "n": NUMBERS,
    "m": NUMBERS,
    "t": WORDS,
    "s": WORDS,
    "u": IDS,
    "b": [True, False],
    "d": DAYS,
    "at": MOMENTS,
    "till": MOMENTS,
    "geometry": SPOTS,
}


def sample(count: int, seed: int) -> list[dict[str, Any]]:
    """Rows with every value and one null in eight."""
    luck = random.Random(seed)
    rows = []
    for n in range(count):
        row = {
            name: None if luck.random() < 0.125 else luck.choice(values) for name, values in COLUMNS.items()
        }
        rows.append({"id": n, **row})
    return rows


# --- making filters


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def prop(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([{"property": name} for name in names])


NUMBER = st.one_of(st.sampled_from(NUMBERS), st.sampled_from([0.5, -1.5, 2.0, 3.25, 1e3]))
WORD = st.sampled_from(WORDS)
PATTERN = st.sampled_from(
    ["%", "a%", "%b%", "_", "a_", r"b\%", r"b\__", r"x\\y", "西湖%", "%é", "", "%'%", "A%"]
)
COMPARED = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])


def numeric() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(prop("n", "m"), prop("n", "m"), NUMBER),
        lambda inner: st.builds(op, st.sampled_from(["+", "-", "*", "/", "%", "div"]), inner, inner),
        max_leaves=4,
    )


def textual() -> st.SearchStrategy[Any]:
    plain = prop("t", "s")
    return st.one_of(
        plain, plain, plain.map(lambda name: op("casei", name)), plain.map(lambda name: op("accenti", name))
    )


def day() -> st.SearchStrategy[Any]:
    return st.sampled_from(DAYS).map(lambda moment_drawn: {"date": moment_drawn.isoformat()})


def moment() -> st.SearchStrategy[Any]:
    return st.sampled_from(MOMENTS).map(lambda moment_drawn: {"timestamp": _utc(moment_drawn)})


def temporal() -> st.SearchStrategy[Any]:
    ends = st.lists(st.sampled_from(MOMENTS), min_size=2, max_size=2).map(sorted)
    literal = ends.map(lambda pair: {"interval": [_utc(end) for end in pair]})
    opened = st.sampled_from(MOMENTS).map(lambda moment_drawn: {"interval": [_utc(moment_drawn), ".."]})
    shut = st.sampled_from(MOMENTS).map(lambda moment_drawn: {"interval": ["..", _utc(moment_drawn)]})
    own = st.just({"interval": [{"property": "at"}, {"property": "till"}]})
    return st.one_of(
        prop("at", "till", "d"), prop("at", "till", "d"), own, literal, opened, shut, day(), moment()
    )


def area() -> st.SearchStrategy[Any]:
    corner = st.integers(0, 5).map(lambda n: n / 2)
    boxed = st.tuples(corner, corner, corner, corner).map(
        lambda c: {"bbox": [min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]) + 0.5, max(c[1], c[3]) + 0.5]}
    )
    polygon = boxed.map(lambda bounds: _plain(mapping(box(*bounds["bbox"]))))
    lines = st.tuples(corner, corner).map(
        lambda c: {"type": "LineString", "coordinates": [[c[0], c[1]], [c[0] + 1.0, c[1] + 1.0]]}
    )
    point = st.sampled_from(SPOTS).map(lambda c: {"type": "Point", "coordinates": list(c)})
    return st.one_of(boxed, polygon, lines, point)


def predicate() -> st.SearchStrategy[Any]:
    literal_words = st.one_of(WORD, WORD, WORD.map(lambda word: op("casei", word)))
    return st.one_of(
        st.builds(op, COMPARED, numeric(), numeric()),
        st.builds(op, COMPARED, prop("n", "m"), NUMBER),
        st.builds(op, COMPARED, NUMBER, prop("n", "m")),
        st.builds(op, COMPARED, textual(), st.one_of(literal_words, textual())),
        st.builds(op, st.sampled_from(["=", "<>"]), prop("u"), st.sampled_from(IDS).map(str)),
        st.builds(op, st.sampled_from(["=", "<>"]), prop("b"), st.booleans()),
        st.builds(op, COMPARED, prop("d", "at", "till"), st.one_of(day(), moment(), prop("d", "at", "till"))),
        st.builds(
            op,
            st.just("like"),
            textual(),
            st.one_of(PATTERN, PATTERN.map(lambda pattern: op("casei", pattern))),
        ),
        st.builds(
            op, st.just("between"), numeric(), st.sampled_from(NUMBERS[:5]), st.sampled_from(NUMBERS[4:])
        ),
        st.builds(op, st.just("in"), prop("n", "m"), st.lists(NUMBER, min_size=1, max_size=4)),
        st.builds(op, st.just("in"), textual(), st.lists(WORD, min_size=1, max_size=4)),
        st.builds(
            op, st.just("in"), prop("u"), st.lists(st.sampled_from(IDS).map(str), min_size=1, max_size=3)
        ),
        st.builds(op, st.just("isNull"), st.one_of(prop(*COLUMNS), numeric())),
        st.builds(op, st.sampled_from(sorted(TIMES)), temporal(), temporal()),
        st.builds(op, st.sampled_from(sorted(PLACES)), prop("geometry"), area()),
        st.builds(op, st.sampled_from(sorted(PLACES)), area(), prop("geometry")),
    )


def filters() -> st.SearchStrategy[Any]:
    return st.recursive(
        predicate(),
        lambda inner: st.one_of(
            st.builds(op, st.sampled_from(["and", "or"]), inner, inner),
            st.builds(op, st.just("or"), inner, inner, inner),
            st.builds(op, st.just("not"), inner),
        ),
        max_leaves=5,
    )


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


# --- as text


def text_of(tree: Any) -> str:
    """The tree as CQL2 text, with more parentheses than it needs."""
    if isinstance(tree, bool):
        return str(tree).upper()
    if isinstance(tree, int | float):
        return repr(tree)
    if isinstance(tree, str):
        return "'" + tree.replace("'", "''") + "'"
    if "property" in tree:
        return str(tree["property"])
    for name in ("date", "timestamp"):
        if name in tree:
            return f"{name.upper()}('{tree[name]}')"
    if "interval" in tree:
        return f"INTERVAL({', '.join(text_of(end) for end in tree['interval'])})"
    if "bbox" in tree:
        return f"BBOX({','.join(map(repr, tree['bbox']))})"
    if "type" in tree:
        return str(shape(tree).wkt)
    name, args = tree["op"], tree["args"]
    if name == "not":
        return f"(NOT {text_of(args[0])})"
    if name in ("and", "or"):
        return "(" + f" {name.upper()} ".join(text_of(operand) for operand in args) + ")"
    if name == "isNull":
        return f"({text_of(args[0])} IS NULL)"
    if name == "between":
        return "({} BETWEEN {} AND {})".format(*map(text_of, args))
    if name == "in":
        return f"({text_of(args[0])} IN ({', '.join(text_of(operand) for operand in args[1])}))"
    if name in ("casei", "accenti") or name[:2] in ("s_", "t_"):
        return f"{name.upper()}({', '.join(map(text_of, args))})"
    return f"({text_of(args[0])} {name.upper() if name in ('like', 'div') else name} {text_of(args[1])})"


# --- what they mean


def meaning(tree: Any, row: dict[str, Any]) -> Any:
    """The value of a tree for one row; None where it is not known."""
    if not isinstance(tree, dict):
        return tree
    if "property" in tree:
        value = row[tree["property"]]
        if tree["property"] == "geometry" and value is not None:
            return Point(value)
        return str(value) if isinstance(value, UUID) else value
    if "date" in tree:
        return date.fromisoformat(tree["date"])
    if "timestamp" in tree:
        return datetime.fromisoformat(tree["timestamp"])
    if "bbox" in tree:
        corners = tree["bbox"]
        return box(*(corners if len(corners) == 4 else (*corners[:2], *corners[3:5])))
    if "type" in tree:
        return shape(tree)
    name, args = tree["op"], tree["args"]
    if name in TIMES:
        return _relation(name, args, row)
    if name == "in":
        args = [args[0], *args[1]]
    values = [meaning(operand, row) for operand in args]
    return _applied(name, values)


def _applied(name: str, values: list[Any]) -> Any:
    if name == "and":
        return False if False in values else None if None in values else True
    if name == "or":
        return True if True in values else None if None in values else False
    if name == "isNull":
        return values[0] is None
    if name == "in":
        return _applied("or", [_applied("=", [values[0], operand]) for operand in values[1:]])
    if name == "between":
        low, high = _applied(">=", [values[0], values[1]]), _applied("<=", [values[0], values[2]])
        return _applied("and", [low, high])
    if None in values:
        return None
    return OPERATIONS[name](*values)


def _compare(name: str, a: Any, b: Any) -> bool:
    if isinstance(a, date) and type(a) is not type(b):
        a, b = _instant(a), _instant(b)
    return bool({"=": a == b, "<>": a != b}[name]) if name in ("=", "<>") else bool(ORDER[name](a, b))


ORDER = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def _like(value: str, pattern: str) -> bool:
    parts, escaped = [], False
    for letter in pattern:
        if escaped or letter not in "%_\\":
            parts.append(re.escape(letter))
            escaped = False
        elif letter == "\\":
            escaped = True
        else:
            parts.append(".*" if letter == "%" else ".")
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


STROKES = str.maketrans("øØłŁđĐħĦŧŦı", "oOlLdDhHtTi")


def _without_accents(value: str) -> str:
    plain = unicodedata.normalize("NFD", value.translate(STROKES))
    return "".join(c for c in plain if not 0x300 <= ord(c) <= 0x36F)


def _rest(a: Any, b: Any) -> Any:
    if b == 0:
        return None
    return math.fmod(a, b) if isinstance(a, int) and isinstance(b, int) else a - math.trunc(a / b) * b


OPERATIONS = {
    **{name: (lambda a, b, name=name: _compare(name, a, b)) for name in ("=", "<>", *ORDER)},
    "not": lambda a: not a,
    "like": _like,
    "casei": str.lower,
    "accenti": _without_accents,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: None if b == 0 else a / b,
    "%": _rest,
    "div": lambda a, b: None if b == 0 else math.trunc(a / b),
    "^": lambda a, b: float(a) ** b,
}
PLACES = {
    "s_intersects": "intersects",
    "s_equals": "equals",
    "s_disjoint": "disjoint",
    "s_touches": "touches",
    "s_within": "within",
    "s_overlaps": "overlaps",
    "s_crosses": "crosses",
    "s_contains": "contains",
}
OPERATIONS |= {name: (lambda a, b, method=method: getattr(a, method)(b)) for name, method in PLACES.items()}
TIMES = {
    "t_after": lambda a, b, c, d: [(">", a, d)],
    "t_before": lambda a, b, c, d: [("<", b, c)],
    "t_contains": lambda a, b, c, d: [("<", a, c), (">", b, d)],
    "t_disjoint": None,
    "t_during": lambda a, b, c, d: [(">", a, c), ("<", b, d)],
    "t_equals": lambda a, b, c, d: [("=", a, c), ("=", b, d)],
    "t_finishedBy": lambda a, b, c, d: [("<", a, c), ("=", b, d)],
    "t_finishes": lambda a, b, c, d: [(">", a, c), ("=", b, d)],
    "t_intersects": lambda a, b, c, d: [("<=", a, d), (">=", b, c)],
    "t_meets": lambda a, b, c, d: [("=", b, c)],
    "t_metBy": lambda a, b, c, d: [("=", a, d)],
    "t_overlappedBy": lambda a, b, c, d: [(">", a, c), ("<", a, d), (">", b, d)],
    "t_overlaps": lambda a, b, c, d: [("<", a, c), (">", b, c), ("<", b, d)],
    "t_startedBy": lambda a, b, c, d: [("=", a, c), (">", b, d)],
    "t_starts": lambda a, b, c, d: [("=", a, c), ("<", b, d)],
}
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _relation(name: str, args: list[Any], row: dict[str, Any]) -> Any:
    ends = [end for operand in args for end in _ends(operand, row)]
    if name == "t_disjoint":
        return _applied("not", [_relation("t_intersects", args, row)])
    return _applied("and", [_applied(how, [x, y]) for how, x, y in TIMES[name](*ends)])


def _ends(tree: Any, row: dict[str, Any]) -> tuple[Any, Any]:
    if "interval" not in tree:
        value = meaning(tree, row)
        at = None if value is None else _instant(value)
        return at, at
    low, high = tree["interval"]
    return _end(low, FIRST, row), _end(high, LAST, row)


def _end(end: Any, beyond: datetime, row: dict[str, Any]) -> Any:
    if end == "..":
        return beyond
    value = _parsed(end) if isinstance(end, str) else meaning(end, row)
    return None if value is None else _instant(value)


def _parsed(text: str) -> Any:
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
