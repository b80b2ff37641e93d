"""Builder of the SQL statement of a page of features, cached for each `PageShape`."""

from functools import lru_cache
from typing import Any, NamedTuple

from app.core.db import Fragment
from app.ogc.queries.features import feature_text
from app.ogc.queries.page_order import (
    after_condition,
    and_after,
    found_columns,
    order_terms,
    selected_columns,
    source_columns,
)
from app.ogc.queries.page_shape import PageShape, Search
from app.ogc.queries.sources import constant
from app.ogc.rules.collections import Lookup


class _Search(NamedTuple):
    """The part of a page statement that finds its rows.

    Attributes:
        ctes: The CTEs. The last one, `page`, has the rows of the page and, if more rows match, one more row.
        matches: SQL expression of the number of all matches.
    """

    ctes: Fragment
    matches: Fragment


@lru_cache(maxsize=500)
def page_statement(shape: PageShape) -> Fragment:
    """Return the statement that reads a page of features.

    Its row has `features` (JSON without brackets), `returned` (number of features), `has_more`, `last` (keys of the last
    row, as text) and `matched` (number of matches on all pages, or NULL).
    """
    search = _SEARCHES[shape.search](shape)
    looked_up, values = [], {}
    for number, (name, lookup) in enumerate(shape.lookups):
        names = {"look": constant(f"look{number}"), "local_key": constant(f"l{number}")}
        looked_up.append(_looked_up(lookup, **names))
        values[name] = Fragment(
            "(select v from {look} where k = {local_key})",
            look=names["look"],
            local_key=constant(lookup.local_key),
        )
    keys = [*(Fragment("cast({c} as text)", c=constant(f"o{n}")) for n in range(len(shape.order)))]
    matched = _count(shape, search) if shape.is_counted else Fragment("cast(null as bigint)")
    return Fragment(
        """with {derived}{ctes},
        shown as materialized (
          select *, row_number() over (order by {order}) n from page order by {order} limit :limit){lookups}
        select (select convert_to(string_agg({feature}, ',' order by shown_row.n), 'UTF8')
                from shown shown_row, {source} where {locator} = shown_row.{locator_column}) features,
               (select count(*) from shown) returned,
               (select count(*) from page) > :limit has_more,
               (select array[{keys}] from shown order by n desc limit 1) last,
               {matched} matched""",
        derived=_derived(shape),
        ctes=search.ctes,
        order=order_terms(shape, found_columns(shape)),
        lookups=Fragment.joined("", looked_up),
        feature=feature_text(shape.collection, shape.reader, shape.properties, shape.crs, values),
        source=shape.source,
        locator=shape.locator,
        locator_column=constant("k" if shape.is_derived else "t"),
        keys=Fragment.joined(", ", [*keys, constant("cast(k as text)")]),
        matched=matched,
    )


def _derived(shape: PageShape) -> Fragment:
    if not shape.is_derived:
        return Fragment("")
    return Fragment(
        "derived as materialized (select * from {source}),\n",
        source=shape.reader.expression(shape.collection.source),
    )


def _looked_up(lookup: Lookup, *, look: Any, local_key: Any) -> Fragment:
    return Fragment(
        """,
        {look} as materialized (
          select {key} k, {value} v from {table}
          where {key} = any(array(select distinct {local_key} from shown)) and {condition})""",
        look=look,
        local_key=local_key,
        key=constant(lookup.key),
        value=constant(lookup.value),
        table=constant(lookup.table),
        condition=constant(lookup.condition),
    )


def _count(shape: PageShape, search: _Search) -> Fragment:
    if not shape.is_first or shape.search is Search.SORTED:
        return search.matches
    # If the first page is not full, it contains all matches.
    return Fragment(
        "case when (select count(*) from page) > :limit then {matches} else (select count(*) from shown) end",
        matches=search.matches,
    )


def _sorted_search(shape: PageShape) -> _Search:
    """Return the CTEs that read all matches and sort them.

    If there are more than COUNTED matches, the page is empty, and the caller uses another search.
    """
    page_columns = found_columns(shape)
    after = after_condition(shape, page_columns)
    ctes = Fragment(
        """matches as materialized (
          select {columns} from {source} where {conditions} limit {bound}),
        page as materialized (
          select * from matches where (select count(*) from matches) <= {counted} and {after}
          order by {order} limit :limit + 1 offset :offset)""",
        columns=selected_columns(shape),
        source=shape.source,
        conditions=shape.reader.conditions(shape.collection, shape.selection),
        bound=constant(str(shape.counted + 1)),
        counted=constant(str(shape.counted)),
        after=constant("true") if after is None else after,
        order=order_terms(shape, page_columns),
    )
    return _Search(ctes, Fragment("(select count(*) from matches)"))


def _ordered_search(shape: PageShape) -> _Search:
    """Return the CTEs that read the matches in page order, up to `shape.bound` rows."""
    conditions = shape.reader.conditions(shape.collection, shape.selection)
    first = Fragment(
        "select {columns} from {source} where {conditions} order by {order} limit {bound}",
        columns=selected_columns(shape),
        source=shape.source,
        conditions=and_after(shape, conditions),
        order=order_terms(shape, source_columns(shape)),
        bound=constant(str(shape.bound)),
    )
    matches = Fragment(
        "(select count(*) from (select 1 from {source} where {conditions} limit {bound}) matching_row)",
        source=shape.source,
        conditions=conditions,
        bound=constant(str(shape.counted + 1)),
    )
    return _Search(_page_of(shape, first), matches)


