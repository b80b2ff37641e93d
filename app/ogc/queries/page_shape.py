"""The key of the cache of page statements.

The key has the properties of a page query that change the text of its SQL. All other properties are binds.

Each collection may have a natural order: its `natural_order` property, then the key. Indexes exist for this order.
"""

from enum import Enum, auto
from typing import Any, NamedTuple

from app.ogc.queries.sources import Reader, Substitutions, constant
from app.ogc.rules.collections import COLLECTIONS, Collection, Lookup, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort
from app.workforce.scope import ScopeBranches


class Search(Enum):
    """Algorithms that find the rows of a page. `paging` describes and chooses them."""

    SORTED = auto()
    BRANCHES = auto()
    ORDERED = auto()


class PageShape(NamedTuple):
    """The parts of a page query that change the text of its statement.

    A shape is the key of a statement in the cache.

    Attributes:
        branches: The alternatives of the visibility rule (`Reader.branches`); None: the rule does not depend on areas.
        after_nulls: For each property of the order, whether the last row of the previous page has NULL there. None: first page.
        bound: Maximum number of rows that are searched; at least one more than the page has.
        counted: Maximum number of matches that are counted.
        parts_most: Maximum number of areas that are searched one by one. With more areas, all rows are scanned in page order.
        is_counted: The statement returns the number of matches.
        is_first: The page skips no rows.
    """

    collection_id: str
    condition: Any
    substitutions: Substitutions
    branches: ScopeBranches | None
    selection: tuple[Any, ...]
    properties: tuple[Property, ...]
    crs: Crs
    order: tuple[Sort, ...]
    after_nulls: tuple[bool, ...] | None
    bound: int
    search: Search
    counted: int
    parts_most: int
    is_counted: bool
    is_first: bool

    @property
    def collection(self) -> Collection:
        return COLLECTIONS[self.collection_id]

    @property
    def reader(self) -> Reader:
        return Reader(self.condition, {}, self.substitutions, self.branches)

    @property
    def is_derived(self) -> bool:
        """Return True if a query computes the rows of the collection.

        This query becomes a materialised CTE of the statement.
        """
        return "{" in self.collection.source

    @property
    def source(self) -> Any:
        """Return the FROM clause of the rows."""
        name = self.collection.source.split()[-1]
        return constant(f"derived {name}" if self.is_derived else self.collection.source)

    @property
    def key(self) -> Any:
        return constant(self.collection.key)

    @property
    def locator(self) -> Any:
        """Return the column by which the statement reads a selected row again.

        It is `ctid`, which is the fastest, or the key if the rows are computed.
        """
        return self.key if self.is_derived else constant(f"{self.collection.key.partition('.')[0]}.ctid")

    @property
    def is_natural(self) -> bool:
        """Return True if the page has the natural order of the collection, ascending or descending."""
        return [s.prop.name for s in self.order] == [n for n in (self.collection.natural_order,) if n]

    @property
    def is_descending(self) -> bool:
        """Return True if the page has the reversed natural order.

        The index of the order is then scanned backwards, and the rows are ordered by the key in descending order, too.
        """
        return self.is_natural and any(s.is_descending for s in self.order)

    @property
    def lookups(self) -> list[tuple[str, Lookup]]:
        return [(p.name, p.lookup) for p in self.properties if p.lookup is not None]
