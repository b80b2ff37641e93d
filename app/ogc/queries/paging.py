"""One statement per page of features: rows, order, count and GeoJSON.

Three searches, since none is fast for all queries. A small box is read completely by its spatial index and sorted. The areas
of an actor, or a large box of them, are searched branch by branch of the scope rule, each in page order from an index. All
other queries are searched in page order, which is an index scan too for an actor who sees everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import Plan
from app.core.db.raw_read import read_one
from app.ogc.queries import features
from app.ogc.queries.features import TYPES, Selection, conditions, feature_text
from app.ogc.queries.sources import PATHS, Reader, TextBranches
from app.ogc.rules.collections import Collection, Lookup, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort

# The planner of a prepared statement assumes a tenth of all rows for a limit that is a bind, so the limit is in the text.
# There are few limits, so that there are few statements.
_BOUNDS = (11, 51, 101, 201, 501, 1_001, 2_001, 11_001)
# If an area has more parts, the rows of all areas are scanned in page order instead.
_PARTS_MOST = 100


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of one page. `order` is followed by the key; `after`: the keys of the last row of the previous page.

    `is_narrow`: the selection matches few rows, so that all may be read. `is_stable`: the selectivity depends on
    the values of binds only.
    """

    collection: Collection
    reader: Reader
    selection: Selection
    properties: Sequence[Property]
    crs: Crs
    order: Sequence[Sort]
    after: Sequence[Any] | None
    offset: int
    limit: int
    is_narrow: bool
    is_stable: bool

    @property
    def is_derived(self) -> bool:
        """Return True if the rows are computed; they are materialised once, in a CTE."""
        return "{" in self.collection.source

    @property
    def source(self) -> str:
        collection = self.collection
        return f"derived {collection.source.split()[-1]}" if self.is_derived else collection.source

    @property
    def row_locator(self) -> tuple[str, str]:
        """Return the SQL that locates a row again, and its alias. `ctid` is the fastest within one statement."""
        return (
            (self.collection.key, "k")
            if self.is_derived
            else (f"{self.collection.key.partition('.')[0]}.ctid", "t")
        )

    @property
    def is_natural(self) -> bool:
        """Return True if the page has the order of the indexes on each area."""
        return [s.prop.name for s in self.order] == [n for n in (self.collection.natural_order,) if n]

    @property
    def is_descending(self) -> bool:
        """Return True if the key descends too, so that the index is scanned backwards."""
        return self.is_natural and any(s.is_descending for s in self.order)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page. `features`: JSON without brackets; `last`: the keys of the last row, as text.

    `matched` is None if matches were not counted, or if there are more than COUNTED.
    """

    features: bytes
    returned: int
    has_more: bool
    last: list[str] | None
    matched: int | None


def read_page(query: PageQuery, *, is_counted: bool) -> Rows:
    """Return up to `limit` rows. `is_counted`: also the number of matches on all pages, up to COUNTED."""
    if query.is_narrow:
        rows = _run_search(query, _sorted_search(query), is_counted=True, plan="generic")
        # More than COUNTED match, so the rows that were read are not the first ones.
        if rows.matched is not None:
            return rows
        is_counted = False
    branches = query.reader.branches
    if branches is not None and query.is_natural:
        rows = _run_search(
            query,
            _branch_search(query, branches),
            is_counted=is_counted,
            plan="generic" if query.is_stable and not query.is_narrow else "custom",
        )
    else:
        rows = _run_search(query, _ordered_search(query), is_counted=is_counted, plan="custom")
    if query.after is None and not query.offset and not rows.has_more:
        return replace(rows, matched=rows.returned)  # all that there is
    return rows


@dataclass(frozen=True, slots=True)
class _Search:
    """CTEs that end with `page` (the rows of the page and one more); `matches`: SQL for the number of all matches."""

    ctes: str
    matches: str


def _run_search(query: PageQuery, search: _Search, *, is_counted: bool, plan: Plan) -> Rows:
    collection = query.collection
    looked_up, replacements = "", {}
    for n, (name, lookup) in enumerate(_lookups(query)):
        looked_up += f""",
      look{n} as materialized (
        select {lookup.key} k, {lookup.value} v from {lookup.table}
        where {lookup.key} = any(array(select distinct l{n} from shown)) and {lookup.condition})"""
        replacements[name] = f"(select v from look{n} where k = {lookup.local_key})"
    feature = feature_text(collection, query.reader, query.properties, query.crs, replacements)
    locator, name = query.row_locator
    derived = ""
    if query.is_derived:
        derived = f"derived as materialized (select * from {query.reader.sql(collection.source)}),\n      "
    keys = ", ".join([*(f"cast(o{n} as text)" for n in range(len(query.order))), "cast(k as text)"])
    order = _order(query, "o{}", "k")
    sql = f"""
      with {derived}{search.ctes},
      shown as materialized (
        select *, row_number() over (order by {order}) n from page order by {order} limit :limit){looked_up}
      select (select convert_to(string_agg({feature}, ',' order by s.n), 'UTF8')
              from shown s, {query.source} where {locator} = s.{name}) features,
             (select count(*) from shown) returned,
             (select count(*) from page) > :limit has_more,
             (select array[{keys}] from shown order by n desc limit 1) last,
             {_count(query, search) if is_counted else "cast(null as bigint)"} matched
    """
    binds = query.reader.binds | query.selection.binds | _after_binds(query)
    binds |= {"limit": query.limit, "offset": query.offset}
    row = read_one(sql, binds, plan=plan, is_binary=True)
    assert row is not None  # it has no FROM
    matched = row["matched"]
    return Rows(
        row["features"] or b"",
        row["returned"],
        row["has_more"],
        row["last"],
        matched if matched is not None and matched <= features.COUNTED else None,
    )


def _count(query: PageQuery, search: _Search) -> str:
    if query.after is not None or query.offset or query.is_narrow:
        return search.matches
    # If the first page is not full, it contains all matches.
    return f"case when (select count(*) from page) > :limit then {search.matches} else (select count(*) from shown) end"


def _sorted_search(query: PageQuery) -> _Search:
    """Read all matches up to COUNTED, and sort them."""
    where = " and ".join(conditions(query.collection, query.reader, query.selection))
    after = _after_condition(query, "o{}", "k")
    return _Search(
        f"""matches as materialized (
        select {_columns(query)} from {query.source} where {where} limit {features.COUNTED + 1}),
      page as materialized (
        select * from matches where (select count(*) from matches) <= {features.COUNTED} and {after or "true"}
        order by {_order(query, "o{}", "k")} limit :limit + 1 offset :offset)""",
        "(select count(*) from matches)",
    )


def _ordered_search(query: PageQuery) -> _Search:
    where = [*conditions(query.collection, query.reader, query.selection)]
    after = _after_condition(query, *_source_columns(query))
    return _Search(
        f"""first as materialized (
        select {_columns(query)} from {query.source} where {" and ".join([*where, *([after] if after else [])])}
        order by {_order(query, *_source_columns(query))} limit {_bound(query)}),
      {_PAGE.format(first="first", order=_order(query, "o{}", "k"))}""",
        f"""(select count(*) from (
          select 1 from {query.source} where {" and ".join(where)} limit {features.COUNTED + 1}) m)""",
    )


def _branch_search(query: PageQuery, branches: TextBranches) -> _Search:
    """Read the first rows of each branch of the scope rule: of each kind of area, and of each personal ground."""
    collection = query.collection
    path = PATHS[collection.scope]
    common = [*collection.conditions, branches.less, *query.selection.conditions]
    after = _after_condition(query, *_source_columns(query))
    order, bound = _order(query, *_source_columns(query)), _bound(query)
    part = f"subpath({path}, 0, 2)"
    # Areas, and the condition on a row in each. Equivalent to `<@`, but served in order by an index.
    scope_matches = (
        ("part s", f"{part} = s.path"),
        (
            "scope s",
            f"s.depth > 2 and not s.is_leaf and {part} = s.part and subpath({path}, 0, s.depth) = s.path",
        ),
        ("scope s", f"s.depth > 2 and s.is_leaf and {path} = s.path"),
        ("scope s", f"s.depth = 1 and s.has_many_parts and {path} <@ s.path"),
    )
    first_rows, all_rows = [], []
    for table, scope_match in scope_matches if branches.paths else ():
        where = " and ".join([scope_match, *common, branches.such])
        where_after = f"{where} and {after}" if after else where
        first_rows.append(
            f"""(select f.* from {table} cross join lateral (
              select {_columns(query)} from {query.source} where {where_after} order by {order} limit {bound}) f)"""
        )
        # `offset 0` keeps the planner from merging the branches: areas are read one by one, up to COUNTED rows.
        all_rows.append(
            f"""(select f.k from {table} cross join lateral (
              select {collection.key} k from {query.source} where {where} offset 0) f limit {features.COUNTED + 1})"""
        )
    for condition in branches.own:
        where = " and ".join([condition, *common])
        where_after = f"{where} and {after}" if after else where
        first_rows.append(
            f"(select {_columns(query)} from {query.source} where {where_after} order by {order} limit {bound})"
        )
        all_rows.append(
            f"(select {collection.key} k from {query.source} where {where} limit {features.COUNTED + 1})"
        )
    if not first_rows:
        no_rows = f"(select {_columns(query)} from {query.source} where false)"
        first_rows, all_rows = [no_rows], [f"(select {collection.key} k from {query.source} where false)"]
    # An area that never had parts is met exactly. Parts are areas of the second step, with all that lies under them;
    # of an area of the first step those that it ever had, since what has ended keeps the path it had.
    return _Search(
        f"""place as materialized (
        select p path, nlevel(p) depth, cast(cast(subpath(p, -1) as text) as uuid) area_id
        from unnest({branches.paths or "array[]::ltree[]"}) p),
      below as materialized (
        select distinct p.path, c.path part from place p join area_version c on c.parent_id = p.area_id where p.depth = 1),
      scope as materialized (
        select p.path, p.depth, subpath(p.path, 0, 2) part,
               not exists (select 1 from area_version c where c.parent_id = p.area_id) is_leaf,
               (select count(*) from below b where b.path = p.path) > {_PARTS_MOST} has_many_parts
        from place p),
      part as materialized (
        select path from scope where depth = 2 or (depth = 1 and not has_many_parts)
        union select b.part from below b join scope s on s.path = b.path where not s.has_many_parts),
      first as ({" union ".join(first_rows)}),
      {_PAGE.format(first="first", order=_order(query, "o{}", "k"))}""",
        f"(select count(*) from ({' union '.join(all_rows)}) m)",
    )


_PAGE = """page as materialized (
        select * from {first} order by {order} limit :limit + 1 offset :offset)"""


def _bound(query: PageQuery) -> int:
    needed = query.limit + 1 + query.offset
    return next((bound for bound in _BOUNDS if bound >= needed), needed)


def _lookups(query: PageQuery) -> list[tuple[str, Lookup]]:
    return [(p.name, p.lookup) for p in query.properties if p.lookup is not None]


def _columns(query: PageQuery) -> str:
    """Return the select list: the key, the order columns and the keys of lookups."""
    order = [f"{query.reader.sql(s.prop.sql)} o{n}" for n, s in enumerate(query.order)]
    looked_up = [f"{lookup.local_key} l{n}" for n, (_, lookup) in enumerate(_lookups(query))]
    locator, name = query.row_locator
    row_position = [f"{locator} {name}"] if name != "k" else []
    return ", ".join([f"{query.collection.key} k", *row_position, *order, *looked_up])


def _source_columns(query: PageQuery) -> tuple[list[str], str]:
    return [query.reader.sql(s.prop.sql) for s in query.order], query.collection.key


def _order_columns(query: PageQuery, columns: str | list[str]) -> list[str]:
    return [columns.format(n) for n in range(len(query.order))] if isinstance(columns, str) else columns


def _order(query: PageQuery, columns: str | list[str], key: str) -> str:
    """Return ORDER BY, nulls last in both directions; without it for columns that are never null, to use the index."""
    nulls = "" if query.is_natural else " nulls last"
    steps = [
        f"{column} {'desc' if sort.is_descending else 'asc'}{nulls}"
        for column, sort in zip(_order_columns(query, columns), query.order, strict=True)
    ]
    return ", ".join([*steps, f"{key} desc" if query.is_descending else key])


def _after_binds(query: PageQuery) -> dict[str, Any]:
    if query.after is None:
        return {}
    return {"after_id": query.after[-1]} | {
        f"after_{n}": value for n, value in enumerate(query.after[:-1]) if value is not None
    }


def _after_condition(query: PageQuery, columns: str | list[str], key: str) -> str:
    """Return the condition on rows after the keys of `after`; nulls come last. Empty for the first page."""
    if query.after is None:
        return ""
    order_columns = _order_columns(query, columns)
    binds = [f"cast(:after_{n} as {TYPES[s.prop.kind]})" for n, s in enumerate(query.order)]
    last = "cast(:after_id as uuid)"
    if query.is_natural:
        sign = "<" if query.is_descending else ">"
        return f"({', '.join([*order_columns, key])}) {sign} ({', '.join([*binds, last])})"
    equal_so_far: list[str] = []
    alternatives: list[str] = []
    for column, sort, bind, value in zip(order_columns, query.order, binds, query.after[:-1], strict=True):
        if value is not None:
            condition = f"({column} {'<' if sort.is_descending else '>'} {bind} or {column} is null)"
            alternatives.append(" and ".join([*equal_so_far, condition]))
            equal_so_far.append(f"{column} = {bind}")
        else:
            equal_so_far.append(f"{column} is null")
    alternatives.append(" and ".join([*equal_so_far, f"{key} > {last}"]))
    return (
        alternatives[0]
        if len(alternatives) == 1
        else f"({' or '.join(f'({alternative})' for alternative in alternatives)})"
    )
