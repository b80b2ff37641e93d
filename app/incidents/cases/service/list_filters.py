"""Use case: the filters of the list of cases as a condition for other statements about cases."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from app.core.actor import Actor, Permission
from app.incidents.cases.queries.list_filters import condition_of, filter_names
from app.incidents.cases.rules.list_filters import parse_filters
from app.incidents.scope import CASE_I, case_visibility


def list_condition(actor: Actor, query: str, now: datetime) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the SQL condition that a case `i` passes the filters of a list, and its bind values.

    It has no rule of visibility but that of the filter `directed`. `query`: the query string of `GET /incidents`.

    Raises:
        ValueError: A name is no filter, or a value cannot be read.
    """
    filters = parse_filters(query)
    is_directed = filters.pop("directed", False)
    names, binds = filter_names(filters)
    condition = condition_of(names)
    visibility = case_visibility(actor, now, Permission.INCIDENT_DIRECT if is_directed else None)
    if is_directed:
        condition = and_(visibility.condition(CASE_I), condition)
    return condition, visibility.binds | binds | {"now": now}