# Areas, and the condition on a row in each. Equivalent to `<@`, but served in order by an index.
_AREA_CONDITIONS = (
    ("part area", "subpath({path}, 0, 2) = area.path"),
    (
        "scope area",
        """area.depth > 2 and not area.is_leaf and subpath({path}, 0, 2) = area.part
           and subpath({path}, 0, area.depth) = area.path""",
    ),
    ("scope area", "area.depth > 2 and area.is_leaf and {path} = area.path"),
    ("scope area", "area.depth = 1 and area.has_many_parts and {path} <@ area.path"),
)
# An area that never had parts is met exactly. Parts are areas of the second step, with all that lies under them; of an
# area of the first step those that it ever had, since what has ended keeps the path it had.
_AREAS = """place as materialized (
  select path, nlevel(path) depth, cast(cast(subpath(path, -1) as text) as uuid) area_id from unnest({roots}) root(path)),
below as materialized (
  select distinct place.path, child.path part
  from place join area_version child on child.parent_id = place.area_id where place.depth = 1),
scope as materialized (
  select place.path, place.depth, subpath(place.path, 0, 2) part,
         not exists (select 1 from area_version child where child.parent_id = place.area_id) is_leaf,
         (select count(*) from below where below.path = place.path) > {parts_most} has_many_parts
  from place),
part as materialized (
  select path from scope where depth = 2 or (depth = 1 and not has_many_parts)
  union select below.part from below join scope on scope.path = below.path where not scope.has_many_parts),
{page}"""


def _branch_search(shape: PageShape) -> _Search:
    """Return the CTEs that read and merge the first rows of each branch of the visibility rule.

    A branch is one alternative of the rule: a kind of area in the actor's scope, or another ground for access.
    """
    branches = shape.branches
    assert branches is not None and shape.collection.path is not None
    common = [*(shape.reader.expression(sql) for sql in shape.collection.conditions), *shape.selection]
    if branches.exclusions is not None:
        common.append(branches.exclusions)
    first_rows, all_rows = [], []
    for table, area_condition in _AREA_CONDITIONS if branches.roots is not None else ():
        conditions = [Fragment(area_condition, path=constant(shape.collection.path)), *common]
        if branches.scoped_condition is not None:
            conditions.append(branches.scoped_condition)
        pieces = _pieces(shape, Fragment.joined(" and ", conditions)) | {"table": constant(table)}
        first_rows.append(
            Fragment(
                "(select first_row.* from {table} cross join lateral ({first}) first_row)",
                **_of(pieces, "table", "first"),
            )
        )
        # `offset 0` keeps the planner from merging the branches: areas are read one by one, up to COUNTED rows.
        all_rows.append(
            Fragment(
                """(select any_row.k from {table} cross join lateral (
                  select {key} k from {source} where {conditions} offset 0) any_row limit {counted})""",
                **_of(pieces, "table", "key", "source", "conditions", "counted"),
            )
        )
    for ground in branches.grounds:
        pieces = _pieces(shape, Fragment.joined(" and ", [ground, *common]))
        first_rows.append(Fragment("({first})", **_of(pieces, "first")))
        all_rows.append(
            Fragment(
                "(select {key} k from {source} where {conditions} limit {counted})",
                **_of(pieces, "key", "source", "conditions", "counted"),
            )
        )
    if not first_rows:
        pieces = _pieces(shape, Fragment("false"))
        first_rows.append(Fragment("({first})", **_of(pieces, "first")))
        all_rows.append(
            Fragment("(select {key} k from {source} where false)", **_of(pieces, "key", "source"))
        )
    ctes = Fragment(
        _AREAS,
        roots=constant("array[]::ltree[]") if branches.roots is None else branches.roots,
        parts_most=constant(str(shape.parts_most)),
        page=_page_of(shape, Fragment.joined(" union ", first_rows)),
    )
    matches = Fragment(
        "(select count(*) from ({rows}) matching_row)", rows=Fragment.joined(" union ", all_rows)
    )
    return _Search(ctes, matches)


_SEARCHES = {
    Search.SORTED: _sorted_search,
    Search.BRANCHES: _branch_search,
    Search.ORDERED: _ordered_search,
}


def _pieces(shape: PageShape, conditions: Fragment) -> dict[str, Any]:
    """Return the SQL parts of one branch of the visibility rule, by placeholder name.

    `first` is the SELECT of the first rows of the branch, in page order.
    """
    first = Fragment(
        "select {columns} from {source} where {conditions} order by {order} limit {bound}",
        columns=selected_columns(shape),
        source=shape.source,
        conditions=and_after(shape, conditions),
        order=order_terms(shape, source_columns(shape)),
        bound=constant(str(shape.bound)),
    )
    return {
        "first": first,
        "key": shape.key,
        "source": shape.source,
        "conditions": conditions,
        "counted": constant(str(shape.counted + 1)),
    }


def _of(pieces: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: pieces[name] for name in names}


def _page_of(shape: PageShape, first: Fragment) -> Fragment:
    return Fragment(
        """first as materialized ({first}),
        page as materialized (select * from first order by {order} limit :limit + 1 offset :offset)""",
        first=first,
        order=order_terms(shape, found_columns(shape)),
    )
