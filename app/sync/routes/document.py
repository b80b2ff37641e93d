"""Schemas of operations and rows in the API document, made from the registries of both.

These schemas are only documentation: the server accepts any JSON as an operation, and validates each operation separately
(`operation_parser`).
"""

from typing import Any

import marshmallow as ma
from apispec import APISpec

from app.core.enumerations import described_values
from app.http.smorest import Schema
from app.http.variants import Variants
from app.sync.operations import OPERATIONS, Patch, PushKind
from app.sync.rules.field_merge import Merge
from app.sync.rules.operations import SEQ_MAX
from app.sync.schemas.rows import ROW_DATA, ROW_EXAMPLES

GROUP_MAX = 100
EXAMPLE_OP_ID, EXAMPLE_TIME = "01990a2b-3c4d-7e5f-8a6b-7c8d9e0f1a2b", "2026-11-28T09:30:00+08:00"
UUID7 = {"type": "string", "format": "uuid"}


def register_schemas(spec: APISpec) -> None:
    """Add the schemas `PushOperation` and `SyncRow` to the API document.

    The schemas to which they refer are added, too.
    """
    _register_operations(spec)
    _register_rows(spec)


def component_name(prefix: str, *words: str) -> str:
    """Return the name of a schema made from its parts, as `PushCareTagCreate`.

    The parts of this example are `Push`, `care_tag` and `create`.
    """
    return prefix + "".join(part.capitalize() for word in words for part in word.split("_"))


def patch_schema(kind: PushKind) -> type[Schema] | None:
    """Return the schema of `patch`, derived from the schema of the equivalent route.

    The id of the parent is added, and fields whose value push sets itself are removed. None: the operation has no fields.
    """
    schema = kind.schema
    if schema is None or issubclass(schema, Variants):
        return schema
    meta = type("Meta", (schema.Meta,), {"exclude": tuple(sorted(kind.added_fields))})
    members: dict[str, Any] = {"Meta": meta}
    if kind.path_parent is not None:
        members[kind.path_parent] = ma.fields.UUID(
            required=True, metadata={"description": "Row that the new one belongs to"}
        )
    return type(f"{schema.__name__}InPush", (schema,), members)


def _register_operations(spec: APISpec) -> None:
    by_entity: dict[str, dict[str, str]] = {}
    for (entity, op), kind in OPERATIONS.items():
        name = component_name("Push", entity, op)
        by_entity.setdefault(entity, {})[op] = name
        patch, schema = None, patch_schema(kind)
        if schema is not None:
            patch = f"{name}Fields"
            spec.components.schema(patch, schema=schema)
        component = spec.components.schemas[patch] if patch is not None else {}
        is_required = bool(component.get("required")) or "oneOf" in component
        spec.components.schema(name, operation_schema(kind, patch=patch, is_patch_required=is_required))
    entities = {}
    for entity, names in by_entity.items():
        entities[entity] = next(iter(names.values()))
        if len(names) > 1:
            entities[entity] = component_name("Push", entity)
            spec.components.schema(entities[entity], _one_of("op", names, f"An operation on `{entity}`."))
    # A discriminator must name object schemas, and most entities have several operations.
    choice = _one_of("entity", entities, "One operation of a push. `entity` and `op` tell which.")
    spec.components.schema("PushOperation", {name: choice[name] for name in ("description", "oneOf")})


def operation_schema(kind: PushKind, *, patch: str | None, is_patch_required: bool) -> dict[str, Any]:
    """Return the JSON Schema of one kind of operation.

    Args:
        patch: Name of the schema of `patch`. None: the operation has no fields.
    """
    properties: dict[str, Any] = {
        "op_id": UUID7 | {"description": "UUIDv7, made once for this operation; the same at each attempt."},
        "device_seq": {
            "type": "integer",
            "minimum": 1,
            "maximum": SEQ_MAX,
            "description": "Number of the operation on this device, from 1. Each number is used once.",
        },
        "entity": {
            "type": "string",
            "const": kind.entity,
            "description": "Kind of row that the operation is about.",
        },
        "op": {"type": "string", "const": kind.op, "description": "What the operation does."},
        "client_at": {
            "type": "string",
            "format": "date-time",
            "description": "When the worker did it, by the device's clock. The server also takes an operation without it, and "
            "counts it from its arrival.",
        },
        "group": {
            "type": "string",
            "maxLength": GROUP_MAX,
            "description": "Operations of a push with the same `group` take effect together or not at all.",
        },
    }
    required = ["op_id", "device_seq", "entity", "op", "client_at"]
    if kind.needs_id:
        properties["id"] = UUID7 | {"description": f"{kind.explanation.id_is}."}
        required.append("id")
    if patch is not None:
        properties["patch"] = {
            "$ref": f"#/components/schemas/{patch}",
            "description": "Fields of the operation.",
        }
    if is_patch_required or isinstance(kind, Patch):
        required.append("patch")
    if isinstance(kind, Patch):
        properties |= _merge_members()
        required += ["base_version", "base"]
    return {
        "type": "object",
        "description": kind.explanation.summary + _sensitive_text(kind),
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
        "examples": [example(kind)],
    }


