"""A report finds its grid, its owner and its worker: one transaction, never refused for want of any of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock, db, idempotency
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Unavailable, invalid_field
from app.core.ids import uuid7
from app.dispatch import service as dispatch
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import AreaPaths, Placement
from app.incidents.cases.queries import subjects, views
from app.incidents.cases.rules.report_warnings import on_the_spot_refusal, report_warnings
from app.incidents.reporting.queries import new_case
from app.incidents.reporting.service.component_link import NO_LINK, find_component
from app.incidents.reporting.service.new_case import Case, new_case_values
from app.profiles import service as profiles
from app.profiles.rules.profile import Category, CategoryUnknown, Handler
from app.profiles.service import ProfileInForce, SettingsInForce

# Grids are not asked about it, and no unit owns it.
NOT_ADMITTED = "not_admitted"
Transaction = Callable[[Actor], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a report: the case as JSON, its version, whether this call made it, and `{code, field}` of warnings."""

    incident_id: UUID
    body: bytes
    version: int
    is_new: bool
    warnings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReportResult:
    """The case of a report, whether this call made it, and `{code, field}` of what the reporter is warned of."""

    incident_id: UUID
    is_new: bool
    warnings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Operation:
    """One intention of a client: the same key and digest again is the same operation."""

    incident_id: UUID
    key: str
    digest: bytes


def report(transaction: Transaction, actor: Actor, *, key: str | None = None, **payload: Any) -> Receipt:
    """Take a report in. The id (or an Idempotency-Key) makes it safe to send again.

    A repeat of the same id and body answers with the case as it is now; another body under it is a conflict.
    """
    incident_id = payload.get("id") or uuid7()
    operation = _Operation(
        incident_id=incident_id,
        key=str(incident_id) if payload.get("id") or not key else key,
        digest=idempotency.digest(payload),
    )

    def attempt() -> Receipt:
        with transaction(actor) as session:
            result = _create_case(session, actor, operation, payload, is_alone=True)
            row = views.receipt(session, actor, incident_id=result.incident_id, now=clock.now())
            return Receipt(result.incident_id, row["body"], row["version"], result.is_new, result.warnings)

    return db.with_retries(attempt)


def report_within(
    session: Session, actor: Actor, *, id: UUID, happened_at: datetime | None = None, **payload: Any
) -> ReportResult:
    """As `report`, as a part of the caller's transaction. What does not say when it occurred, did at `happened_at`."""
    payload = {"id": id} | payload
    operation = _Operation(incident_id=id, key=str(id), digest=idempotency.digest(payload))
    return _create_case(session, actor, operation, {"occurred_at": happened_at} | payload)


def _create_case(
    session: Session, actor: Actor, operation: _Operation, payload: dict[str, Any], *, is_alone: bool = False
) -> ReportResult:
    """`is_alone`: nothing else is done in this transaction, so nobody waits for what it has locked."""
    now = clock.now()
    lon, lat = to_wgs84(payload["lon"], payload["lat"], CoordSys(payload.get("coord_sys", "wgs84")))
    situation = new_case.claim(
        session,
        incident_id=operation.incident_id,
        lon=lon,
        lat=lat,
        now=now,
        principal=actor.principal,
        key=operation.key,
        digest=operation.digest,
        actor_id=actor.id,
        own_jurisdictions=actor.jurisdiction_ids,
    )
    if not situation["is_claimed"]:
        return _repeat(session, actor, operation)
    if situation["is_id_used"]:
        raise Conflict("id_reused")
    if situation["profile_version_id"] is None:
        raise Unavailable("no_jurisdiction")
    profile = profiles.profile_by_id(session, situation["profile_version_id"])
    case = _decide(session, actor, situation, profile, operation.incident_id, lon, lat, payload, now)
    settings = profiles.settings_for(profile, area_id=situation["area_id"], at=now)
    refusal = _on_the_spot_refusal(situation, case) if payload.get("handled_on_the_spot") else None
    is_fixed = bool(payload.get("handled_on_the_spot")) and refusal is None
    is_verified_first = not is_fixed and _is_verified_first(profile, case, payload)
    placement = _place(
        session,
        actor,
        case,
        profile=profile,
        settings=settings,
        own_name=situation["own_worker_name"],
        fixed_by=situation["worker_name"] if is_fixed else None,
        is_verified_first=is_verified_first,
        now=now,
        is_alone=is_alone,
    )
    values = new_case_values(
        actor,
        situation,
        profile,
        case,
        placement,
        payload | {"source": source_of(payload)},
        now,
        is_fixed=is_fixed,
        not_fixed_because=refusal,
        is_verified_first=is_verified_first,
    )
    new_case.insert_case(session, values)
    if is_fixed:
        dispatch.end_active(session, incident_id=case.id, state="done", now=now)
    warnings = report_warnings(
        lon=payload["lon"],
        lat=payload["lat"],
        is_inside=situation["is_inside"],
        is_elsewhere=not (actor.is_everywhere or situation["jurisdiction_id"] in actor.jurisdiction_ids),
        category_sent=payload.get("category"),
        category_filed=case.category.code,
        on_the_spot_refused=refusal,
    )
    if warnings:
        new_case.keep_warnings(session, principal=actor.principal, key=operation.key, warnings=warnings)
    return ReportResult(case.id, True, warnings)


