"""CQL2 text as a tree, by recursive descent: it reads each token once and goes no deeper than the bounds of a filter."""

from typing import Any

from app.ogc.rules.cql2.faults import Fault, syntax
from app.ogc.rules.cql2.geometry import KINDS, geometry
from app.ogc.rules.cql2.scanner import Token, tokens
from app.ogc.rules.cql2.tree import DEEPEST, Tree, check_number, check_text, check_tree

_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
# The JSON encoding writes some names in another way than in capitals.
_CAMEL = {
    name.lower(): name
    for name in ("t_finishedBy", "t_metBy", "t_overlappedBy", "t_startedBy", "a_containedBy")
}
_OF_STANDARD = ("s_", "t_", "a_")


def parse_text(given: str) -> Tree:
    """The tree of a filter in text. Raises Fault."""
    check_text(given)
    tree = Parser(tokens(given)).whole()
    check_tree(tree)
    return tree


class Parser:
    """Reads tokens from the front. Precedence, loosest first: OR, AND, NOT, predicates, + -, * / % div, ^."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        tree = self.either()
        self.need("end")
        return tree

    # tokens

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def take(self, *kinds: str) -> Token | None:
        """The next token, if it is of one of these kinds."""
        token = self.next
        if token.kind not in kinds:
            return None
        self._at += 1
        return token

    def need(self, *kinds: str) -> Token:
        token = self.take(*kinds)
        if token is None:
            raise syntax(self.next.at, self.next.text)
        return token

    # expressions

    def either(self) -> Tree:
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
        compared = self.take(*_COMPARISONS)
        if compared:
            return {"op": compared.kind, "args": [left, self._sum()]}
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
        tree = self._turned()
        if self.take("^"):
            tree = {"op": "^", "args": [tree, self._turned()]}
        return tree

    def _turned(self) -> Tree:
        """An operand, behind a sign that is no number's own; not after another sign, where it would look like a comment."""
        before = self._tokens[self._at - 1].kind if self._at else ""
        follows = self._tokens[min(self._at + 1, len(self._tokens) - 1)].kind
        if before in ("+", "-") or follows not in ("(", "name", "property"):
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
                tree = self.either()
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
                return {"op": token.kind.lower(), "args": self._arguments(lowest=1, most=1)}
            case "DATE" | "TIMESTAMP":
                self.need("(")
                said = self.need("string").text
                self.need(")")
                return {token.kind.lower(): said}
            case "INTERVAL":
                return {"interval": [_bound(part) for part in self._arguments(lowest=2, most=2)]}
            case "BBOX":
                return {"bbox": self._arguments(lowest=4, most=6)}
        return self._named(token)

    def _named(self, token: Token) -> Tree:
        """A geometry, a function, or a property that needs no quotes."""
        if token.text.upper() in KINDS and (
            self.next.kind == "(" or self.next.text.upper() in ("Z", "EMPTY")
        ):
            return geometry(self, token.text.upper())
        if self.next.kind != "(":
            return {"property": token.text}
        name = token.text.lower()
        if not name.startswith(_OF_STANDARD):
            return {"op": token.text, "args": self._arguments()}
        is_array = name.startswith("a_")
        return {"op": _CAMEL.get(name, name), "args": self._arguments(2, 2, is_array=is_array)}

    def _arguments(self, lowest: int = 0, most: int = 100, *, is_array: bool = False) -> list[Tree]:
        self.need("(")
        found: list[Tree] = []
        while not self.take(")"):
            if found:
                self.need(",")
            found.append(self._list() if is_array and self.next.kind == "(" else self.either())
        if not lowest <= len(found) <= most:
            raise syntax(self.next.at, self.next.text)
        return found

    def _list(self) -> list[Tree]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Fault("filter_too_large")
        self.need("(")
        found: list[Tree] = []
        while not self.take(")"):
            if found:
                self.need(",")
            found.append(self._list() if self.next.kind == "(" else self._sum())
        self._depth -= 1
        return found


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
    """An end of an interval: text, a property or a function; an instant that says its kind is text there."""
    if isinstance(part, dict) and ("date" in part or "timestamp" in part):
        return part.get("date", part.get("timestamp"))
    return part
