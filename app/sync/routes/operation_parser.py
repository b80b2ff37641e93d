"""Parsing and validation of one pushed operation.

If an operation has faults, this operation is refused, and the other operations of the request are applied.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import marshmallow as ma
import orjson

from app.core import idempotency
from app.core.actor import Actor, Permission
from app.core.telephones import phone_faults
from app.http.free_text import FreeText
from app.http.messages import field_errors
from app.http.smorest import Schema
from app.http.variants import Variants
from app.sync.operations import OPERATIONS, PushKind
from app.sync.rules import operations as rules
from app.sync.rules.operations import Operation, Verdict

ENVELOPE_FIELDS = frozenset(
    {"op_id", "device_seq", "entity", "op", "id", "base_version", "patch", "base", "client_at", "group"}
)


def parse_operation(
    raw: Any, index: int, *, actor: Actor, shift: timedelta, now: datetime, limit_bytes: int
) -> Operation:
    """Parse and validate one operation of a push request.

    Faults do not raise an error; they are in `refusal` of the returned operation.

    Args:
        index: Position of the operation in the request.
        shift: Correction to add to the device's clock.
        limit_bytes: Greatest size of an operation as JSON.
    """
    envelope: dict[str, Any] = rules.cleaned(raw if isinstance(raw, dict) else {"op": raw})
    digest = idempotency.digest(envelope)
    op_id = rules.uuid_of(envelope.get("op_id"))
    patch: Any = envelope.get("patch") if envelope.get("patch") is not None else {}
    base = envelope.get("base")
    entity, op = _text_or_none(envelope.get("entity")), _text_or_none(envelope.get("op"))
    operation = Operation(
        key=f"op {op_id or digest.hex()}",
        digest=digest,
        sent=envelope,
        index=index,
        device_seq=rules.whole_number(envelope.get("device_seq")) or None,  # numbers begin at 1
        entity=entity,
        op=op,
        id=rules.uuid_of(envelope.get("id")),
        base_version=rules.whole_number(envelope.get("base_version")),
        base=base if isinstance(base, dict) else {},
        group=_text_or_none(envelope.get("group")),
        happened_at=rules.happened_at(envelope.get("client_at"), shift, now),
    )
    faults = _envelope_faults(envelope, patch)
    if op_id is None:
        faults.append({"field": "op_id", "code": "invalid"})
    if operation.device_seq is None:
        faults.append({"field": "device_seq", "code": "invalid"})
    if len(orjson.dumps(envelope)) > limit_bytes:
        return replace(operation, refusal=Verdict("op_too_large"))
    kind = OPERATIONS.get((entity or "", op or ""))
    if kind is None:
        return replace(operation, refusal=Verdict("operation_unknown", errors=faults))
    operation = replace(operation, kind=kind)
    if kind.needs_id and operation.id is None:
        faults.append({"field": "id", "code": "invalid" if envelope.get("id") else "required"})
    if faults:
        return replace(operation, refusal=_verdict(faults))
    missing = _missing_permission(actor, kind)
    if missing is not None:
        return replace(operation, refusal=Verdict("permission_missing", {"permission": missing.value}))
    payload, faults = _load_payload(kind, dict(patch), operation)
    if faults:
        return replace(operation, refusal=_verdict(faults))
    payload = rules.with_corrected_instants(
        payload,
        kind.instant_fields,
        time_field=kind.time_field,
        shift=shift,
        happened_at=operation.happened_at,
    )
    payload = kind.prepare(payload)
    return replace(operation, payload=payload, warnings=_warnings(kind.schema, payload))


def _missing_permission(actor: Actor, kind: PushKind) -> Permission | None:
    """Return a permission that the actor lacks for this kind of operation, or None."""
    if actor.holding(*kind.permissions) is not None:
        return None
    return next((p for p in kind.permissions if not actor.may(p)), kind.permissions[-1])


def _text_or_none(value: Any) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _envelope_faults(envelope: dict[str, Any], patch: Any) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = [
        {"field": name, "code": "unknown_field"} for name in sorted(envelope.keys() - ENVELOPE_FIELDS)
    ]
    if not isinstance(patch, dict):
        faults.append({"field": "patch", "code": "invalid"})
    for name, expected_type in (("base", dict), ("group", str), ("base_version", int)):
        if envelope.get(name) is not None and not isinstance(envelope[name], expected_type):
            faults.append({"field": name, "code": "invalid"})
    return faults


def _verdict(faults: list[dict[str, Any]]) -> Verdict:
    is_unknown = any(fault["code"] == "unknown_field" for fault in faults)
    return Verdict("unknown_field" if is_unknown else "validation_failed", errors=faults)


def _load_payload(
    kind: PushKind, patch: dict[str, Any], operation: Operation
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Validate `patch` with the schema of the equivalent route; return payload and faults.

    The route has the id of the parent in its path. In the payload it is a field.
    """
    faults: list[dict[str, Any]] = []
    ids: dict[str, Any] = {}
    schema, parent, row_id = kind.schema, kind.path_parent, str(operation.id)
    patch |= kind.constants
    if kind.creates_row and patch.setdefault("id", row_id) != row_id:
        faults.append({"field": "patch.id", "code": "invalid"})
    if parent is not None:
        ids[parent] = rules.uuid_of(patch.pop(parent, None))
        if ids[parent] is None:
            faults.append({"field": f"patch.{parent}", "code": "required"})
    if schema is not None and issubclass(schema, FreeText | Variants):
        patch |= {"allow_phone": True}
    try:
        payload = _loader(schema).load(patch) if schema is not None else _require_empty(patch)
    except ma.ValidationError as error:
        faults += field_errors(error.normalized_messages(), "patch")
        return {}, [{name: fault[name] for name in ("field", "code")} for fault in faults]
    return {**payload, **ids}, faults


def _warnings(schema: type[Schema] | None, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a warning for each free text that contains a telephone number.

    A caller of the route has to confirm the number. A worker who is offline cannot confirm it, so the text is accepted with
    a warning.
    """
    text_fields = getattr(schema, "free_text", ()) or getattr(schema, "warned_text", ())
    return phone_faults({name: payload.get(name) for name in text_fields})


@lru_cache(maxsize=100)
def _loader(schema: type[Schema]) -> Schema:
    return schema()


def _require_empty(patch: dict[str, Any]) -> dict[str, Any]:
    if patch:
        raise ma.ValidationError({name: ["unknown_field"] for name in patch})
    return {}
