"""SQL conditions on jurisdictions, for the statements of other packages."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, true

from app.core.actor import Actor, Permission
from app.core.db import Fragment


def own_jurisdictions(actor: Actor, column: Any) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the SQL condition that `column` is the id of one of the actor's jurisdictions.

    The condition is returned with its binds. The binds are ids of jurisdictions and not of the actor, so that all actors of a
    city can share cached results.
    """
    if actor.everywhere_with(Permission.AREA_READ):
        return true(), {}
    if len(actor.jurisdiction_ids) == 1:
        return _is_in(column, is_one=True), {"own_jurisdiction": actor.jurisdiction_ids[0]}
    return _is_in(column, is_one=False), {"own_jurisdictions": list(actor.jurisdiction_ids)}


@lru_cache
def _is_in(column: Any, *, is_one: bool) -> ColumnElement[bool]:
    # With one value, and not an array of one, the index gives the rows in the order of codes.
    if is_one:
        condition: ColumnElement[bool] = column == bindparam("own_jurisdiction", None, Uuid())
        return condition
    return column == any_(bindparam("own_jurisdictions", None, ARRAY(Uuid())))


def are_neighbours(first: Any, second: Any) -> Fragment:
    """Return the SQL condition that two jurisdictions list each other as neighbours.

    The lists are in the profiles in force. The condition needs the bind `:now`.

    Args:
        first, second: SQL expressions of the ids of the jurisdictions.
    """
    return Fragment(
        "({first_lists_second} and {second_lists_first})",
        first_lists_second=_lists(first, second),
        second_lists_first=_lists(second, first),
    )


def _lists(jurisdiction_id: Any, listed_id: Any) -> Fragment:
    return Fragment(
        """exists (
          select 1 from jurisdiction listed where listed.id = {listed_id} and (
            select profile_version.data #> '{dispatch,neighbours}' from profile_version
            where profile_version.jurisdiction_id = {jurisdiction_id}
              and profile_version.in_force_from <= cast(:now as timestamptz)
            order by profile_version.number desc limit 1) @> to_jsonb(listed.code))""",
        jurisdiction_id=jurisdiction_id,
        listed_id=listed_id,
    )
