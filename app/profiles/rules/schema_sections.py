"""Objects and arrays of the marshmallow schemas of a profile, and the faults of their structure.

The fields of single values are in `schema_fields.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import marshmallow as ma

from app.profiles.rules.faults import NOTE, Fault, at
from app.profiles.rules.schema_fields import Noun, Setting, Text, wrong_type

# Members that say something about a document and change no rule.
REMARKS = frozenset({NOTE, "$schema"})
# The key under which marshmallow stores the faults of an object or array itself.
_ITSELF = "_schema"
_MESSAGES: dict[str, Any] = {
    "type": Fault("", "wrong_type", "must be an object"),
    "unknown": Fault("", "unknown_key", "is not a known member"),
}


def _by_member(error: ma.ValidationError) -> dict[Any, Any]:
    return error.messages if isinstance(error.messages, dict) else {_ITSELF: error.messages}


class _Size(ma.validate.Length):
    def __call__(self, value: Any) -> Any:
        low, high = self.min or 0, self.max or 0
        if not low <= len(value) <= high:
            allowed = f"{low}" if low == high else f"{low} to {high}"
            raise ma.ValidationError([Fault("", "out_of_range", f"must have {allowed} items")])
        return value


class Items(Setting, ma.fields.List[Any]):
    """An array.

    Args:
        item: Field of each item.
        noun: The items are objects that are identified by a member. Differences are told item by item.
        is_set: The order of the items has no meaning.
        is_unique: No item may occur twice. `cross_checks.py` reports the second one.
    """

    inner: Setting

    def __init__(
        self,
        item: Setting,
        *,
        min_items: int = 0,
        max_items: int = 2000,
        noun: Noun | None = None,
        is_set: bool = False,
        is_unique: bool = False,
        **options: Any,
    ) -> None:
        self.noun, self.is_set, self._size = noun, is_set or is_unique, _Size(min_items, max_items)
        published = {"uniqueItems": True} if is_unique else {}
        super().__init__(item, validate=self._size, metadata=published, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(value, list):
            raise wrong_type("an array")
        faults: dict[Any, Any] = {}
        # Both the number of the items and the items are checked, so that all faults come at once.
        for check in (self._size, lambda items: super(Items, self)._deserialize(items, *args, **options)):
            try:
                check(value)
            except ma.ValidationError as error:
                faults |= _by_member(error)
        if faults:
            raise ma.ValidationError(faults)
        return value


class Part(Setting, ma.fields.Nested):
    """An object with known members.

    Args:
        is_silent: The title is left out in sentences.
    """

    def __init__(self, section: "type[Section]", *, is_silent: bool = False, **options: Any) -> None:
        self.is_silent = is_silent
        super().__init__(section, **options)

    @property
    def section(self) -> "Section":
        """Return the schema of the object."""
        schema = self.schema
        assert isinstance(schema, Section)
        return schema


class Keyed(Setting, ma.fields.Dict):
    """An object whose members can have any names of one form.

    Args:
        key: Field of each name.
        value: Field of each value.
        needed: Names that must be there.
        noun: Kind of the members.
    """

    key_field: Text
    value_field: Part

    def __init__(
        self, key: Text, value: Part, *, needed: tuple[str, ...], noun: Noun, **options: Any
    ) -> None:
        self.noun, self.needed = noun, needed
        super().__init__(keys=key, values=value, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong_type("an object")
        faults: dict[str, dict[str, Any]] = {}
        for name in self.needed:
            if name not in value:
                faults[name] = {_ITSELF: [Fault("", "missing", "is required")]}
        for name, member in value.items():
            for checked_field, checked in ((self.key_field, name), (self.value_field, member)):
                try:
                    checked_field.deserialize(checked)
                except ma.ValidationError as error:
                    earlier, later = faults.setdefault(name, {}), _by_member(error)
                    both = [*earlier.get(_ITSELF, []), *later.get(_ITSELF, [])]
                    faults[name] = earlier | later | ({_ITSELF: both} if both else {})
        if faults:
            raise ma.ValidationError(faults)
        return value


class Section(ma.Schema):
    """An object of a profile. Unknown members are refused."""

    error_messages = _MESSAGES
    # Members of the JSON Schema that cannot be told from the fields.
    constraints: ClassVar[Mapping[str, Any]] = {}
    # Members that are one value together, such as the unit and the amount of a limit.
    whole: ClassVar[tuple[str, ...]] = ()
    # Pointers in the result of `comparable`, and where they are in a document of the short form.
    short_pointers: ClassVar[Mapping[str, str]] = {}

    note = Text(max_length=4000, title=("note", "说明"))

    class Meta:
        unknown = ma.RAISE

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """Return the fields of all members by the names of the members."""
        return {
            field.data_key or name: field for name, field in self.fields.items() if isinstance(field, Setting)
        }

    def setting(self, member: str) -> Setting:
        """Return the field of a member."""
        return self.settings[member]

    def comparable(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object in the form in which two of them are compared.

        A schema that has a short form overrides this.
        """
        return data


def section(name: str, **settings: Setting) -> type[Section]:
    """Return a section whose members have names that are no identifiers, such as "1" or "class"."""
    return type(name, (Section,), settings)


def structure_faults(schema: Section, data: object, path: str = "") -> list[Fault]:
    """Return the faults of the structure of a value, without the rules that link several settings.

    Args:
        path: Path of the value in the profile.
    """
    return [*_faults_in(schema.validate(data), path)]  # type: ignore[arg-type]


def is_clean(setting: Setting, value: object) -> bool:
    """Return True if a value has no fault by itself."""
    try:
        setting.deserialize(value)
    except ma.ValidationError:
        return False
    return True


def _faults_in(messages: Any, path: str) -> Iterator[Fault]:
    if isinstance(messages, list):
        for fault in messages:
            yield replace(fault, path=path)
        return
    for key, faults in messages.items():
        if key == _ITSELF and isinstance(faults, list):
            for fault in faults:
                # The document may have a member with the name that marshmallow uses for the object itself.
                yield replace(fault, path=at(path, key) if fault.code == "unknown_key" else path)
        else:
            yield from _faults_in(faults, at(path, key))
