"""Recursive descent parser of CQL2 text; its depth is bounded."""

from typing import Any

from app.ogc.rules.cql2.faults import Fault, syntax
from app.ogc.rules.cql2.geometry import KINDS, geometry
from app.ogc.rules.cql2.scanner import Token, tokens
from app.ogc.rules.cql2.token_stream import TokenStream
from app.ogc.rules.cql2.tree import DEEPEST, Tree, check_number, check_text, check_tree

_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
# The JSON encoding writes some names in another way than in capitals.
_CAMEL = {
    name.lower(): name
    for name in ("t_finishedBy", "t_metBy", "t_overlappedBy", "t_startedBy", "a_containedBy")
}
_STANDARD_PREFIXES = ("s_", "t_", "a_")


def parse_text(text: str) -> Tree:
    """Parse a filter in CQL2 text. Raises Fault."""
    check_text(text)
    tree = Parser(tokens(text)).filter()
    check_tree(tree)
    return tree


class Parser(TokenStream):
    """Parser of the tokens of a filter.

    Precedence, loosest first: OR, AND, NOT, predicates, + -, * / % div, ^.
    """

    def __init__(self, token_list: list[Token]) -> None:
        super().__init__(token_list)
        self._depth = 0

    def filter(self) -> Tree:
        tree = self.expression()
        self.need("end")
        return tree

    def expression(self) -> Tree:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Fault("filter_too_large")
        parts = [self._all()]
        while self.take("OR"):
            parts.append(self._all())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else {"op": "or", "args": parts}

    def _all(self) -> Tree:
        parts = [self._not()]
        while self.take("AND"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else {"op": "and", "args": parts}

    def _not(self) -> Tree:
        turns = 0
        while self.take("NOT"):
            turns += 1
        if turns > DEEPEST:
            raise Fault("filter_too_large")
        tree = self._predicate()
        for _ in range(turns):
            tree = {"op": "not", "args": [tree]}
        return tree

    def _predicate(self) -> Tree:
        left = self._sum()
        comparison = self.take(*_COMPARISONS)
        if comparison:
            return {"op": comparison.kind, "args": [left, self._sum()]}
        if self.take("IS"):
            is_not = self.take("NOT")
            self.need("NULL")
            return _negated({"op": "isNull", "args": [left]}, is_not)
        is_not = self.take("NOT")
        kind = self.need("LIKE", "BETWEEN", "IN") if is_not else self.take("LIKE", "BETWEEN", "IN")
        if kind is None:
            return left
        if kind.kind == "LIKE":
            return _negated({"op": "like", "args": [left, self._sum()]}, is_not)
        if kind.kind == "BETWEEN":
            low = self._sum()
            self.need("AND")
            return _negated({"op": "between", "args": [left, low, self._sum()]}, is_not)
        return _negated({"op": "in", "args": [left, self._list()]}, is_not)

    def _sum(self) -> Tree:
        tree = self._product()
        while sign := self.take("+", "-"):
            tree = {"op": sign.kind, "args": [tree, self._product()]}
        return tree

    def _product(self) -> Tree:
        tree = self._power()
        while sign := self.take("*", "/", "%", "DIV"):
            tree = {"op": sign.kind.lower(), "args": [tree, self._power()]}
        return tree

    def _power(self) -> Tree:
        tree = self._signed()
        if self.take("^"):
            tree = {"op": "^", "args": [tree, self._signed()]}
        return tree

    def _signed(self) -> Tree:
        """Parse an operand with an optional sign.

        Two signs in a row are refused, because `--` is a comment in SQL.
        """
        previous_kind = self._tokens[self._index - 1].kind if self._index else ""
        next_kind = self._tokens[min(self._index + 1, len(self._tokens) - 1)].kind
        if previous_kind in ("+", "-") or next_kind not in ("(", "name", "property"):
            return self._operand()
        sign = self.take("+", "-")
        tree = self._operand()
        return {"op": "*", "args": [-1, tree]} if sign and sign.kind == "-" else tree

    def _operand(self) -> Tree:
        token = self.need(
            *("(", "+", "-", "string", "property", "number", "name", "TRUE", "FALSE"),
            *("CASEI", "ACCENTI", "DATE", "TIMESTAMP", "INTERVAL", "BBOX"),
        )
        match token.kind:
            case "(":
                tree = self.expression()
                self.need(")")
                return tree
            case "+" | "-":
                number = _number(self.need("number"))
                return -number if token.kind == "-" else number
            case "string":
                return token.text
            case "property":
                return {"property": token.text}
            case "number":
                return _number(token)
            case "TRUE" | "FALSE":
                return token.kind == "TRUE"
            case "CASEI" | "ACCENTI":
                return {"op": token.kind.lower(), "args": self._arguments(minimum=1, maximum=1)}
            case "DATE" | "TIMESTAMP":
                self.need("(")
                text = self.need("string").text
                self.need(")")
                return {token.kind.lower(): text}
            case "INTERVAL":
                return {"interval": [_bound(part) for part in self._arguments(minimum=2, maximum=2)]}
            case "BBOX":
                return {"bbox": self._arguments(minimum=4, maximum=6)}
        return self._name(token)

    def _name(self, token: Token) -> Tree:
        """Parse an operand that begins with a name: a geometry, a function, or an unquoted property."""
        if token.text.upper() in KINDS and (
            self.next.kind == "(" or self.next.text.upper() in ("Z", "EMPTY")
        ):
            return geometry(self, token.text.upper())
        if self.next.kind != "(":
            return {"property": token.text}
        name = token.text.lower()
        if not name.startswith(_STANDARD_PREFIXES):
            return {"op": token.text, "args": self._arguments()}
        is_array = name.startswith("a_")
        return {"op": _CAMEL.get(name, name), "args": self._arguments(2, 2, is_array=is_array)}

    def _arguments(self, minimum: int = 0, maximum: int = 100, *, is_array: bool = False) -> list[Tree]:
        self.need("(")
        arguments: list[Tree] = []
        while not self.take(")"):
            if arguments:
                self.need(",")
            arguments.append(self._list() if is_array and self.next.kind == "(" else self.expression())
        if not minimum <= len(arguments) <= maximum:
            raise syntax(self.next.position, self.next.text)
        return arguments

    def _list(self) -> list[Tree]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Fault("filter_too_large")
        self.need("(")
        items: list[Tree] = []
        while not self.take(")"):
            if items:
                self.need(",")
            items.append(self._list() if self.next.kind == "(" else self._sum())
        self._depth -= 1
        return items


def _negated(tree: Tree, is_not: Token | None) -> Tree:
    return {"op": "not", "args": [tree]} if is_not else tree


def _number(token: Token) -> int | float:
    text = token.text
    if text.isdigit():
        if len(text) > 40:
            raise Fault("filter_number")
        value: int | float = int(text)
    else:
        value = float(text)
    check_number(value)
    return value


def _bound(part: Any) -> Any:
    """Parse one end of an interval: a text, a property or a function.

    DATE(...) and TIMESTAMP(...) are converted to text.
    """
    if isinstance(part, dict) and ("date" in part or "timestamp" in part):
        return part.get("date", part.get("timestamp"))
    return part
