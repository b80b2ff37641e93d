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
    """The times when clients may write a property, for the schema, POST, PUT and PATCH.

    `ONCE`: with a new feature. PUT and PATCH may repeat it, and are refused if they change it.
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
    """A value of another table: `value` of the row whose `key` equals `local_key` and that meets `condition`.

    Many rows of a page share it, so a page looks each value up once.
    """

    table: str
    key: str
    local_key: str
    value: str
    condition: str = "true"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a collection. `sql`: an expression over the source; names in braces are filled for each actor.

    `default`: the value of a feature for which POST or PUT sends none. `is_filterable`: allowed in filters and orders, unless
    it is masked for some actors. `needs`: the permission without which the property is hidden. `lookup`: the value is
    looked up; `sql` is empty then.
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
    """A collection. `source`: the FROM clause; `key`: the UUID of a feature; `scope`: the visibility rule of rows.

    The geometry is in EPSG:4326, `geometry_kind` as in GeoJSON. `when`: start and end of a feature's validity.
    `is_homes`: it contains homes, so that large exports need approval. `natural_order`: pages are ordered by this property,
    which is never null and never changes, then by the key; an index on each area has this order. None: by the key alone.
    `path`: the column with the area path of a row.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties_by_name", {p.name: p for p in self.properties})

    @property
    def is_polygon(self) -> bool:
        return "Polygon" in self.geometry_kind
