"""JSON of cases that devices hold, for statements of synchronisation.

Each function takes the mapped class or alias `of` under which the statement names the case. Other conditions on cases that
packages compose are in `incidents.scope`.
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
    """Return the JSON of the cases linked with a case, for devices; no confidential ones."""
    return linked(scope.is_ordinary(CASE_T), of)


def case_parts(of: Any = Incident) -> ColumnElement[Any]:
    """Return the JSON of the parts of a case in joint handling, for devices."""
    return parts_for_device(of)


def case_media(actor: Actor, now: datetime, of: Any = Incident) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return the JSON of the photos and voice notes of a case for a device, and its binds."""
    visibility = scope.case_visibility(actor, now)
    return attachments.device_media(visibility.rule, of), visibility.binds
