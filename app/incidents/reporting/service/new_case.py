"""The first rows of a case: what the report's one writing statement is given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from app.core import clock, jobs
from app.core.actor import Actor
from app.core.ids import uuid7
from app.dispatch import service as dispatch
from app.dispatch.service import Placement
from app.incidents.cases.rules.case_number import case_number
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import walk
from app.incidents.cases.rules.waiting_reasons import waiting_reason
from app.incidents.cases.service.presence import presence_at_report, spot_of
from app.incidents.deadlines.rules.stages import PastTransition, replay_stages
from app.incidents.deadlines.service.limits import rows_of, whole_limit
from app.incidents.reporting.rules.handling_unit import handling_unit
from app.incidents.reporting.service.component_link import NO_LINK, Link
from app.incidents.reporting.service.first_actions import Sample, first_actions, first_events
from app.profiles.rules.profile import Category
from app.profiles.service import ProfileInForce

FOLLOW_UP = "incidents.follow_up"


@dataclass(frozen=True, slots=True)
class Case:
    """The decisions about a report, before anything is written."""

    id: UUID
    category: Category
    lon: float
    lat: float
    paths: dict[str, str]
    grid_id: UUID | None
    scope_path: str | None
    owner_unit_id: UUID | None
    about: dict[str, Any] | None
    link: Link = NO_LINK


def new_case_values(
    actor: Actor,
    situation: RowMapping,
    profile: ProfileInForce,
    case: Case,
    placement: Placement,
    payload: dict[str, Any],
    now: datetime,
    *,
    is_fixed: bool,
    not_fixed_because: str | None,
    is_verified_first: bool,
) -> dict[str, Any]:
    """The values of the one statement that writes the case. What is to be verified first has no deadline but that one."""
    condition = case.category.condition()
    presence_detail = presence_at_report(
        profile.profile, case.category.code, payload, lon=case.lon, lat=case.lat, now=now
    )
    actions = first_actions(
        placement,
        payload.get("handled_on_the_spot"),
        presence_detail,
        is_verified_first=is_verified_first,
        not_fixed_because=not_fixed_because,
        sample=Sample.draw_for(profile.profile.sample_rate_on_the_spot) if is_fixed else None,
    )
    steps = walk(each.action for each in actions)
    status = steps[-1].to_status
    spot = spot_of(payload.get("fix"), now=now)
    transitions = [PastTransition(*step, now) for step in steps]
    calendar = profile.profile.calendar
    handling_limit = None if is_verified_first else whole_limit(condition, now, calendar, is_handled=is_fixed)
    verify_limit = profile.profile.lifecycle.verify.limit if is_verified_first else None
    stages = (*condition.stages, *([verify_limit] if verify_limit else []))
    limits = [*([handling_limit] if handling_limit else []), *replay_stages(stages, transitions, calendar)]
    is_closed = status is Status.CLOSED
    is_waiting = placement.outcome == "waiting"
    needs_check = status is Status.FED_BACK
    needs_second = (
        case.category.people > 1
        and placement.assignment_id is not None
        and placement.worker_id is not None
        and not (is_fixed or is_verified_first)
    )
    role = "verify" if is_verified_first else "handle"
    waiting_for = (
        "check_due"
        if needs_check
        else "no_second"
        if needs_second
        else dispatch.PROPOSED
        if placement.outcome == dispatch.PROPOSED
        else waiting_reason(role, placement.reason)
        if is_waiting
        else None
    )
    about = case.about or {}
    return {
        "id": case.id,
        "case_no": case_number(now.astimezone(profile.profile.calendar.zone).date(), situation["sequence"]),
        "jurisdiction_id": situation["jurisdiction_id"],
        "profile_version_id": profile.id,
        "grid_id": case.grid_id,
        "area_id": situation["area_id"],
        "scope_path": case.scope_path,
        "category": case.category.code,
        "condition": condition.code,
        "status": status.value,
        "priority": case.category.priority,
        "lon": case.lon,
        "lat": case.lat,
        "owner_unit_id": case.owner_unit_id,
        "component_id": case.link.component_id,
        "component_link": case.link.how,
        "handling_unit_id": handling_unit(None, actor.units_worked_for, case.owner_unit_id)
        if is_fixed
        else None,
        "owner_basis": "component" if case.link.owner_unit_id else None,
        "about_kind": about.get("kind"),
        "about_id": about.get("id"),
        "waiting_reason": waiting_for,
        "now": now,
        "closed_at": now if is_closed else None,
        "due_at": handling_limit.due_at if handling_limit else None,
        "events": orjson.dumps(first_events(actor, actions, steps, spot), default=str).decode(),
        "limits": orjson.dumps(rows_of(limits, case.id, condition.code, profile)).decode(),
        "stopped_at": now if is_fixed else None,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "device_id": actor.device_id,
        "has_job": is_waiting or needs_check or placement.offer_expires_at is not None,
        **jobs.enqueue_binds(FOLLOW_UP, placement.offer_expires_at, incident_id=case.id),
        **reporter_values(actor, payload),
        **report_values(payload),
    }


def reporter_values(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    reporter = payload.get("reporter")
    kind = "worker" if reporter is None else "anonymous" if reporter["anonymous"] else "resident"
    named = reporter if reporter is not None and not reporter["anonymous"] else {}
    return {
        "reporter_id": uuid7(),
        "reporter_kind": kind,
        "reporter_account": actor.id if reporter is None else None,
        "reporter_name": named.get("name"),
        "reporter_phone": named.get("phone"),
        "reporter_shown": named.get("may_be_shown_to_handlers", False),
    }


def report_values(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": payload["source"],
        "occurred_at": payload.get("occurred_at") or clock.now(),
        "words": payload.get("description", ""),
        "category_said": payload.get("category") or "unclassified",
        "lon_sent": payload["lon"],
        "lat_sent": payload["lat"],
        "coord_sys": payload.get("coord_sys", "wgs84"),
        "accuracy_m": payload.get("accuracy_m"),
        "attributes": orjson.dumps(payload.get("attributes") or {}, default=str).decode(),
    }
