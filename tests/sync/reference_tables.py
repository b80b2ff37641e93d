"""The tables of docs/reference/sync-reference.md, made from the registries, the messages and the API document."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.http.messages import MESSAGES
from app.notices.rules.notices import TASKS_OF_GRID_MAX
from app.settings import Settings
from app.sync.operations import OPERATIONS
from app.sync.queries.registry import ENTITIES
from app.sync.queries.sync_scope import MAX_GRIDS
from app.sync.routes.document import GROUP_MAX, component_name, sensitive_facets
from app.sync.rules.answer_codes import (
    BYE_REASONS,
    FLAGS,
    REFUSALS,
    RESULT_CODES,
    RESYNC_REASONS,
    WARNING_CODES,
    Advice,
)
from app.sync.rules.operations import SEQ_MAX
from app.sync.schemas.push import MAX_OPERATIONS
from app.sync.schemas.rows import ROW_DATA
from app.sync.schemas.rows.patch_fields import patch_fields

Schemas = dict[str, Any]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    rows_of_cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows_of_cells)


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


def operations(schemas: Schemas) -> str:
    rows = []
    for (entity, op), kind in OPERATIONS.items():
        required, optional = _patch_members(schemas, component_name("Push", entity, op) + "Fields")
        explanation = kind.explanation
        id_is = f" `id`: {explanation.id_is}." if explanation.id_is else " No `id`."
        permissions = listed(permission.value for permission in kind.permissions)
        rows.append(
            (
                f"`{entity}`",
                f"`{op}`",
                explanation.summary + id_is,
                listed(required),
                listed(optional),
                permissions,
            )
        )
    return table(
        ("entity", "op", "what it does", "required in `patch`", "optional in `patch`", "permission"), rows
    )


def _patch_members(schemas: Schemas, component: str) -> tuple[list[str], list[str]]:
    """Return the required and the optional members; of a choice those that all variants require, and all others."""
    schema = schemas.get(component, {"properties": {}})
    variants = [schemas[choice["$ref"].rpartition("/")[2]] for choice in schema.get("oneOf", ())] or [schema]
    members = sorted({name for variant in variants for name in variant["properties"]})
    required = [name for name in members if all(name in variant.get("required", ()) for variant in variants)]
    return required, [name for name in members if name not in required]


def merging(_: Schemas) -> str:
    rows = []
    for (entity, op), kind in OPERATIONS.items():
        if op != "patch":
            continue
        facets = sensitive_facets(kind)
        named = {name for fields in facets for name in fields}
        changing = {field for fields in patch_fields(entity).values() for field in fields}
        sensitive = [
            " with ".join(f"`{name}`" for name in fields)
            if len(fields) < 4
            else f"the ten parts of the address with `{fields[-1]}`"
            for fields in facets
        ]
        rows.append((f"`{entity}`", "; ".join(sensitive) or "-", listed(sorted(changing - named))))
    return table(("entity", "sensitive: a person decides", "last: the one that arrives last wins"), rows)


def entities(_: Schemas) -> str:
    rows = []
    for entity in ENTITIES:
        schema = ROW_DATA[entity.name]
        summary = (schema.__doc__ or "").partition("\n")[0]
        ends = "yes" if entity.until is not None else "-"
        needs = f"`{entity.permission.value}`" if entity.permission else "-"
        rows.append((f"`{entity.name}`", summary, listed(entity.buckets), needs, ends))
    return table(("entity", "what it is", "buckets", "permission", "has `until`"), rows)


def editable(_: Schemas) -> str:
    rows = [
        (f"`{entity}`", f"`{path}`", listed(fields))
        for entity in ROW_DATA
        for path, fields in patch_fields(entity).items()
    ]
    return table(("entity", "row field", "field of `patch`"), rows)


def row_fields(schemas: Schemas) -> str:
    parts = []
    for entity in ROW_DATA:
        members = list(_members(schemas, schemas[component_name("", entity, "data")], ""))
        parts.append(f"### `{entity}`\n\n{table(('field', 'type', 'meaning'), members)}")
    return "\n\n".join(parts)


def _members(schemas: Schemas, schema: Any, path: str) -> Iterator[tuple[str, str, str]]:
    for name, member in sorted(schema["properties"].items(), key=lambda item: item[0] != "id"):
        type_name, nested = _type_of(schemas, member)
        yield f"`{path}{name}`", type_name, member.get("description", "-").replace("|", "\\|")
        if nested is not None and not path.count("."):
            yield from _members(schemas, nested, f"{path}{name}.")


def _type_of(schemas: Schemas, member: Any) -> tuple[str, Any]:
    """Return the type of a member in words, and the schema of its own members."""
    for choice in (*member.get("anyOf", ()), *member.get("allOf", ())):
        if choice.get("type") != "null":
            return _type_of(schemas, choice)
    if "$ref" in member:
        name = member["$ref"].rpartition("/")[2]
        nested = schemas[name]
        if "properties" not in nested:
            return _type_of(schemas, nested)
        is_common = name in ("Named", "RowPoint", "AddressParts", "RowPerson", "RowMedia")
        return {"Named": "`{zh, en}`", "RowPoint": "GeoJSON point"}.get(name, "object"), (
            None if is_common and name != "RowPerson" else nested
        )
    types = member.get("type", "any")
    (name,) = {types} if isinstance(types, str) else set(types) - {"null"}
    if name == "array":
        item, nested = _type_of(schemas, member["items"])
        return f"list of {item}", nested
    if "enum" in member:
        return ", ".join(f"`{value}`" for value in member["enum"] if value is not None), None
    return {"uuid": "id", "date-time": "instant", "date": "day"}.get(member.get("format", ""), name), None


def result_codes(_: Schemas) -> str:
    parts = []
    for advice in Advice:
        rows = [
            (f"`{code}`", "final" if answer.is_final else "retry", *MESSAGES[code])
            for code, answer in RESULT_CODES.items()
            if answer.advice is advice
        ]
        parts.append(f"{advice.value}\n\n{table(('code', 'final?', 'English', 'Chinese'), rows)}")
    return "\n\n".join(parts)


def warning_codes(_: Schemas) -> str:
    return table(("code", "English", "Chinese"), [(f"`{code}`", *MESSAGES[code]) for code in WARNING_CODES])


def flags(_: Schemas) -> str:
    return table(("flag", "meaning"), [(f"`{flag}`", meaning) for flag, meaning in FLAGS.items()])


def refusals(_: Schemas) -> str:
    rows = [
        (str(status), f"`{code}`", action, *MESSAGES[code]) for (status, code), action in REFUSALS.items()
    ]
    return table(("status", "code", "what the device does", "English", "Chinese"), rows)


def resync_reasons(_: Schemas) -> str:
    rows = [(f"`{reason.value}`", meaning) for reason, meaning in RESYNC_REASONS.items()]
    return table(("`reason`", "why"), rows)


def bye_reasons(_: Schemas) -> str:
    rows = [(f"`{reason.value}`", meaning) for reason, meaning in BYE_REASONS.items()]
    return table(("`reason`", "what happened, and what the device does"), rows)


def limits(_: Schemas) -> str:
    settings = Settings()
    rows = [
        ("operations in a push", str(MAX_OPERATIONS), "422"),
        ("body of a push, also unpacked", f"{settings.push_limit_bytes:,} bytes", "413 `body_too_large`"),
        ("one operation", f"{settings.push_op_limit_bytes:,} bytes", "`rejected: op_too_large`"),
        ("time of a push", f"{settings.push_seconds} s", "the rest is `busy`, `retryable: true`"),
        ("`device_seq`", f"1 to {SEQ_MAX}", "`rejected: validation_failed`"),
        ("`group`", f"{GROUP_MAX} characters", "the rest of the name is ignored"),
        ("`limit` of a pull", "1 to 2000; 1000 if left out", "422"),
        ("grids of an account", str(MAX_GRIDS), "`too_many_grids`: name them by `grid=`"),
        ("open streams of an account", str(settings.streams_per_account), "429 `streams_per_account`"),
        (
            "wrong passwords",
            f"{settings.sign_in_failures_per_name} in {settings.sign_in_window.seconds} s",
            "429 `sign_in_throttled`",
        ),
        ("time without a pull", f"{settings.change_log_days} days", "410 `too_old`"),
        ("households to tell of a grid", f"{TASKS_OF_GRID_MAX:,}", "they come when others were told"),
        ("late work in a former grid", f"{settings.late_hours} hours", "`rejected: out_of_scope`"),
        ("a dead letter", f"{settings.dead_letter_days} days", "it is deleted"),
        ("a session", f"{settings.session_life.days} days", "401 `refresh_invalid`"),
        ("time without a refresh", f"{settings.refresh_idle_life.days} days", "401 `refresh_invalid`"),
    ]
    return table(("what", "limit", "beyond it"), rows)


RETENTIONS = {
    "closed_at": ("incident", "after the case was closed"),
    "visited_at": ("visit", "after the visit, and not longer than its note"),
    "upper(duty.during)": ("duty", "after its end"),
    "upper(shift.during)": ("shift", "after its end"),
    "sos.closed_at": ("sos", "after it was closed"),
    "sync_dead_letter.resolved_at": ("dead_letter", "after it was resolved"),
    "figure_contest.resolved_at": ("figure_contest", "after it was resolved"),
    "assignment.ended_at": ("assignment", "after it was withdrawn with a reason"),
    "offer.answered_at": ("offer", "after it was withdrawn with a reason"),
}


def until(_: Schemas) -> str:
    by_name = {entity.name: str(entity.until) for entity in ENTITIES if entity.until is not None}
    rows = []
    for column, (name, after) in RETENTIONS.items():
        match = re.search(re.escape(column) + r" \+ interval '([^']+)'", by_name[name])
        assert match is not None, name
        rows.append((f"`{name}`", f"{match[1]} {after}"))
    rows += [(f"`{name}`", "until it ends") for name in ("responsibility", "substitution")]
    rows += [(f"`{name}`", "until the end of its last day") for name in ("care_tag", "day_plan")]
    rows += [(f"`{name}`", "until the validity of the notice ends") for name in ("notice", "notice_task")]
    assert {name.strip("`") for name, _ in rows} == by_name.keys()
    return table(("entity", "stays on the device"), rows)


TABLES: dict[str, Callable[[Schemas], str]] = {
    "operations": operations,
    "merging": merging,
    "result codes": result_codes,
    "warnings": warning_codes,
    "flags": flags,
    "refusals": refusals,
    "410": resync_reasons,
    "bye": bye_reasons,
    "entities": entities,
    "limits": limits,
    "until": until,
    "editable": editable,
    "rows": row_fields,
}