def _sensitive_text(kind: PushKind) -> str:
    """Return a sentence that names the sensitive fields of `patch`, or an empty text."""
    facets = sensitive_facets(kind)
    if not facets:
        return ""
    named = "; ".join(" with ".join(f"`{name}`" for name in fields) for fields in facets)
    return (
        f" Sensitive fields, whose conflicts wait for a person: {named}. Of other fields the last value wins."
    )


def sensitive_facets(kind: PushKind) -> list[tuple[str, ...]]:
    """Return the groups of fields for which a person resolves conflicts."""
    facets = kind.facets if isinstance(kind, Patch) else ()
    return [facet.fields for facet in facets if facet.merge is Merge.SENSITIVE]


def _merge_members() -> dict[str, Any]:
    return {
        "base_version": {
            "type": "integer",
            "minimum": 0,
            "description": "`version` of the row on the device when the worker changed it. The server also takes a patch "
            "without it, and then compares with `base` alone.",
        },
        "base": {
            "type": "object",
            "additionalProperties": True,
            "description": "For each field of `patch`, under the same name, the value that the worker saw, own unsent "
            "changes included. A masked value is sent as it was shown. The server also takes a patch without it; a field "
            "whose earlier value neither `base` nor `base_version` tells counts as changed by somebody else.",
        },
    }


def example(kind: PushKind) -> dict[str, Any]:
    """Return an example of a whole operation as a device sends it."""
    operation: dict[str, Any] = {
        "op_id": EXAMPLE_OP_ID,
        "device_seq": 12,
        "entity": kind.entity,
        "op": kind.op,
        "client_at": EXAMPLE_TIME,
    }
    for name in ("id", "base_version", "patch", "base"):
        value = getattr(kind.explanation, name)
        if value:
            operation[name] = value
    return operation


def _register_rows(spec: APISpec) -> None:
    names = {}
    for entity, schema in ROW_DATA.items():
        names[entity] = component_name("", entity, "row")
        data = component_name("", entity, "data")
        spec.components.schema(data, schema=schema)
        spec.components.schema(names[entity], row_schema(entity, data))
    text = "A row of a bucket (`op` is `P`), or the end of a row in a bucket (`op` is `R`)."
    spec.components.schema("SyncRow", _one_of("entity", names, text))


def row_schema(entity: str, data: str) -> dict[str, Any]:
    """Return the JSON Schema of a row of `entity`.

    `data`: name of the schema of the row's content.
    """
    return {
        "type": "object",
        "description": f"A row of `{entity}`. With `op` `R` only `bucket`, `entity`, `id` and `op` are there.",
        "properties": {
            "bucket": {"type": "string", "description": "Bucket that brings the row. Opaque."},
            "entity": {"type": "string", "const": entity, "description": "Kind of the row."},
            "id": {"type": "string", "format": "uuid", "description": "Id of the row."},
            "op": {
                "type": "string",
                "enum": ["P", "R"],
                "x-enumeration": "SyncRowOperation",
                "x-meanings": described_values(
                    {
                        "P": "store the row, and that this bucket has it",
                        "R": "this bucket does not have the row any more; delete it when no bucket has it",
                    }
                ),
                "description": "P: store the row and note its bucket. R: the row is not in this bucket any more.",
            },
            "version": {
                "type": "integer",
                "x-optional": True,
                "description": "Grows with each change; `base_version` of a patch.",
            },
            "until": {
                "type": ["string", "null"],
                "x-optional": True,
                "format": "date-time",
                "description": "Instant from which the device hides the row. No `R` follows. Null: no end is set.",
            },
            "data": {
                "$ref": f"#/components/schemas/{data}",
                "x-optional": True,
                "description": "Content of the row.",
            },
        },
        "required": ["bucket", "entity", "id", "op"],
        "additionalProperties": False,
        "examples": [ROW_EXAMPLES[entity]] if entity in ROW_EXAMPLES else [],
    }


def _one_of(member: str, names: dict[str, str], description: str) -> dict[str, Any]:
    """Return a schema that selects one of several schemas by the value of the property `member`."""
    references = {value: f"#/components/schemas/{name}" for value, name in names.items()}
    return {
        "description": description,
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": member, "mapping": references},
    }
