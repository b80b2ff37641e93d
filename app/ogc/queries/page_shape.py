"""The shape of a query of a page of features: what of it changes the text of its statement."""

from enum import Enum, auto
from typing import Any, NamedTuple

from app.ogc.queries.sources import Reader, Substitutions, constant
from app.ogc.rules.collections import COLLECTIONS, Collection, Lookup, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Sort
from app.workforce.scope import ScopeBranches


class Search(Enum):
    """Ways to search the rows of a page. `paging` chooses."""

    SORTED = auto()
    BRANCHES = auto()
    ORDERED = auto()


class PageShape(NamedTuple):
    """The parts of a query that change the text of its statement; the rest is in binds.

    `after_nulls`: for each property of the order, whether the last row of the previous page has NULL there; None: first page.
    `bound`: limit of the rows that are searched, at least one more than the page has. `counted`: limit of the matches that
    are counted. `parts_most`: with more parts, the rows of all areas are scanned in page order. `is_first`: no row is skipped.
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
        """Return True if the rows are computed; they are materialised once, in a CTE."""
        return "{" in self.collection.source

    @property
    def source(self) -> Any:
        """Return the FROM clause."""
        name = self.collection.source.split()[-1]
        return constant(f"derived {name}" if self.is_derived else self.collection.source)

    @property
    def key(self) -> Any:
        return constant(self.collection.key)

    @property
    def locator(self) -> Any:
        """Return what locates a row again. `ctid` is the fastest within one statement."""
        return self.key if self.is_derived else constant(f"{self.collection.key.partition('.')[0]}.ctid")

    @property
    def is_natural(self) -> bool:
        """Return True if the page has the natural order of the collection, for which indexes exist."""
        return [s.prop.name for s in self.order] == [n for n in (self.collection.natural_order,) if n]

    @property
    def is_descending(self) -> bool:
        """Return True if the page has the natural order reversed: its index is scanned backwards.

        The key then descends, too.
        """
        return self.is_natural and any(s.is_descending for s in self.order)

    @property
    def lookups(self) -> list[tuple[str, Lookup]]:
        return [(p.name, p.lookup) for p in self.properties if p.lookup is not None]
