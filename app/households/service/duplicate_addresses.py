"""Handling of premises whose address is used already by other premises.

In a request from a web page such premises are refused. Premises that a device created without network are stored and marked as
possible doubles, because the device may have added households, residents and visits to them for days: if the server refused
the premises, it would have to refuse all of these too. A supervisor then merges the two premises, or stores the reason why
both are correct.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.households.queries import premises as queries

# Returns, for the other premises, the columns to store of the new ones: `possible_double_of` and `same_address_reason`.
OnDouble = Callable[[RowMapping], dict[str, Any]]
_ADDRESS = ("address", "unit", "room")


def refuse_double(other: RowMapping) -> dict[str, Any]:
    """Raise Conflict because other premises have the same address.

    The error has the id of the other premises if the actor sees them.
    """
    if other["is_seeing"]:
        raise Conflict("address_taken", extra={"premises_id": other["id"]})
    raise Conflict("address_taken_unseen", extra={"premises_id": None})


def marking_doubles(warnings: list[dict[str, Any]]) -> OnDouble:
    """Return a callback for `settle_double` that marks premises as a possible double.

    The callback also appends a warning to the list `warnings`.
    """

    def mark(other: RowMapping) -> dict[str, Any]:
        seen = other["id"] if other["is_seeing"] else None
        warnings.append({"field": "address", "code": "possible_double", "premises_id": seen})
        return {"possible_double_of": other["id"], "same_address_reason": None}

    return mark


def settle_double(
    session: Session,
    actor: Actor,
    premises_id: UUID,
    row: Mapping[str, Any],
    *,
    was: RowMapping | None,
    on_double: OnDouble,
) -> dict[str, Any]:
    """Return the columns `possible_double_of` and `same_address_reason` for premises to store.

    If the address does not change, both columns keep their values, unless `row` has a reason (`allow_same_address`).

    Args:
        was: The premises as stored now. None: the premises are new.
        on_double: Callback for the case that other premises have the address and `row` gives no reason. It gets the other
            premises, and returns the two columns or raises.
    """
    reason = row.get("allow_same_address")
    is_readdressed = was is None or any(row[part] != was[part] for part in _ADDRESS)
    if was is not None and not is_readdressed:
        stored = {
            "possible_double_of": was["possible_double_of"],
            "same_address_reason": was["same_address_reason"],
        }
        return {"possible_double_of": None, "same_address_reason": reason} if reason else stored
    other = queries.same_address(
        session,
        actor,
        premises_id,
        jurisdiction_id=row["jurisdiction_id"],
        **{part: row[part] for part in _ADDRESS},
        now=clock.now(),
    )
    if other is None or reason:
        return {"possible_double_of": None, "same_address_reason": reason if other is not None else None}
    return on_double(other)