def source_of(payload: dict[str, Any]) -> str:
    """Return the source of a report; a report for somebody else comes from the public."""
    return payload.get("source") or ("public" if payload.get("reporter") is not None else "worker")


def _on_the_spot_refusal(situation: RowMapping, case: Case) -> str | None:
    return on_the_spot_refusal(
        is_admitted=case.category.on_the_spot,
        is_about_somebody=case.about is not None,
        has_grid=case.grid_id is not None,
        is_worker_here=situation["worker_name"] is not None,
    )


def _is_verified_first(profile: ProfileInForce, case: Case, payload: dict[str, Any]) -> bool:
    """Return True if the profile has somebody look before the case is filed. Never what nobody may be asked about by rule."""
    if case.about is not None or case.grid_id is None:
        return False
    return profile.profile.lifecycle.verify.asks(
        source=source_of(payload), category=case.category.code, is_urgent=case.category.urgent
    )


def _repeat(session: Session, actor: Actor, operation: _Operation) -> ReportResult:
    applied = new_case.applied(session, principal=actor.principal, key=operation.key)
    if bytes(applied["digest"]) != operation.digest:
        raise Conflict("id_reused")
    return ReportResult(applied["incident_id"], False, applied["warnings"])


def _decide(
    session: Session,
    actor: Actor,
    situation: RowMapping,
    profile: ProfileInForce,
    incident_id: UUID,
    lon: float,
    lat: float,
    payload: dict[str, Any],
    now: datetime,
) -> Case:
    """Category (unknown ones are unclassified; the words stay), place, component, owner, and who must not see it.

    What a component's own unit owns is that unit's matter; only without one competence decides.
    """
    chain = situation["chain"] or {}
    paths = {level: area["path"] for level, area in chain.items()} if situation["is_inside"] else {}
    category = category_of(profile, payload.get("category"))
    about = payload.get("about")
    scope_path = situation["path"]
    if about is not None or category.conduct:
        about, scope_path = one_level_up(session, about=about, path=situation["path"], now=now)
    link = NO_LINK
    if about is None:
        link = find_component(
            session,
            actor,
            jurisdiction_id=situation["jurisdiction_id"],
            category=category,
            lon=lon,
            lat=lat,
            named=payload.get("component_id"),
        )
    owner_unit_id = link.owner_unit_id or _competent_unit(session, situation, scope_path, category)
    grid = chain.get("grid") if situation["is_inside"] else None
    return Case(
        id=incident_id,
        category=category,
        lon=lon,
        lat=lat,
        paths=paths,
        grid_id=UUID(grid["id"]) if grid else None,
        scope_path=scope_path,
        owner_unit_id=owner_unit_id,
        about=about or ({"kind": None, "id": None} if category.conduct else None),
        link=link,
    )


