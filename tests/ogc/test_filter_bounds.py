"""The work and the SQL of a filter grow with its text, not with a power of it; what is too long is refused."""

import json
from collections import Counter
from typing import Any

import pytest

from app.ogc.queries.filters import Compiler
from app.ogc.queries.filters.compiler import LONGEST_SQL
from app.ogc.rules.cql2 import LONGEST, Fault, parse_json, parse_text
from app.ogc.rules.cql2.tree import DEEPEST
from app.ogc.rules.crs import STORED
from tests.ogc.sample import KNOWN, SAMPLE, matching, sampled

LEVELS = DEEPEST // 2 - 4  # an operator is two levels of the tree: the object and its list


def operation(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args)}


def nested(op: str, start: Any, *rest: Any) -> Any:
    """`op` on `op` on ... `start`, as deep as a filter may be."""
    tree = start
    for _ in range(LEVELS):
        tree = operation(op, tree, *rest)
    return tree


WORST = {
    "remainder": operation("=", nested("%", {"property": "n"}, 2.5), 1),
    "remainder of remainder": operation("=", nested("%", 1.5, operation("%", {"property": "n"}, 2.5)), 1),
    "remainder, right": operation("=", operation("%", 1.5, nested("%", {"property": "n"}, 2.5)), 1),
    "between": nested("between", {"property": "b"}, False, True),
    "in": nested("in", {"property": "b"}, [True, False, True, False]),
    "in of remainder": operation("in", nested("%", {"property": "n"}, 2.5), [n / 2 for n in range(1_400)]),
    "in of whole numbers and fractions": operation(
        "in", nested("+", {"property": "n"}, 1), [n / 2 for n in range(1_400)]
    ),
    "folds": operation("like", nested("accenti", {"property": "t"}), "a%"),
    "all": operation(
        "or",
        *(
            operation("between", nested("%", {"property": "n"}, 2.5), n, operation("%", n, 1.5))
            for n in range(12)
        ),
    ),
}


class CountingCompiler(Compiler):
    """Counts how often each node of the tree is compiled."""

    def __init__(self) -> None:
        super().__init__(SAMPLE, KNOWN, STORED)
        self.compiled: Counter[int] = Counter()

    def _compiled(self, node: Any) -> Any:
        self.compiled[id(node)] += isinstance(node, dict)
        return super()._compiled(node)


@pytest.mark.parametrize("name", WORST)
def test_sql_grows_linearly_when_operators_are_nested(name):
    tree = parse_json(json.dumps(WORST[name]))  # within the bounds of filters
    compiler = CountingCompiler()
    sql = compiler.condition(tree)
    assert max(compiler.compiled.values()) == 1, "an operand was compiled more than once"
    assert len(sql) <= LONGEST_SQL
    assert len(sql) <= 20 * len(json.dumps(tree)), f"{len(sql)} characters of SQL"


def test_filter_is_refused_when_its_sql_is_too_long():
    text = " or ".join(["accenti(" * 8 + "t" + ")" * 8 + "='a'"] * 190)
    assert len(text) <= LONGEST
    with pytest.raises(Fault) as raised:
        CountingCompiler().condition(parse_text(text))
    assert raised.value.code == "filter_too_large"


def test_nested_operators_return_same_rows_as_flat_filters(settings):
    """PostgreSQL plans each deep tree at once, and finds what Python finds."""
    with sampled(settings) as session:
        assert matching(session, WORST["remainder"]) == matching(session, parse_text("n % 2.5 = 1"))
        assert matching(session, WORST["between"]) == matching(session, parse_text("b is not null"))
        assert matching(session, WORST["in"]) == matching(session, parse_text("b is not null"))
        assert matching(session, parse_text("n in (1, 2.5, 3, 0.5)")) == matching(
            session, parse_text("n = 1 or n = 3")
        )
        for tree in WORST.values():
            matching(session, tree)
