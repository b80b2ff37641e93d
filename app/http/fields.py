"""Fields of marshmallow that all schemas use, each with its validation and its description in the API document."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import marshmallow as ma
import shapely
from shapely.geometry import shape

from app.core.enumerations import Enumeration

LON = ma.validate.Range(-180, 180)
LAT = ma.validate.Range(-90, 90)


_UUID7 = re.compile("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$")
_DEGREES = r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_BOX = re.compile(f"^{_DEGREES}(,{_DEGREES}){{3}}$")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _reads_text(field: ma.fields.Field[Any]) -> bool:
    """Return True if the field gets its values as text, which it has to parse.

    This is so in a query string. In a JSON body values have types of their own.
    """
    return bool(getattr(field.root, "reads_text", False))


class Integer(ma.fields.Integer):
    """A JSON number without a fraction: accepts 2091 and 2091.0, and refuses text and booleans."""

    def _validated(self, value: Any) -> int:
        if _reads_text(self) and isinstance(value, str) and _JSON_NUMBER.fullmatch(value):
            value = float(value) if re.search(r"[.eE]", value) else int(value)
        is_integral = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not is_integral:
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Float(ma.fields.Float):
    """A JSON number; refuses text and booleans."""

    def _validated(self, value: Any) -> float:
        if _reads_text(self) and isinstance(value, str) and _JSON_NUMBER.fullmatch(value):
            value = float(value)
        if not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Boolean(ma.fields.Boolean):
    """A boolean: accepts only `true` and `false`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if _reads_text(self) and value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Pattern(ma.validate.Regexp):
    """A validator: the whole text must match a regular expression of ECMA-262.

    The API document and JSON Schema validators use the same syntax.
    """

    def __init__(self, anchored: str, *, error: str = "invalid") -> None:
        if not (anchored.startswith("^") and anchored.endswith("$")):
            raise ValueError(anchored)
        self._whole = re.compile(anchored, re.ASCII)
        super().__init__(self._whole, error=error)

    def __call__(self, value: str) -> str:  # type: ignore[override]
        if not self._whole.fullmatch(value):
            raise ma.ValidationError(self._format_error(value))
        return value


class Longitude(Float):
    """Degrees east, -180 to 180."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=LON, **kwargs)


class Latitude(Float):
    """Degrees north, -90 to 90."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=LAT, **kwargs)


class Choice(ma.fields.String):
    """One of the values of an enumeration.

    The API document refers to the schema of the enumeration.
    """

    def __init__(
        self, values: Enumeration, *, metadata: Mapping[str, Any] = MappingProxyType({}), **kwargs: Any
    ) -> None:
        self.enumeration = values
        named = {"x-enumeration": values.name, "x-meanings": values.description}
        super().__init__(validate=ma.validate.OneOf(values), metadata={**named, **metadata}, **kwargs)


class Words(ma.fields.String):
    """Text as people type it: NFC, trimmed, without NUL and other control characters.

    Control characters are removed; the text is not refused for them.
    """

    def __init__(self, *, max_length: int, min_length: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Length(min=min_length, max=max_length), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)
        return _clean(text).strip()


class Instant(ma.fields.AwareDateTime):
    """An instant in RFC 3339 with a time zone; converted to UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        try:
            instant: datetime = super()._deserialize(value, *args, **kwargs)
            if not 1970 <= instant.year <= 9000:
                raise ma.ValidationError("out_of_range")
            return instant.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            if isinstance(error, ma.ValidationError):
                raise
            raise ma.ValidationError("invalid") from None


def box_of(sides: Sequence[float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a bounding box in degrees.

    Raises:
        ValidationError: They are not in order.
    """
    if len(sides) != 4:
        raise ma.ValidationError("bbox_invalid")
    west, south, east, north = sides
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ma.ValidationError("bbox_invalid")
    return west, south, east, north


class BBox(ma.fields.String):
    """A bounding box `minlon,minlat,maxlon,maxlat` in degrees (CRS84)."""

    def __init__(self, *, metadata: Mapping[str, Any] = MappingProxyType({}), **kwargs: Any) -> None:
        described = {
            "pattern": _BOX.pattern,
            "description": "`minlon,minlat,maxlon,maxlat` in degrees (CRS84)",
            **metadata,
        }
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if not _BOX.fullmatch(text):
            raise ma.ValidationError("bbox_invalid")
        return box_of([float(part) for part in text.split(",")])


