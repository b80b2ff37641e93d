"""Fragments: SQL text that is composed with other SQL without string formatting.

A `Fragment` is an element of SQLAlchemy. It is executed as a statement, or stands in a `select()` as a condition, a column or,
inside another fragment, as any piece of text. What varies goes into holes (`{name}`); values become binds of their own.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Executable, TextClause, bindparam, inspect, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm.util import AliasedClass
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import Generative
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BooleanClauseList,
    ClauseElement,
    Grouping,
    UnaryExpression,
)
from sqlalchemy.sql.selectable import FromClause, Select, SelectBase
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType, TypeEngine

_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BIND_OPTIONS = ("render_postcompile", "literal_binds", "literal_execute")
_COMPOUND = (BinaryExpression, BooleanClauseList, UnaryExpression)
_INDENT = re.compile(r"\s*\n\s*")


class Fragment(Executable, Generative, ColumnElement[Any]):
    """SQL text with holes for elements of SQLAlchemy, other fragments and values.

    `{name}` is a hole. An element or fragment is written in its place; any other value becomes a bind with a name of its own,
    so two fragments never share a bind by accident. `:name` is a bind of the statement, given when it is executed; fragments
    of one statement that use the same `:name` mean the same value. Braces around anything but a lower-case name, as in
    `'{}'`, are text.

    A fragment made for each call is compiled once for each shape, as SQLAlchemy caches it by its text and the shapes in its
    holes. One made at module level, or by a function with a cache, saves making it, too.

        _OF_WORKER = Fragment("exists (select from offer where worker_id = :worker_id and incident_id = {incident})",
                              incident=Incident.id)
    """

    __visit_name__ = "fragment"
    _traverse_internals = [  # noqa: RUF012 (SQLAlchemy's own protocol)
        ("sql", InternalTraversal.dp_string),
        ("pieces", InternalTraversal.dp_clauseelement_list),
        ("type", InternalTraversal.dp_type),
    ]
    inherit_cache = True
    _is_text_clause = False

    def __init__(
        self, sql: str, /, type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None, **holes: Any
    ) -> None:
        """Make a fragment of `sql`.

        Args:
            type_: The SQL type of the value, if the fragment is an expression whose value needs conversion.
            holes: What fills each hole: an element, a mapped attribute, a fragment, or a value.

        Raises:
            ValueError: A hole has no filling, or a filling no hole.
        """
        texts, names = _parse(sql)
        if missing := set(names) ^ set(holes):
            raise ValueError(f"holes and their fillings differ: {', '.join(sorted(missing))}")
        fillings = {name: _element(value) for name, value in holes.items()}
        self.sql = sql
        self.pieces = list(_interleave(texts, [fillings[name] for name in names]))
        self.type = NullType() if type_ is None else (type_() if isinstance(type_, type) else type_)

    def self_group(self, against: Any = None) -> "ColumnElement[Any]":
        """Return the fragment in parentheses, where an operator stands beside it."""
        return self if against is None else Grouping(self)

    @property
    def _from_objects(self) -> list[Any]:
        # The text names its own tables. Without this a select() around the fragment would list the tables of the
        # columns in its holes a second time, as a cross join.
        return []


def _interleave(texts: tuple[TextClause, ...], fillings: list[ClauseElement]) -> Iterator[ClauseElement]:
    for position, piece in enumerate(texts):
        yield piece
        if position < len(fillings):
            yield fillings[position]


@lru_cache(maxsize=4_000)
def _parse(sql: str) -> tuple[tuple[TextClause, ...], tuple[str, ...]]:
    """Return the text between the holes, and the names of the holes in order.

    Indents are left out, because psycopg caches what it has parsed of a statement up to 4,096 characters.
    """
    parts = _HOLE.split(_INDENT.sub("\n", sql))
    return tuple(text(part) for part in parts[::2]), tuple(parts[1::2])


def _element(value: Any) -> ClauseElement:
    if isinstance(value, ClauseElement):
        return value
    if hasattr(value, "__clause_element__"):
        element: ClauseElement = value.__clause_element__()
        return element
    mapped = inspect(value, raiseerr=False) if isinstance(value, type | AliasedClass) else None
    if mapped is not None:
        table: ClauseElement = mapped.selectable
        return table
    # No type: a cast to SQLAlchemy's guess would change what PostgreSQL makes of the value (ltree, timestamptz).
    return bindparam(None, value, type_=NullType(), unique=True)


@compiles(Fragment)
def _compile(fragment: Fragment, compiler: Any, **options: Any) -> str:
    """Write the text, each hole as its element.

    A sub-select in a hole that is correlated with a table (`.correlate(...)`) finds that table in the text around it, which
    SQLAlchemy cannot see. It is entered on the compiler's stack as if an enclosing select had it, else the sub-select
    would list the table in its own FROM, and a condition would be true of every row.
    """
    # How binds are written goes on to the pieces; what else is asked for, such as labels, is about the fragment itself.
    options = {name: value for name, value in options.items() if name in _BIND_OPTIONS}
    outer = compiler.stack[-1] if compiler.stack else compiler._default_stack_entry
    entry = dict(outer)
    entry["correlate_froms"] = set(outer["correlate_froms"]) | set(_correlated_tables(fragment))
    compiler.stack.append(entry)
    try:
        return "".join(_piece(compiler, piece, options) for piece in fragment.pieces)
    finally:
        compiler.stack.pop(-1)


def _piece(compiler: Any, piece: ClauseElement, options: dict[str, Any]) -> str:
    if isinstance(piece, SelectBase):
        return f"({compiler.process(piece, asfrom=True, **options)})"
    if isinstance(piece, FromClause):
        return str(compiler.process(piece, asfrom=True, **options))
    written = str(compiler.process(piece, **options))
    return f"({written})" if isinstance(piece, _COMPOUND) and not written.startswith("(") else written


def _correlated_tables(fragment: Fragment) -> Iterator[Any]:
    for piece in fragment.pieces:
        for element in visitors.iterate(piece):
            if isinstance(element, Select):
                yield from element._correlate


class RowRule(ColumnElement[bool]):
    """Condition that decides which rows of `tables` a reader may see: the rule of visibility of a table.

    It is written as its condition. The tests look for it in every statement that reads such a table.
    """

    __visit_name__ = "row_rule"
    _traverse_internals = [  # noqa: RUF012 (SQLAlchemy's own protocol)
        ("condition", InternalTraversal.dp_clauseelement),
        ("tables", InternalTraversal.dp_plain_obj),
    ]
    inherit_cache = True

    def __init__(self, condition: ColumnElement[bool], *tables: str) -> None:
        self.condition = condition
        self.tables = tables
        self.type = Boolean()

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.condition._from_objects)


@compiles(RowRule)
def _compile_rule(rule: RowRule, compiler: Any, **options: Any) -> str:
    # In statements that are still put together as text, the tests find the rule by this comment.
    mark = f" /* rule of {', '.join(rule.tables)} */" if compiler.dialect is _NAMED else ""
    return f"({compiler.process(rule.condition, **options)}{mark})"


_NAMED: Any = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
# A cast beside a bind (`:me::uuid`) would be read as another bind.
_NAMED.bind_typing = BindTyping.NONE


@lru_cache(maxsize=1_000)
def as_sql(element: ClauseElement) -> str:
    """Return the SQL of an element as text, its binds as `:name`.

    A bridge for statements that are still put together as text. The element may only have binds with names and no value.
    """
    return str(
        Fragment("{element}", element=element).compile(
            dialect=_NAMED, compile_kwargs={"render_postcompile": True}
        )
    )
