"""The definition of a collection, from which queryables, schema, GeoJSON, filters, tiles and exports are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.actor import Permission

Titles = tuple[str, str]  # English, Chinese


class Kind(StrEnum):
    """The type of a property's value."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    UUID = "uuid"


class Written(StrEnum):
    """Times at which clients may write a property: never, only with a new feature, or always.

    The schema, POST, PUT and PATCH use it. A PUT or PATCH may repeat the value of a property that is written `ONCE`; a request
    with another value is refused.
    """

    NEVER = "never"
    ONCE = "once"
    ALWAYS = "always"


# The types in JSON Schema.
SCHEMAS: Mapping[Kind, Mapping[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.UUID: {"type": "string", "format": "uuid"},
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A property whose value is read from another table.

    The value is the column `value` of the row of `table` whose `key` equals `local_key` and that meets `condition`. Many
    features of a page refer to the same row of `table`, so a page reads each of these rows only once.
    """

    table: str
    key: str
    local_key: str
    value: str
    condition: str = "true"


# Each property is made once. Its identity is its hash: pages look their statement up by up to twenty properties.
@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A property of a collection.

    Attributes:
        sql: SQL expression over the source of the collection; placeholders in braces are filled for each actor.
        default: The value that a feature gets if POST or PUT sends none.
        is_filterable: Filters and orders may use the property, unless it is masked for some actors.
        needs: The permission that an actor needs to see the property; None: no permission.
        lookup: The value is read from another table; `sql` is empty then.
    """

    name: str
    kind: Kind
    sql: str
    title: Titles
    unit: str | None = None
    values: tuple[str, ...] = ()
    is_filterable: bool = True
    written: Written = Written.NEVER
    default: str | None = None
    is_required: bool = False
    needs: Permission | None = None
    lookup: Lookup | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of features. Its geometry is in EPSG:4326.

    Attributes:
        source: The FROM clause.
        key: The column with the UUID of a feature.
        scope: The name of the visibility rule of its rows (`queries.sources.reader`).
        geometry_kind: The geometry type as in GeoJSON.
        when: SQL of the start and end of a feature's validity; None: features have no time.
        is_homes: The collection contains homes, so large exports of it need approval.
        natural_order: The property that orders pages, before the key. Its value is never null and never changes, and an index
            has the rows of each area in this order. None: pages are ordered by the key alone.
        path: The column with the area path of a row.
        has_guarded: Some of the properties need a permission.
    """

    id: str
    title: Titles
    description: Titles
    needs: Permission
    scope: str
    source: str
    key: str
    geometry: str
    geometry_kind: str
    version: str
    properties: tuple[Property, ...]
    conditions: tuple[str, ...] = ()
    when: tuple[str, str] | None = None
    edits: str | None = None
    is_homes: bool = False
    natural_order: str | None = None
    path: str | None = None
    properties_by_name: Mapping[str, Property] = field(init=False, hash=False, compare=False)
    has_guarded: bool = field(init=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties_by_name", {p.name: p for p in self.properties})
        object.__setattr__(self, "has_guarded", any(p.needs is not None for p in self.properties))

    @property
    def is_polygon(self) -> bool:
        return "Polygon" in self.geometry_kind
