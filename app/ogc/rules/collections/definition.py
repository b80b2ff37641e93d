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
    """When clients may write a property, for the schema, POST, PUT and PATCH.

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
    """A value of another table: `value` of the row whose `key` is `by`, of those that are `such`.

    Many rows of a page have it in common, so that a page looks each up once.
    """

    table: str
    key: str
    local_key: str
    value: str
    condition: str = "true"

    @property
    def sql(self) -> str:
        return f"(select {self.value} from {self.table} where {self.key} = {self.local_key} and {self.condition})"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. `sql` is an expression over the collection's source; names in braces are put in for each actor.

    `default`: what a new feature has that does not say it, and one that PUT leaves without it. `is_filterable`: it may stand
    in filters and in an order; what is masked for some never may. `needs`: who lacks this permission does not get to know
    of it.
    `lookup`: `sql` is this one.
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
    """One collection: `source` is what stands after FROM, `key` the UUID of a feature, `scope` names the clause of who sees
    which rows. Geometry is EPSG:4326, `geometry_kind` as GeoJSON names it. `when` is the time of a feature, from and to.
    `is_homes`: it says where people live, so that nobody takes much of it alone.
    `natural`: pages go by this property, which is never null and never changes, and then by the key; else by the key
    alone. Under each area there is an index in this order.
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
    properties_by_name: Mapping[str, Property] = field(init=False, hash=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties_by_name", {p.name: p for p in self.properties})

    @property
    def is_polygon(self) -> bool:
        return "Polygon" in self.geometry_kind
