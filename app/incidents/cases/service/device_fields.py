"""SQL expressions for the JSON of cases on devices, which synchronisation selects.

The argument `of` is `Incident`, or the alias of it in the statement. SQL conditions on cases that other packages use are in
`incidents.scope`.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement

from app.core.actor import Actor
from app.incidents import scope
from app.incidents.cases.queries import attachments
from app.incidents.cases.queries.parts import parts_for_device
from app.incidents.cases.queries.related_cases import linked
from app.incidents.models import Incident
from app.incidents.scope import CASE_T


@lru_cache
def linked_cases(of: Any = Incident) -> ColumnElement[Any]:
    """Return an SQL expression: the JSON list of the cases linked with a case.

    Confidential cases, and cases about a person or unit, are left out.
    """
    return linked(scope.is_ordinary(CASE_T), of)


def case_parts(of: Any = Incident) -> ColumnElement[Any]:
    """Return an SQL expression: the JSON list of the shares of the units that handle a case.

    These are the part of the lead unit and the parts of the joint units, without names.
    """
    return parts_for_device(of)


def case_media(actor: Actor, now: datetime, of: Any = Incident) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return an SQL expression, the JSON list of a case's media, and its bind values."""
    visibility = scope.case_visibility(actor, now)
    return attachments.device_media(visibility.rule, of), visibility.binds