def _competent_unit(
    session: Session, situation: RowMapping, path: str | None, category: Category
) -> UUID | None:
    owner = areas.owner_unit(
        session, jurisdiction_id=situation["jurisdiction_id"], path=path, category=category.code
    )
    return owner["id"] if owner else None


def is_units_matter(profile: ProfileInForce, category: Category) -> bool:
    """Units put it right, or no grid is asked about it."""
    return category.handled_by is Handler.UNIT or not profile.profile.lifecycle.admits(category.code)


def category_of(profile: ProfileInForce, code: str | None) -> Category:
    """The category, or `unclassified` for one the taxonomy does not know: no report is refused for it."""
    try:
        return profile.profile.category(code)
    except CategoryUnknown:
        return profile.profile.category(None)


def one_level_up(
    session: Session, *, about: dict[str, Any] | None, path: str | None, now: datetime
) -> tuple[dict[str, Any] | None, str | None]:
    """Return the subject of a conduct case as it is stored, and the path one level above it; without one, above the place.

    The level counts roles as well as responsibilities. A subject at the top, or with a role over everything, leaves the top:
    there only those see the case who look after everything (`queries.visibility`).
    """
    if about is not None:
        subject = subjects.subject(session, kind=about["kind"], id=about["id"], now=now)
        if subject is None:
            raise invalid_field("about.id", "reference_unknown")
        about = {"kind": subject["kind"], "id": subject["id"]}
        path = subject["path"] or path
        if subject["is_everywhere"]:
            return about, path.partition(".")[0] if path else None
    return about, above(path)


def above(path: str | None) -> str | None:
    """The path of the area above; the top stays the top."""
    return path.rpartition(".")[0] or path if path else None


def _place(
    session: Session,
    actor: Actor,
    case: Case,
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    own_name: str | None,
    fixed_by: str | None,
    is_verified_first: bool,
    now: datetime,
    is_alone: bool,
) -> Placement:
    """`own_name`: of the reporter, if the grid is theirs. `fixed_by`: of the reporter, if they have put it right already."""
    context = dispatch.DispatchContext(profile, settings, now, may_ask_router=is_alone)
    demand = demand_of(case.id, case.category, case.lon, case.lat)
    if case.about is not None:
        return dispatch.record_waiting(session, context, demand, reason="conduct")
    if case.grid_id is None:
        return dispatch.record_waiting(session, context, demand, reason="no_grid")
    if is_verified_first:
        verify_demand = demand_of(
            case.id,
            case.category,
            case.lon,
            case.lat,
            role="verify",
            excluded={actor.id: "reported_it"},
        )
        return dispatch.place(
            session,
            context,
            verify_demand,
            AreaPaths(case.paths),
        )
    if fixed_by is None and is_units_matter(profile, case.category) and case.owner_unit_id is not None:
        return dispatch.queue_for_unit(
            session,
            context,
            demand,
            unit_id=case.owner_unit_id,
            is_first=True,
        )
    if fixed_by is None and not profile.profile.lifecycle.admits(case.category.code):
        return dispatch.record_waiting(session, context, demand, reason=NOT_ADMITTED)
    worker_name = fixed_by or own_name
    if worker_name is not None:
        return dispatch.assign_own(
            session,
            context,
            demand,
            worker_id=actor.id,
            worker_name=worker_name,
            reason="own_report" if own_name is not None else "on_the_spot",
            is_first=True,
        )
    return dispatch.place(
        session,
        context,
        demand,
        AreaPaths(case.paths),
        category=case.category.code,
    )


def demand_of(
    incident_id: UUID,
    category: Category,
    lon: float,
    lat: float,
    *,
    role: str = "handle",
    priority: int | None = None,
    excluded: dict[UUID, str] | None = None,
) -> Demand:
    """Build the demand of a case. Verifying or checking needs no skills, handling those of the category."""
    return Demand(
        incident_id=incident_id,
        role=role,
        lon=lon,
        lat=lat,
        skills=frozenset() if role in ("verify", "check") else category.skills,
        priority=priority or category.priority,
        excluded=excluded or {},
    )
