"""The decisions about a new case, and the values that the insert statement writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.core import jobs
from app.core.actor import Actor
from app.core.ids import uuid7
from app.dispatch import service as dispatch
from app.dispatch.service import Placement
from app.incidents.cases.rules.case_number import case_number
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import Step, walk
from app.incidents.cases.rules.waiting_reasons import waiting_reason
from app.incidents.cases.service.presence import presence_at_report, spot_of
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import PastTransition, replay_stages
from app.incidents.deadlines.service.limits import rows_of, whole_limit
from app.incidents.reporting.rules.handling_unit import handling_unit
from app.incidents.reporting.service.component_link import NO_LINK, Link
from app.incidents.reporting.service.first_actions import FirstAction, Sample, first_actions, first_events
from app.profiles.rules.profile import Category
from app.profiles.service import ProfileInForce, SettingsInForce

FOLLOW_UP = "incidents.follow_up"


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """A report as received, with the profile, the settings and the area at its point.

    Attributes:
        incident_id: The id of the new case.
        payload: The validated request; `source` is always set.
        lon, lat: WGS 84 (EPSG:4326).
        situation: The row from `queries.new_case.claim`: the area at the point, and further values that the case needs.
        now: Time of reception.
    """

    actor: Actor
    incident_id: UUID
    payload: dict[str, Any]
    lon: float
    lat: float
    situation: Mapping[str, Any]
    profile: ProfileInForce
    settings: SettingsInForce
    now: datetime

    @property
    def handled(self) -> dict[str, Any] | None:
        """The reporter's claim to have fixed the problem on the spot, or None."""
        return self.payload.get("handled_on_the_spot")


@dataclass(frozen=True, slots=True)
class NewCase:
    """The decisions about the case of a report, before anything is written.

    Attributes:
        paths: Path of the area at each level that contains the point; empty outside all areas.
        scope_path: Path of the area whose supervisors see the case. None: only supervisors of everything see it.
        about: The person or unit that the case is about, `{kind, id}`; None for other cases.
        not_fixed_because: Why the claim to have fixed the problem on the spot is not accepted.
        is_fixed: The claim to have fixed the problem on the spot is accepted.
        is_verified_first: A worker verifies the case before it is filed.
    """

    report: IncomingReport
    category: Category
    paths: dict[str, str]
    grid_id: UUID | None
    scope_path: str | None
    owner_unit_id: UUID | None
    about: dict[str, Any] | None
    link: Link = NO_LINK
    not_fixed_because: str | None = None
    is_fixed: bool = field(init=False)
    is_verified_first: bool = field(init=False)

    def __post_init__(self) -> None:
        """Decide once whether the case is fixed already, and whether it is verified first."""
        is_fixed = bool(self.report.handled) and self.not_fixed_because is None
        object.__setattr__(self, "is_fixed", is_fixed)
        object.__setattr__(self, "is_verified_first", self._needs_verification())

    @property
    def id(self) -> UUID:
        return self.report.incident_id

    def _needs_verification(self) -> bool:
        """Return True if a worker has to verify the case before it is filed.

        The profile (the city's rules) decides this. The result is False if the case is about a person or unit, or lies outside
        all grids, because such a case is not offered to workers automatically.
        """
        if self.is_fixed or self.about is not None or self.grid_id is None:
            return False
        verification = self.report.profile.profile.lifecycle.verify
        return verification.asks(
            source=self.report.payload["source"],
            category=self.category.code,
            is_urgent=self.category.urgent,
        )


