"""Operands of a filter: SQL with a static type, and conversion of two operands to a common type."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.ogc.rules.collections import Kind
from app.ogc.rules.cql2 import Fault, wrong_type
from app.ogc.rules.parameters import instant_of

_BIGINT = 2**63
# Letters with a stroke, which Unicode does not take apart into a letter and a mark.
STROKES = ("øØłŁđĐħĦŧŦı", "oOlLdDhHtTi")


class Type(StrEnum):
    """Static types of SQL terms of a filter.

    Exact numbers are bigint or numeric, other numbers float8. A UUID has a type of its own, because only a comparison
    of uuid with uuid uses the index.
    """

    BOOLEAN = "boolean"
    WHOLE = "bigint"
    EXACT = "numeric"
    FLOAT = "float8"
    TEXT = "text"
    UUID = "uuid"
    DATE = "date"
    INSTANT = "timestamptz"
    GEOMETRY = "geometry"


NUMBERS = frozenset({Type.WHOLE, Type.EXACT, Type.FLOAT})
TIMES = frozenset({Type.DATE, Type.INSTANT})
TEXTS = frozenset({Type.TEXT, Type.UUID})
TYPE_OF_KIND = {
    Kind.TEXT: Type.TEXT,
    Kind.INTEGER: Type.WHOLE,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.INSTANT: Type.INSTANT,
    Kind.UUID: Type.UUID,
}


@dataclass(frozen=True, slots=True)
class Term:
    """An operand of a filter as SQL.

    Attributes:
        value: The value of a literal; None for any other operand.
        is_operation: True if an operator made the SQL, so that it may be long.
    """

    type: Type
    sql: str
    value: Any = None
    is_operation: bool = False


@dataclass(frozen=True, slots=True)
class ReusableTerm:
    """An operand whose value an operator uses more than once, and whose SQL is written once.

    Attributes:
        term: The short SQL name of the value.
        source: The FROM item of the sub-select that computes the value. None: `term` is a property or a literal, which is
            short already.
    """

    term: Term
    source: str | None

    def select(self, expression: str) -> str:
        """Return SQL that evaluates `expression`, in which `term` may occur repeatedly."""
        return expression if self.source is None else f"(select {expression} from {self.source})"


def evaluated_once(term: Term) -> ReusableTerm:
    """Return `term` as a `ReusableTerm`, whose value SQL can use several times.

    `offset 0` keeps the planner from replacing each use of the name by the whole expression.
    """
    if not term.is_operation:
        return ReusableTerm(term, None)
    source = f"(select {term.sql} as x offset 0) operand"
    return ReusableTerm(Term(term.type, "operand.x"), source)


class Binds:
    """The literals of a filter as SQL binds, each with a unique name."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any, type: Type) -> Term:
        name = f"cql_{len(self.values)}"
        self.values[name] = value
        return Term(type, f"cast(:{name} as {type})", value)

    def literal(self, value: Any) -> Term:
        """Add a boolean, number or text of the filter as a bind, and return its term.

        Raises:
            Fault: The value has another type.
        """
        if isinstance(value, bool):
            return self.add(value, Type.BOOLEAN)
        if isinstance(value, int):
            return self.add(value, Type.WHOLE if -_BIGINT <= value < _BIGINT else Type.EXACT)
        if isinstance(value, float):
            return self.add(value, Type.FLOAT)
        if isinstance(value, str):
            return self.add(value, Type.TEXT)
        raise Fault("filter_value")


def as_text(term: Term) -> Term:
    """Return the term as text.

    Raises:
        Fault: The term is neither text nor a UUID.
    """
    if term.type is Type.TEXT:
        return term
    if term.type is Type.UUID:
        return Term(Type.TEXT, f"cast({term.sql} as text)")
    raise wrong_type("text", term.type)


def as_type(term: Term, target: Type) -> Term:
    """Return the term cast to another type, such as bigint to numeric."""
    return term if term.type is target else Term(target, f"cast({term.sql} as {target})", term.value)


def as_instant(term: Term) -> Term:
    """Return the term cast to timestamptz; a day becomes 00:00 UTC of this day."""
    if term.type is Type.DATE:
        return Term(Type.INSTANT, f"(cast({term.sql} as timestamp) at time zone 'UTC')")
    if term.type is Type.INSTANT:
        return term
    raise wrong_type("time", term.type)


def day_of(text: Any) -> date:
    """Return the day of an ISO 8601 date. Raises Fault."""
    try:
        if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Fault("filter_time", said=str(text)[:40]) from None


