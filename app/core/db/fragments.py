"""SQL text that is composed with other SQL without string formatting.

A `Fragment` is an element of SQLAlchemy. It can be executed as a statement, be a condition or a column of a `select()`, or fill
a hole of another fragment. Variable parts of the SQL fill holes (`{name}`); values become binds of their own.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    Numeric,
    String,
    TextClause,
    Uuid,
    bindparam,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm.util import AliasedClass
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.base import Generative
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    Grouping,
    UnaryExpression,
)
from sqlalchemy.sql.selectable import FromClause, Select, SelectBase
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType

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

    SQLAlchemy caches a compiled fragment by its text and the structure of the elements in its holes. So a fragment that is made
    anew for each call is compiled only once for each structure. A fragment at module level, or from a function with a cache, is
    also made only once.

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

    def __init__(self, sql: str, /, type_: Any = None, **holes: Any) -> None:
        """Make a fragment of `sql`.

        Args:
            type_: SQLAlchemy's type of the value, if the fragment is an expression whose value needs conversion.
            holes: The content of each hole: an element, a mapped attribute, a fragment, or a value.

        Raises:
            ValueError: A hole has no content, or there is no hole of this name.
        """
        texts, names = _parse(sql)
        if missing := set(names) ^ set(holes):
            raise ValueError(f"holes and their fillings differ: {', '.join(sorted(missing))}")
        fillings = {name: _element(value) for name, value in holes.items()}
        self.sql = sql
        self.pieces = list(_interleave(texts, [fillings[name] for name in names]))
        self.type = NullType() if type_ is None else (type_() if isinstance(type_, type) else type_)

    @classmethod
    def joined(cls, separator: str, parts: Iterable[Any]) -> "Fragment":
        """Return one fragment of the parts with `separator` between them.

        Parts are elements or fragments. Separators are ` and `, `, ` or ` union `.
        """
        holes = {f"part_{number}": part for number, part in enumerate(parts)}
        return cls(separator.join(f"{{{name}}}" for name in holes), **holes)

    def self_group(self, against: Any = None) -> "ColumnElement[Any]":
        """Return the fragment in parentheses.

        SQLAlchemy calls this method if an operator is next to the fragment.
        """
        return self if against is None else Grouping(self)

    @cached_property
    def correlated_tables(self) -> frozenset[Any]:
        """Return the tables that sub-selects in the holes use but do not list in their own FROM.

        SQLAlchemy calls such a sub-select correlated (`.correlate(...)`). The text around the hole must contain these tables.
        """
        tables: set[Any] = set()
        for piece in self.pieces:
            if isinstance(piece, Fragment):
                tables |= piece.correlated_tables
            elif not isinstance(piece, TextClause):
                tables.update(*(e._correlate for e in visitors.iterate(piece) if isinstance(e, Select)))
        return frozenset(tables)

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
    """Split SQL into the text between its holes and the names of the holes, in order.

    Indents are removed, because psycopg caches the parsed form of a statement only up to 4,096 characters.
    """
    parts = _HOLE.split(_INDENT.sub("\n", sql))
    return tuple(text(part) for part in parts[::2]), tuple(parts[1::2])


def _element(value: Any) -> ClauseElement:
    if isinstance(value, Fragment | TextClause):
        return value
    if isinstance(value, ClauseElement):
        return _as_text(value)
    if hasattr(value, "__clause_element__"):
        return _as_text(value.__clause_element__())
    mapped = inspect(value, raiseerr=False) if isinstance(value, type | AliasedClass) else None
    if mapped is not None:
        table: ClauseElement = mapped.selectable
        return table
    # No type: a cast to SQLAlchemy's guess would change what PostgreSQL makes of the value (ltree, timestamptz).
    return bindparam(None, value, type_=NullType(), unique=True)


# Values of these types are sent the same with and without SQLAlchemy's knowledge of the type.
_PLAIN_TYPES = (ARRAY, Boolean, DateTime, Numeric, Integer, String, Uuid, NullType)


@lru_cache(maxsize=2_000)
def _as_text(element: ClauseElement) -> ClauseElement:
    """Return an element compiled to SQL text, or the element itself if it has bind values.

    SQLAlchemy takes several milliseconds to compile a visibility rule. A rule is used in many statements, up to twelve times in
    one, and has no values of its own, so it is compiled once.
    """
    for part in visitors.iterate(element):
        if isinstance(part, BindParameter):
            has_value = not part.literal_execute and (part.unique or part.value is not None)
            if has_value or not isinstance(part.type, _PLAIN_TYPES):
                return element
        if isinstance(part, Fragment | CTE) or _needs_type(part):
            return element
    return text(as_sql(element)) if isinstance(element, ColumnElement | SelectBase) else element


def _needs_type(part: Any) -> bool:
    """Return True for `:bind is null`, in which the bind needs a cast.

    PostgreSQL cannot infer the type of such a bind.
    """
    return (
        isinstance(part, BinaryExpression)
        and part.operator in (operators.is_, operators.is_not)
        and isinstance(part.left, BindParameter)
    )


@compiles(Fragment)
def _compile(fragment: Fragment, compiler: Any, **options: Any) -> str:
    """Compile a fragment: its text, with each hole replaced by the SQL of its element.

    A sub-select in a hole that is correlated with a table (`.correlate(...)`) refers to that table in the text around it, which
    SQLAlchemy cannot see. So the table is put on the compiler's stack, as if an enclosing select contained it. Else the
    sub-select would list the table in its own FROM, and a condition would be true for every row. The stack entry also keeps
    SQLAlchemy from treating a select in a hole as the whole statement, whose columns are those of the result.
    """
    # How binds are written goes on to the pieces; what else is asked for, such as labels, is about the fragment itself.
    options = {name: value for name, value in options.items() if name in _BIND_OPTIONS}
    correlated = fragment.correlated_tables
    outer = compiler.stack[-1] if compiler.stack else compiler._default_stack_entry
    entry = dict(outer)
    entry["correlate_froms"] = set(outer["correlate_froms"]) | correlated
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
    # Also where it begins with a parenthesis: `(a) or (b)` beside an `and` would be another condition.
    return f"({written})" if isinstance(piece, _COMPOUND) else written


class RowRule(ColumnElement[bool]):
    """The visibility rule of `tables`: the condition that selects the rows a reader may see.

    It compiles to this condition. The tests require it in every statement that reads such a table.
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
    # A fragment writes a rule once as text (`_as_text`). The tests find the rule in it by this comment.
    mark = f" /* rule of {', '.join(rule.tables)} */" if compiler.dialect is _NAMED else ""
    return f"({compiler.process(rule.condition, **options)}{mark})"


_NAMED: Any = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
# A cast beside a bind (`:me::uuid`) would be read as another bind.
_NAMED.bind_typing = BindTyping.NONE


@lru_cache(maxsize=1_000)
def as_sql(element: ClauseElement) -> str:
    """Return the SQL of an element as text, its binds as `:name`.

    Use it for statements that are still composed as text. The element must not have binds with values.
    """
    whole = Fragment("")
    whole.pieces = [element]
    return str(compiled_with_constants(whole, _NAMED))


def compiled_with_constants(statement: Any, dialect: Any, *, cache_key: Any = None) -> Any:
    """Compile a statement for a dialect, with its `literal_execute` constants as text.

    SQLAlchemy's option `render_postcompile` is not used, because this option needs the values of all other binds.
    """
    compiled = statement.compile(dialect=dialect, cache_key=cache_key)
    if compiled.literal_execute_params or compiled.post_compile_params:
        binds = compiled.construct_params(escape_names=False, _no_postcompile=True, _check=False)
        compiled._process_parameters_for_postcompile(binds, _populate_self=True)
    return compiled
