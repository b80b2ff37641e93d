"""Compiler from a parsed CQL2 filter (a tree) to one SQL condition.

The filter may use the properties by which the reader may filter.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.ogc.queries.filters import spatial, temporal
from app.ogc.queries.filters.terms import (
    TYPE_OF_KIND,
    Binds,
    Term,
    Type,
    arithmetic,
    as_text,
    common_type,
    day_of,
    evaluated_once,
    folded,
    is_fraction,
    moment_of,
    whole_of,
)
from app.ogc.rules.collections import Collection, Property
from app.ogc.rules.cql2 import GEOMETRY, Fault, Tree, wrong_type
from app.ogc.rules.crs import Crs

_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "div", "^"})
_BINARY = _COMPARISONS | _ARITHMETIC | {"like", "in"} | set(spatial.FUNCTIONS) | set(temporal.RELATIONS)
_FOLDS = frozenset({"casei", "accenti"})
_LOGIC = {"and": (2, 2_000), "or": (2, 2_000), "not": (1, 1)}
# The most characters of one condition: a page's statement repeats it up to twelve times.
LONGEST_SQL = 64_000
# The order of letters is that of their code points, whatever the database's language: the same answer everywhere.
_ORDERED = ' collate "C"'


class Compiler:
    """Compiler of one filter to a SQL condition.

    The condition still has the placeholders of property definitions, which `Reader.expression` fills for the actor.

    After `condition`, `binds.values` has the literals of the filter. The SQL text contains no text sent by the caller.

    The length of the SQL grows linearly with the tree: an operand that an operator needs more than once is a column of a
    sub-select (`evaluated_once`). When such operands were written twice, a filter of 87 bytes with 13 nested operators became
    778,225 characters of SQL.
    """

    def __init__(self, collection: Collection, properties: Mapping[str, Property], crs: Crs) -> None:
        self._collection = collection
        self._properties = properties
        self._crs = crs
        self.binds = Binds()

    def condition(self, tree: Tree) -> str:
        """Return the SQL condition of a filter tree.

        Raises:
            Fault: The filter is invalid, too large or not boolean.
        """
        term = self._term(tree)
        if term.type is not Type.BOOLEAN:
            raise wrong_type("boolean", term.type)
        return term.sql

    def _term(self, node: Any) -> Term:
        """Compile one operand to SQL.

        Raises:
            Fault: The operand is invalid, or its SQL is longer than LONGEST_SQL characters.
        """
        term = self._compiled(node)
        if len(term.sql) > LONGEST_SQL:
            raise Fault("filter_too_large")
        return term

    def _compiled(self, node: Any) -> Term:
        if not isinstance(node, dict):
            return self.binds.literal(node)
        if "op" in node:
            return replace(self._operation(node), is_operation=True)
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return self.binds.add(day_of(node["date"]), Type.DATE)
        if "timestamp" in node:
            return self.binds.add(moment_of(node["timestamp"]), Type.INSTANT)
        if "type" in node or "bbox" in node:
            return spatial.literal(self.binds, node, self._crs)
        raise Fault("filter_value")

    def _property(self, name: Any) -> Term:
        if name == GEOMETRY:
            return Term(Type.GEOMETRY, self._collection.geometry)
        prop = self._properties.get(name) if isinstance(name, str) else None
        if prop is None:
            raise Fault("filter_property", name=str(name)[:60])
        return Term(TYPE_OF_KIND[prop.kind], f"({prop.sql})")

    def _operation(self, node: dict[str, Any]) -> Term:
        op, args = node["op"], node.get("args")
        if not isinstance(op, str) or not isinstance(args, list):
            raise Fault("filter_value")
        if op in _LOGIC:
            return self._logic(op, args)
        if op in _FOLDS:
            return folded(self._term(*_exactly(1, args)), op)
        if op == "isNull":
            (inner,) = _exactly(1, args)
            return _boolean(f"({self._term(inner).sql} is null)")
        if op == "between":
            return self._between(*_exactly(3, args))
        if op not in _BINARY:
            raise Fault("filter_function", name=op[:60])
        left, right = _exactly(2, args)
        if op == "like":
            return self._like(left, right)
        if op == "in":
            return self._in(left, right)
        if op in temporal.RELATIONS:
            spans = [temporal.span(self.binds, side, self._term) for side in (left, right)]
            return _boolean(temporal.predicate(op, *spans))
        if op in _COMPARISONS:
            return self._comparison(op, self._term(left), self._term(right))
        if op in _ARITHMETIC:
            return arithmetic(op, self._term(left), self._term(right))
        return _boolean(spatial.predicate(op, self._term(left), self._term(right)))

    def _logic(self, op: str, args: list[Any]) -> Term:
        minimum, maximum = _LOGIC[op]
        if not minimum <= len(args) <= maximum:
            raise Fault("filter_value")
        parts = [self.condition(part) for part in args]
        return _boolean(f"(not {parts[0]})" if op == "not" else f"({f' {op} '.join(parts)})")

    def _comparison(self, op: str, left: Term, right: Term) -> Term:
        if right.type is Type.WHOLE and is_fraction(left):
            return self._comparison(_MIRRORED[op], right, left)
        if left.type is Type.WHOLE and left.value is None and is_fraction(right):
            return _boolean(self._compare_with_fraction(op, left, right.value))
        left, right = self._comparable(left, right)
        is_text = left.type is Type.TEXT and op not in ("=", "<>")
        return _boolean(f"({left.sql} {op} {right.sql}{_ORDERED if is_text else ''})")

    def _comparable(self, left: Term, right: Term) -> tuple[Term, Term]:
        """Return both operands cast to a common type.

        Raises:
            Fault: There is no such type.
        """
        if Type.WHOLE in (left.type, right.type):
            left, right = whole_of(self.binds, left), whole_of(self.binds, right)
        return common_type(self.binds, left, right)

    def _compare_with_fraction(self, op: str, left: Term, value: float) -> str:
        """Return the comparison of an integer property with a fraction, using an integer instead.

        The fraction is replaced by the integer below it: the index of the property stores integers, so PostgreSQL uses it only
        for a comparison with an integer.
        """
        floor = value // 1
        if op in ("=", "<>"):
            # No whole number equals a fraction; null stays null.
            return f"({left.sql} is {'not null or null' if op == '<>' else 'null and null'})"
        bound = self.binds.literal(int(floor))
        if bound.type is not Type.WHOLE:
            return f"({left.sql} {op} {bound.sql})"
        return f"({left.sql} {'<=' if op in ('<', '<=') else '>'} {bound.sql})"

    def _between(self, node: Any, low: Any, high: Any) -> Term:
        left = evaluated_once(self._term(node))
        ends = (">=", self._term(low)), ("<=", self._term(high))
        at_least, at_most = [self._comparison(op, left.term, end).sql for op, end in ends]
        return _boolean(left.select(f"({at_least} and {at_most})"))

    def _in(self, node: Any, candidates: Any) -> Term:
        if not isinstance(candidates, list) or not candidates:
            raise Fault("filter_value")
        left = evaluated_once(self._term(node))
        # Elements of one type are one list, which an index answers; the rest are comparisons, each distinct one once.
        lists: dict[str, list[str]] = {}
        comparisons: dict[str, None] = {}
        for element in candidates:
            right = self._term(element)
            if is_fraction(right) or is_fraction(left.term):
                comparisons[self._comparison("=", left.term, right).sql] = None
                continue
            left_operand, right_operand = self._comparable(left.term, right)
            lists.setdefault(left_operand.sql, []).append(right_operand.sql)
        parts = [f"({left_operand} in ({', '.join(elements)}))" for left_operand, elements in lists.items()]
        return _boolean(left.select(f"({' or '.join([*parts, *comparisons])})"))

    def _like(self, node: Any, pattern: Any) -> Term:
        folds: list[str] = []
        while isinstance(pattern, dict) and pattern.get("op") in _FOLDS:
            folds.append(pattern["op"])
            (pattern,) = _exactly(1, pattern.get("args"))
        if not isinstance(pattern, str):
            raise Fault("filter_pattern")
        ending = len(pattern) - len(pattern.rstrip("\\"))
        if ending % 2:
            raise Fault("filter_pattern")
        pattern_term = self.binds.literal(pattern)
        for fold in reversed(folds):
            pattern_term = folded(pattern_term, fold)
        return _boolean(f"({as_text(self._term(node)).sql} like {pattern_term.sql} escape '\\')")


_MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _boolean(sql: str) -> Term:
    return Term(Type.BOOLEAN, sql)


def _exactly(number: int, args: Any) -> list[Any]:
    if not isinstance(args, list) or len(args) != number:
        raise Fault("filter_value")
    return args
