"""Reading of a page of features in one statement: rows, order, count and GeoJSON.

Three search algorithms exist, since none is fast for all queries. All rows of a small box are read by the spatial index and
sorted. For an actor who sees only some areas, the branches of the visibility rule are searched one after another, in page order
from an index; a branch is a kind of area or another ground for access. Every other query is searched in page order; for an
actor who sees everything this is an index scan, too.

`page_statements` writes the statements, once for each `PageShape`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.db import Plan
from app.core.db.raw_read import read_one
from app.ogc.queries import features
from app.ogc.queries.features import Selection
from app.ogc.queries.page_shape import PageShape, Search
from app.ogc.queries.page_statements import page_statement
from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort

# The planner of a prepared statement assumes a tenth of all rows for a limit that is a bind, so the limit is in the text.
# There are few limits, so that there are few statements.
_BOUNDS = (11, 51, 101, 201, 501, 1_001, 2_001, 11_001)
# If an area has more parts, the rows of all areas are scanned in page order instead.
_PARTS_MOST = 100


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of one page of features.

    Attributes:
        order: The sort steps of the request. The key is always added as the last step.
        after: The keys of the last row of the previous page; None: first page.
        is_narrow: The selection matches so few rows that all of them can be read.
        is_stable: The request adds no conditions, so that one generic plan is good for all values of the binds.
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

    def shape(self, search: Search, *, is_counted: bool) -> PageShape:
        needed = self.limit + 1 + self.offset
        return PageShape(
            collection_id=self.collection.id,
            condition=self.reader.condition,
            substitutions=self.reader.substitutions,
            branches=self.reader.branches,
            selection=tuple(self.selection.conditions),
            properties=tuple(self.properties),
            crs=self.crs,
            order=tuple(self.order),
            after_nulls=None if self.after is None else tuple(value is None for value in self.after[:-1]),
            bound=next((bound for bound in _BOUNDS if bound >= needed), needed),
            search=search,
            counted=features.COUNTED,
            parts_most=_PARTS_MOST,
            is_counted=is_counted,
            is_first=self.after is None and not self.offset,
        )

    @property
    def binds(self) -> dict[str, Any]:
        binds = self.reader.binds | self.selection.binds | {"limit": self.limit, "offset": self.offset}
        if self.after is None:
            return binds
        keys = {f"after_{n}": value for n, value in enumerate(self.after[:-1]) if value is not None}
        return binds | keys | {"after_id": self.after[-1]}

    @property
    def is_natural(self) -> bool:
        """Return True if the page has the natural order of the collection, for which indexes exist."""
        return [s.prop.name for s in self.order] == [n for n in (self.collection.natural_order,) if n]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page.

    Attributes:
        features: GeoJSON features, separated by commas, without brackets.
        last: The keys of the last row, as text.
        matched: The number of matches on all pages. None: not counted, or more than COUNTED.
    """

    features: bytes
    returned: int
    has_more: bool
    last: list[str] | None
    matched: int | None


def read_page(query: PageQuery, *, is_counted: bool) -> Rows:
    """Read up to `limit` rows of a query.

    With `is_counted`, also count the matches on all pages, up to COUNTED.
    """
    if query.is_narrow:
        rows = _read(query, Search.SORTED, is_counted=True, plan="generic")
        # More than COUNTED match, so the rows that were read are not the first ones.
        if rows.matched is not None:
            return rows
        is_counted = False
    if query.reader.branches is not None and query.is_natural:
        plan: Plan = "generic" if query.is_stable and not query.is_narrow else "custom"
        rows = _read(query, Search.BRANCHES, is_counted=is_counted, plan=plan)
    else:
        rows = _read(query, Search.ORDERED, is_counted=is_counted, plan="custom")
    if query.after is None and not query.offset and not rows.has_more:
        return replace(rows, matched=rows.returned)  # all that there is
    return rows


def _read(query: PageQuery, search: Search, *, is_counted: bool, plan: Plan) -> Rows:
    statement = page_statement(query.shape(search, is_counted=is_counted))
    row = read_one(statement, query.binds, plan=plan, is_binary=True)
    assert row is not None  # it has no FROM
    matched = row["matched"]
    return Rows(
        row["features"] or b"",
        row["returned"],
        row["has_more"],
        row["last"],
        matched if matched is not None and matched <= features.COUNTED else None,
    )