class Cursor(ma.fields.String):
    """A cursor of a list: the page begins after the row that the cursor identifies."""

    def __init__(self) -> None:
        super().__init__(
            validate=[Pattern("^[A-Za-z0-9_-]*$", error="cursor_invalid"), ma.validate.Length(max=1000)],
            metadata={"description": "`next` of the page before, unchanged; absent: the first page"},
        )


class Uuid7(ma.fields.UUID):
    """A UUIDv7 that the client generates.

    Rows with such ids are inserted at the end of an index, which keeps the index small.
    """

    def __init__(self, *, metadata: Mapping[str, Any] = MappingProxyType({}), **kwargs: Any) -> None:
        described = {"pattern": _UUID7.pattern, "description": "UUIDv7 made by the client", **metadata}
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        uuid = super()._deserialize(value, *args, **kwargs)
        if uuid is not None and not _UUID7.fullmatch(str(value)):
            raise ma.ValidationError("invalid" if uuid.version == 7 else "uuid_version")
        return uuid


class CommaList(ma.fields.String):
    """Several values in one query parameter, separated by commas."""

    def __init__(self, *, choices: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        parts = [p.strip() for p in super()._deserialize(value, *args, **kwargs).split(",") if p.strip()]
        if any("\0" in part or not part.isprintable() for part in parts):
            raise ma.ValidationError("invalid")
        if len(parts) > 100:
            raise ma.ValidationError("wrong_length")
        if self.choices and any(p not in self.choices for p in parts):
            raise ma.ValidationError(f"One or more values are not in: {', '.join(self.choices)}.")
        return parts


class Attributes(ma.fields.Dict):
    """A small JSON object with attributes that depend on the category.

    Its size and depth are limited, and its texts are cleaned as `Words` are.
    """

    DEPTH, KEYS, TEXT = 5, 50, 4000

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        attributes = super()._deserialize(value, *args, **kwargs)
        return {_clean(key)[:64]: self._plain(part, 1) for key, part in attributes.items()}

    def _plain(self, value: Any, depth: int) -> Any:
        if depth > self.DEPTH:
            raise ma.ValidationError("wrong_length")
        if isinstance(value, str):
            return _clean(value)[: self.TEXT]
        if isinstance(value, list | dict) and len(value) > self.KEYS:
            raise ma.ValidationError("wrong_length")
        if isinstance(value, list):
            return [self._plain(part, depth + 1) for part in value]
        if isinstance(value, dict):
            return {_clean(str(key))[:64]: self._plain(part, depth + 1) for key, part in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) < 2**53:
            raise ma.ValidationError("out_of_range")
        return value


def _clean(text: str) -> str:
    """Return the text in NFC, without NUL, lone surrogates and other control characters."""
    printable = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", printable)


class Geometry(ma.fields.Field[Any]):
    """A GeoJSON geometry in longitude and latitude, loaded as a shapely geometry.

    It must have an allowed type, not be empty, and have finite coordinates. The domain checks whether the geometry is valid.
    """

    def __init__(self, *, kinds: frozenset[str], **kwargs: Any) -> None:
        super().__init__(
            metadata={"type": "object", "description": f"GeoJSON, one of {sorted(kinds)}"}, **kwargs
        )
        self.kinds = kinds

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict) or value.get("type") not in self.kinds:
            raise ma.ValidationError("geometry_invalid")
        try:
            geometry = shape(value)
        except Exception:  # shapely raises many kinds for many kinds of broken input
            raise ma.ValidationError("geometry_invalid") from None
        if geometry.is_empty or not all(math.isfinite(c) for c in geometry.bounds):
            raise ma.ValidationError("geometry_invalid")
        return shapely.force_2d(geometry)


class Named(ma.Schema):
    """A name in Chinese and English."""

    zh = Words(max_length=200, required=True, min_length=1)
    en = Words(max_length=200, required=True, min_length=1)

    class Meta:
        unknown = ma.RAISE