def moment_of(text: Any) -> datetime:
    """Return the instant of an RFC 3339 text. Raises Fault."""
    try:
        if not isinstance(text, str):
            raise ValueError
        return instant_of(text)
    except ValueError:
        raise Fault("filter_time", said=str(text)[:40]) from None


def day_or_moment(text: Any) -> date | datetime:
    """Return the day or the instant of a text. Raises Fault."""
    return day_of(text) if isinstance(text, str) and len(text) == 10 else moment_of(text)


def midnight(day: date) -> datetime:
    """Return 00:00 UTC of a day."""
    return datetime.combine(day, time(), UTC)


def common_type(binds: Binds, left: Term, right: Term) -> tuple[Term, Term]:
    """Return both terms cast to a common type.

    Raises:
        Fault: There is no such type.
    """
    left, right = _typed_literal(binds, left, right), _typed_literal(binds, right, left)
    kinds = {left.type, right.type}
    if len(kinds) == 1 and Type.GEOMETRY not in kinds:
        return left, right
    if kinds <= NUMBERS:
        target = Type.FLOAT if Type.FLOAT in kinds else Type.EXACT
        return as_type(left, target), as_type(right, target)
    if kinds <= TEXTS:
        return as_text(left), as_text(right)
    if kinds <= TIMES:
        return as_instant(left), as_instant(right)
    raise wrong_type(left.type, right.type)


def _typed_literal(binds: Binds, term: Term, other: Term) -> Term:
    """Convert a text literal to a time or a UUID if the other operand has that type."""
    if term.type is not Type.TEXT or not isinstance(term.value, str):
        return term
    if other.type is Type.UUID:
        try:
            return binds.add(UUID(term.value), Type.UUID)
        except ValueError:
            return term  # equal to none, but text all the same
    if other.type in TIMES:
        moment = day_or_moment(term.value)
        return binds.add(moment, Type.INSTANT if isinstance(moment, datetime) else Type.DATE)
    return term


def is_fraction(term: Term) -> bool:
    """Return True if the term is a literal number that is not an integer, such as 2.5."""
    return term.type is Type.FLOAT and isinstance(term.value, float) and not term.value.is_integer()


def whole_of(binds: Binds, term: Term) -> Term:
    """Convert a whole float literal, such as 3.0, to bigint, so that an index can be used."""
    is_float = term.type is Type.FLOAT and isinstance(term.value, float)
    if is_float and term.value.is_integer() and abs(term.value) < _BIGINT:
        return binds.add(int(term.value), Type.WHOLE)
    return term


def folded(term: Term, fold: str) -> Term:
    """Return a text operand in lower case (`fold` is `casei`) or without accents (`accenti`)."""
    text = as_text(term)
    sql = (
        f"lower({text.sql})"
        if fold == "casei"
        else f"regexp_replace(normalize(translate({text.sql}, '{STROKES[0]}', '{STROKES[1]}'), NFD), "
        "'[\\u0300-\\u036f]', '', 'g')"
    )
    return replace(text, sql=sql)


def arithmetic(op: str, left: Term, right: Term) -> Term:
    """Return the term of an arithmetic operator. A division by zero gives NULL.

    `+`, `-` and `*` are exact on exact numbers; `/` and `^` compute float8; `div` and `%` truncate towards zero.
    """
    for term in (left, right):
        if term.type not in NUMBERS:
            raise wrong_type("numeric", term.type)
    is_exact = Type.FLOAT not in (left.type, right.type)
    kind = Type.EXACT if is_exact and op not in "/^" else Type.FLOAT
    a, b = as_type(left, kind).sql, as_type(right, kind).sql
    match op:
        case "+" | "-" | "*":
            sql = f"({a} {op} {b})"
        case "/":
            sql = f"({a} / nullif({b}, 0))"
        case "^":
            sql = f"power({a}, {b})"
        case "div":
            sql = f"trunc({a} / nullif({b}, 0))" if kind is Type.FLOAT else f"div({a}, nullif({b}, 0))"
        case _ if kind is Type.FLOAT:
            # PostgreSQL has no remainder of float8. `offset 0` as in `evaluated_once`.
            sql = (
                "(select m.a - trunc(m.a / nullif(m.b, 0)) * m.b "
                f"from (select {a} as a, {b} as b offset 0) m)"
            )
        case _:
            sql = f"mod({a}, nullif({b}, 0))"
    return Term(kind, sql)
