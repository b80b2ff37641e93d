"""Conditions and JSON of cases that other domains compose with their own statements.

Each function takes the mapped class or alias `of` under which the statement names the case. Reads of cases themselves are
in `views`.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, true

from app.core.actor import Actor, Permission
from app.core.db import as_sql
from app.incidents import scope
from app.incidents.cases.queries import attachments
from app.incidents.cases.queries.parts import parts_for_device
from app.incidents.cases.queries.related_cases import linked
from app.incidents.models import Incident
from app.incidents.scope import CASE_I, CASE_T, MapVisibility


def visible_cases(
    actor: Actor, now: datetime, of: Any = Incident
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the condition for cases that the actor sees, and its binds."""
    visibility = scope.case_visibility(actor, now)
    return visibility.condition(of), visibility.binds


def on_maps(actor: Actor, now: datetime, of: Any = CASE_I) -> MapVisibility:
    """Return the visibility of cases on maps."""
    return scope.visible_on_maps(actor, now, of)


def directed_ordinary_cases(
    actor: Actor, now: datetime, of: Any = Incident
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the condition for ordinary cases that the actor directs, and its binds.

    Ordinary cases are neither confidential nor about somebody.
    """
    visibility = scope.case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    return visibility.rule.ordinary(of), visibility.binds


def counted_cases_still_visible(
    actor: Actor, now: datetime, of: Any = Incident
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the condition for listing directed cases that were counted earlier, with binds."""
    visibility = scope.case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    return visibility.still_visible(of), visibility.binds


def ordinary_cases(of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition for cases that may leave in a file.

    These are not confidential and about nobody.
    """
    return scope.is_ordinary(of)


@lru_cache
def ordinary_open_cases(of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition for open ordinary cases, for counts by place.

    Every reader of the cases of a place sees all of these, so such a count is the same for all its readers.
    """
    return and_(of.deleted_at.is_(None), scope.is_open(of), scope.is_ordinary(of))


def map_version_inputs(actor: Actor, now: datetime) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return a text over all inputs of `on_maps` but cases and areas, and its binds.

    It is a part of map versions.
    """
    return scope.map_version_inputs(actor, now)


def above_subject(
    actor: Actor, roots: ColumnElement[Any] | None, of: Any, now: datetime
) -> tuple[ColumnElement[bool], dict[str, Any]]:
    """Return the condition that the actor stands above the subject of a row; and binds.

    It holds for rows about nobody.

    Args:
        roots: ltree[] of the areas the actor looks after. None: everywhere.
        of: A mapped class with `about_kind`, `about_id` and `scope_path`.
    """
    if scope.is_above_all(actor):
        return true(), {}
    return scope.above_subject(roots, of), {"subject_now": now}


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


# ---- the same as text for a case `i`, for statements that are still put together as text ----


def on_phones(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return `visible_cases` as text."""
    condition, binds = visible_cases(actor, now, CASE_I)
    return as_sql(condition), binds


def directed_ordinary(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return `directed_ordinary_cases` as text."""
    condition, binds = directed_ordinary_cases(actor, now, CASE_I)
    return as_sql(condition), binds


def still_visible_cases(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return `counted_cases_still_visible` as text."""
    condition, binds = counted_cases_still_visible(actor, now, CASE_I)
    return as_sql(condition), binds


def not_confidential() -> str:
    """Return `ordinary_cases` as text."""
    return scope.NOT_CONFIDENTIAL


def ordinary_open_work() -> str:
    """Return `ordinary_open_cases` as text."""
    return scope.ORDINARY_OPEN


def linked_on_phone() -> str:
    """Return `linked_cases` as text."""
    return as_sql(linked_cases(CASE_I))


def parts_on_phone() -> str:
    """Return `case_parts` as text."""
    return as_sql(case_parts(CASE_I))


def media_on_phone(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return `case_media` as text."""
    media, binds = case_media(actor, now, CASE_I)
    return as_sql(media), binds