def new_case_values(case: NewCase, placement: Placement) -> dict[str, Any]:
    """Return the values of the statement that inserts the case with all its rows.

    A case that is verified first gets only the deadline of the verification.
    """
    report, situation, now = case.report, case.report.situation, case.report.now
    actor, profile, payload = report.actor, report.profile, report.payload
    calendar = profile.profile.calendar
    actions = _first_actions(case, placement)
    steps = walk(each.action for each in actions)
    status = steps[-1].to_status
    handling_limit, limits = _limits(case, steps)
    condition = case.category.condition()
    waiting_for = _waiting_reason(case, placement, status)
    is_waiting = placement.outcome == "waiting"
    about = case.about or {}
    events = first_events(actor, actions, steps, spot_of(payload.get("fix"), now=now))
    events_json = orjson.Fragment(orjson.dumps(events, default=str))
    return {
        "id": case.id,
        "case_no": case_number(now.astimezone(calendar.zone).date(), situation["sequence"]),
        "jurisdiction_id": situation["jurisdiction_id"],
        "profile_version_id": profile.id,
        "grid_id": case.grid_id,
        "area_id": situation["area_id"],
        "scope_path": case.scope_path,
        "category": case.category.code,
        "condition": condition.code,
        "status": status.value,
        "priority": case.category.priority,
        "lon": report.lon,
        "lat": report.lat,
        "owner_unit_id": case.owner_unit_id,
        "component_id": case.link.component_id,
        "component_link": case.link.how,
        "handling_unit_id": handling_unit(None, actor.units_worked_for, case.owner_unit_id)
        if case.is_fixed
        else None,
        "owner_basis": "component" if case.link.owner_unit_id else None,
        "about_kind": about.get("kind"),
        "about_id": about.get("id"),
        "case_waiting_reason": waiting_for,
        "now": now,
        "closed_at": now if status is Status.CLOSED else None,
        "due_at": handling_limit.due_at if handling_limit else None,
        "events": events_json,
        "limits": rows_of(limits, case.id, condition.code, profile),
        "stopped_at": now if case.is_fixed else None,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "device_id": actor.device_id,
        "has_job": is_waiting or status is Status.FED_BACK or placement.offer_expires_at is not None,
        **_job(placement, case.id),
        **reporter_values(actor, payload),
        **_report(payload, now),
    }


def _report(payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    values = report_values(payload, now)
    return values | {"attributes": orjson.Fragment(values["attributes"])}


def _job(placement: Placement, incident_id: UUID) -> dict[str, Any]:
    binds = jobs.enqueue_binds(FOLLOW_UP, placement.offer_expires_at, incident_id=incident_id)
    return binds | {"job_args": orjson.Fragment(binds["job_args"])}


def _first_actions(case: NewCase, placement: Placement) -> list[FirstAction]:
    report, profile = case.report, case.report.profile.profile
    presence = presence_at_report(
        profile, case.category.code, report.payload, lon=report.lon, lat=report.lat, now=report.now
    )
    return first_actions(
        placement,
        report.handled,
        presence,
        is_verified_first=case.is_verified_first,
        not_fixed_because=case.not_fixed_because,
        sample=Sample.draw_for(profile.sample_rate_on_the_spot) if case.is_fixed else None,
    )


def _limits(case: NewCase, steps: Sequence[Step]) -> tuple[Deadline | None, list[Deadline]]:
    """Return (handling limit, all limits) of a new case.

    The handling limit is None if a worker verifies the case first.
    """
    profile, now = case.report.profile.profile, case.report.now
    condition = case.category.condition()
    transitions = [PastTransition(*step, now) for step in steps]
    verify_limit = profile.lifecycle.verify.limit if case.is_verified_first else None
    stages = (*condition.stages, *([verify_limit] if verify_limit else []))
    stage_limits = replay_stages(stages, transitions, profile.calendar)
    if case.is_verified_first:
        return None, stage_limits
    handling_limit = whole_limit(condition, now, profile.calendar, is_handled=case.is_fixed)
    return handling_limit, [handling_limit, *stage_limits]


def _waiting_reason(case: NewCase, placement: Placement, status: Status) -> str | None:
    """Return the code of the reason why a new case waits, or None if it does not wait."""
    if status is Status.FED_BACK:
        return "check_due"
    has_worker = placement.assignment_id is not None and placement.worker_id is not None
    if case.category.people > 1 and has_worker and not (case.is_fixed or case.is_verified_first):
        return "no_second"
    if placement.outcome == dispatch.PROPOSED:
        return dispatch.PROPOSED
    role = "verify" if case.is_verified_first else "handle"
    return waiting_reason(role, placement.reason) if placement.outcome == "waiting" else None


def reporter_values(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    """Return the column values of the reporter: the actor, or the resident they report for."""
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


def report_values(payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the column values of the report, as it was sent."""
    return {
        "source": payload["source"],
        "occurred_at": payload.get("occurred_at") or now,
        "words": payload.get("description", ""),
        "category_said": payload.get("category") or "unclassified",
        "lon_sent": payload["lon"],
        "lat_sent": payload["lat"],
        "coord_sys": payload.get("coord_sys", "wgs84"),
        "accuracy_m": payload.get("accuracy_m"),
        "attributes": orjson.dumps(payload.get("attributes") or {}, default=str).decode(),
    }
