"""One operation as sent becomes one that push can judge: every fault is its own, and none is the request's."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import marshmallow as ma
import orjson

from app.core import idempotency
from app.core.actor import Actor
from app.core.telephones import phone_faults
from app.http.free_text import FreeText
from app.http.messages import field_errors
from app.http.smorest import Schema
from app.sync.routes.registry import OPERATIONS
from app.sync.rules import operations as rules
from app.sync.rules.operations import Kind, Operation, Verdict

KNOWN = frozenset(
    {"op_id", "device_seq", "entity", "op", "id", "base_version", "patch", "base", "client_at", "group"}
)


def read(
    sent: Any, place: int, *, actor: Actor, shift: timedelta, now: datetime, limit_bytes: int
) -> Operation:
    """The operation at a place of the request; what is wrong with it is in `refused`."""
    whole: dict[str, Any] = rules.cleaned(sent if isinstance(sent, dict) else {"op": sent})
    digest = idempotency.digest(whole)
    op_id = rules.uuid_of(whole.get("op_id"))
    patch: Any = whole.get("patch") if whole.get("patch") is not None else {}
    base = whole.get("base")
    entity, op = _text(whole.get("entity")), _text(whole.get("op"))
    operation = Operation(
        key=f"op {op_id or digest.hex()}",
        digest=digest,
        sent=whole,
        place=place,
        device_seq=rules.whole_of(whole.get("device_seq")) or None,  # numbers begin at 1
        entity=entity,
        op=op,
        id=rules.uuid_of(whole.get("id")),
        base_version=rules.whole_of(whole.get("base_version")),
        base=base if isinstance(base, dict) else {},
        group=_text(whole.get("group")),
        at=rules.happened_at(whole.get("client_at"), shift, now),
    )
    faults = _faults(whole, patch)
    if op_id is None:
        faults.append({"field": "op_id", "code": "invalid"})
    if operation.device_seq is None:
        faults.append({"field": "device_seq", "code": "invalid"})
    if len(orjson.dumps(whole)) > limit_bytes:
        return replace(operation, refused=Verdict("op_too_large"))
    found = OPERATIONS.get((entity or "", op or ""))
    if found is None:
        return replace(operation, refused=Verdict("operation_unknown", errors=faults))
    kind, schema, always = found
    if kind.needs_id and operation.id is None:
        faults.append({"field": "id", "code": "invalid" if whole.get("id") else "required"})
    if faults:
        return replace(operation, kind=kind, refused=_verdict(faults))
    if actor.holding(*kind.permissions) is None:
        missing = next((p for p in kind.permissions if not actor.may(p)), kind.permissions[-1])
        params = {"permission": missing.value}
        return replace(operation, kind=kind, refused=Verdict("permission_missing", params))
    said, faults = _said(kind, schema, dict(patch) | always, operation)
    if faults:
        return replace(operation, kind=kind, refused=_verdict(faults))
    said = rules.with_corrected_instants(kind, said, shift=shift, at=operation.at)
    if kind.prepare is not None:
        said = kind.prepare(said)
    return replace(operation, kind=kind, said=said, warnings=_warnings(schema, said))


def _text(value: Any) -> str | None:
    return value[:100] if isinstance(value, str) else None


def _faults(whole: dict[str, Any], patch: Any) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = [
        {"field": name, "code": "unknown_field"} for name in sorted(whole.keys() - KNOWN)
    ]
    if not isinstance(patch, dict):
        faults.append({"field": "patch", "code": "invalid"})
    for name, kind in (("base", dict), ("group", str), ("base_version", int)):
        if whole.get(name) is not None and not isinstance(whole[name], kind):
            faults.append({"field": name, "code": "invalid"})
    return faults


def _verdict(faults: list[dict[str, Any]]) -> Verdict:
    is_unknown = any(fault["code"] == "unknown_field" for fault in faults)
    return Verdict("unknown_field" if is_unknown else "validation_failed", errors=faults)


def _said(
    kind: Kind, schema: type[Schema] | None, patch: dict[str, Any], operation: Operation
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the route's schema makes of the fields, with the ids that the route has in its path."""
    faults: list[dict[str, Any]] = []
    ids: dict[str, Any] = {}
    row_id = str(operation.id)
    if kind.id_field is not None and patch.setdefault(kind.id_field, row_id) != row_id:
        faults.append({"field": f"patch.{kind.id_field}", "code": "invalid"})
    if kind.parent is not None:
        ids[kind.parent] = rules.uuid_of(patch.pop(kind.parent, None))
        if ids[kind.parent] is None:
            faults.append({"field": f"patch.{kind.parent}", "code": "required"})
    if schema is not None and issubclass(schema, FreeText):
        patch |= {"allow_phone": True}
    try:
        said = _loader(schema).load(patch) if schema is not None else _nothing(patch)
    except ma.ValidationError as error:
        faults += field_errors(error.normalized_messages(), "patch")
        return {}, [{name: fault[name] for name in ("field", "code")} for fault in faults]
    return {**said, **ids}, faults


def _warnings(schema: type[Schema] | None, said: dict[str, Any]) -> list[dict[str, Any]]:
    """Telephone numbers in free text: who wrote it is out in the field and cannot be asked."""
    named = getattr(schema, "free_text", ()) or getattr(schema, "warned_text", ())
    return phone_faults({name: said.get(name) for name in named})


@lru_cache(maxsize=100)
def _loader(schema: type[Schema]) -> Schema:
    return schema()


def _nothing(patch: dict[str, Any]) -> dict[str, Any]:
    if patch:
        raise ma.ValidationError({name: ["unknown_field"] for name in patch})
    return {}
