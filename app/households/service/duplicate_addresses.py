"""Premises at an address that others have: refused online, marked where a phone added them without network.

A phone goes on from the premises that it added: households, residents and visits of days hang on their id. Were they
refused, all of these would be refused with them. So what comes from a phone is stored and marked, and a supervisor
merges the two, which moves all that hangs on them, or says why both stand.
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

# What is stored of premises as possible doubles of others, which are given.
OnDouble = Callable[[RowMapping], dict[str, Any]]
_ADDRESS = ("address", "unit", "room")


def refuse_double(other: RowMapping) -> dict[str, Any]:
    """Raise Conflict with the id of the others, if the actor may see them."""
    if other["is_seeing"]:
        raise Conflict("address_taken", extra={"premises_id": other["id"]})
    raise Conflict("address_taken_unseen", extra={"premises_id": None})


def marking_doubles(warnings: list[dict[str, Any]]) -> OnDouble:
    """Store it as a possible double, which a supervisor settles, and add a warning about it."""

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
    """Return what is stored of premises as doubles of others: `possible_double_of` and `same_address_reason`."""
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
