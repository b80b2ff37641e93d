"""The base of all schemas: what marshmallow does, with the reading of its fields prepared once for each schema."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import marshmallow as ma
from marshmallow.utils import missing, set_value


class _Field(NamedTuple):
    """A field as it is read.

    Attributes:
        key: Its name in the data.
        attribute: Its name in the result.
        may_lack: Data without it is read as if the schema had no such field.
    """

    key: str
    attribute: str
    field: Any
    may_lack: bool


class Schema(ma.Schema):
    """Base of all schemas: unknown keys are errors, in bodies and in queries.

    `reads_text` is True if the values are text that has to be parsed, as in a query. `Blueprint.arguments` sets it.
    """

    reads_text = False
    _prepared: tuple[_Field, ...] | None = None

    class Meta:
        unknown = ma.RAISE

    def query_data(self, values: Any) -> dict[str, Any]:
        """Return the parameters of a query as `load` takes them: lists for fields that are lists, else the first value."""
        multiple = {f.key for f in self._fields() if _is_multiple(f.field)}
        return {name: all_of if name in multiple else all_of[0] for name, all_of in values.lists()}

    def _fields(self) -> tuple[_Field, ...]:
        if self._prepared is None:
            self._prepared = tuple(_field(name, field) for name, field in self.load_fields.items())
        return self._prepared

    def _deserialize(self, data: Any, **options: Any) -> Any:
        """Read a mapping as marshmallow does, without the work for fields that it lacks.

        marshmallow makes several calls for each field of a schema, though most requests have few of its fields.
        """
        if options.get("many") or options.get("partial") is not None or not isinstance(data, Mapping):
            return super()._deserialize(data, **options)
        errors = options["error_store"]
        index = options.get("index") if self.opts.index_errors else None
        loaded = self.dict_class()
        keys = set()
        for key, attribute, field, may_lack in self._fields():
            keys.add(key)
            raw = data.get(key, missing)
            if raw is missing and may_lack:
                continue
            try:
                value = field.deserialize(raw, key, data)
            except ma.ValidationError as error:
                errors.store_error(error.messages, key, index=index)
                value = error.valid_data or missing
            if value is not missing:
                set_value(loaded, attribute, value)
        unknown = options.get("unknown", ma.RAISE)
        if unknown != ma.EXCLUDE:
            for key in set(data) - keys:
                if unknown == ma.INCLUDE:
                    loaded[key] = data[key]
                elif unknown == ma.RAISE:
                    errors.store_error([self.error_messages["unknown"]], key, index=index)
        return loaded


def _field(name: str, field: Any) -> _Field:
    kind = type(field)
    is_plain = (
        kind.deserialize is ma.fields.Field.deserialize
        and kind._validate_missing is ma.fields.Field._validate_missing
    )
    key = name if field.data_key is None else field.data_key
    may_lack = is_plain and not field.required and field.load_default is missing
    return _Field(key, field.attribute or name, field, may_lack)


def _is_multiple(field: Any) -> bool:
    """Return True if the values of a repeated parameter belong to the field, as webargs decides it."""
    declared = getattr(field, "is_multiple", None)
    return isinstance(field, ma.fields.List | ma.fields.Tuple) if declared is None else bool(declared)
