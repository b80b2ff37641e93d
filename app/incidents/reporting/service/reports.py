"""Use case "report": open a case with its grid, owner and worker in one transaction.

A report is accepted even if grid, owner or worker cannot be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core import clock, idempotency
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.errors import Conflict, Unavailable, invalid_field
from app.core.ids import uuid7
from app.dispatch import service as dispatch
from app.incidents.cases.queries import subjects, views
from app.incidents.cases.rules.report_warnings import on_the_spot_refusal, report_warnings
from app.incidents.reporting.queries import new_case
from app.incidents.reporting.service.component_link import NO_LINK, find_component
from app.incidents.reporting.service.first_dispatch import category_of, expected_case, place_and_write
from app.incidents.reporting.service.new_case import IncomingReport, NewCase
from app.places import service as places
from app.profiles import service as profiles
from app.profiles.rules.profile import Category


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a report.

    Attributes:
        body: The case as JSON.
        is_new: False if the same report was stored earlier.
        warnings: `{code, field}` of each warning to the reporter.
    """

    incident_id: UUID
    body: bytes
    version: int
    is_new: bool
    warnings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReportResult:
    """The result of a report: the id of its case, and warnings to the reporter.

    Attributes:
        is_new: False if the same report was stored earlier.
        warnings: `{code, field}` of each warning.
    """

    incident_id: UUID
    is_new: bool
    warnings: list[dict[str, Any]]


def report(session: Session, actor: Actor, *, key: str | None = None, **payload: Any) -> Receipt:
    """Open a case for a report, in a transaction of its own.

    Returns the case in its present state. Idempotent by the `id` of the payload, or by `key` without an `id`.

    Raises:
        Invalid: The payload names a place that is not found, or several places (`place_unknown`, `place_ambiguous`).
        Conflict: Another body was sent earlier with the same id or key (`id_reused`).
        Unavailable: No profile is in force (`no_jurisdiction`).
    """
    incident_id = payload.get("id") or uuid7()
    operation_key = str(incident_id) if payload.get("id") or not key else key
    operation = operation_of(actor, operation_key, payload)
    payload = _with_point(session, actor, payload)
    result = _create_case(session, actor, incident_id, operation, payload, is_alone=True)
    row = views.receipt(session, actor, incident_id=result.incident_id, now=clock.now())
    return Receipt(result.incident_id, row["body"], row["version"], result.is_new, result.warnings)


def _with_point(session: Session, actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload with the coordinates of the place that it names, if it names one."""
    rest = {name: value for name, value in payload.items() if name not in ("place_id", "place")}
    if "place_id" in payload:
        lon, lat = places.point_of_place(session, actor, payload["place_id"], now=clock.now())
    elif "place" in payload:
        lon, lat = places.point_of_text(session, actor, payload["place"], now=clock.now())
    else:
        return payload
    return rest | {"lon": lon, "lat": lat, "coord_sys": "wgs84"}


def report_within(
    session: Session, actor: Actor, *, id: UUID, happened_at: datetime | None = None, **payload: Any
) -> ReportResult:
    """Open a case for a report like `report`, inside the transaction of the caller.

    Args:
        happened_at: When the problem occurred, if the payload has no `occurred_at`.
    """
    operation = operation_of(actor, str(id), {"id": id} | payload)
    return _create_case(session, actor, id, operation, {"occurred_at": happened_at, "id": id} | payload)


def operation_of(actor: Actor, key: str, payload: dict[str, Any]) -> idempotency.Request:
    """Return the idempotent operation of a report. Its key is the case id made by the device.

    `@blp.keyed` cannot serve reports, for two reasons. First, a device without a network sends a report days later: as a
    pushed operation, as a request, or as both. Only the case id is then the same. Second, a repetition must get the case in
    its present state, not the answer stored at the first time.

    If two requests with one id arrive at the same time, the second one waits until the transaction of the first ends. The
    statement that claims the operation also reads the values that the case needs, and the case is inserted in the same
    transaction.
    """
    return idempotency.Request(actor.principal, key, new_case.ROUTE, idempotency.digest(payload))


def _create_case(
    session: Session,
    actor: Actor,
    incident_id: UUID,
    operation: idempotency.Request,
    payload: dict[str, Any],
    *,
    is_alone: bool = False,
) -> ReportResult:
    """Claim the operation of a report, and insert its case.

    To claim an operation is to store its key, so that no other transaction applies it.

    Args:
        is_alone: The transaction does nothing else, so it holds no locks that others wait for. It may then ask the service
            for travel times on the street network, which takes long.
    """
    report = SentReport(actor, incident_id, operation, payload, clock.now())
    situation = new_case.claim(
        session,
        operation,
        actor,
        report.expected,
        incident_id=incident_id,
        point=report.point,
        now=report.now,
    )
    if not situation["is_claimed"]:
        return repeat(session, operation)
    case = decide(session, report, situation)
    place_and_write(session, case, report.expected, is_alone=is_alone)
    return finish(session, report, case)


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report as it was sent, with its operation.

    Attributes:
        payload: The validated request.
        now: Time of reception.
        point: WGS 84 (EPSG:4326), longitude first.
        expected: What the case will probably need.
    """

    actor: Actor
    incident_id: UUID
    operation: idempotency.Request
    payload: dict[str, Any]
    now: datetime
    point: tuple[float, float] = field(init=False)
    expected: new_case.Expected = field(init=False)

    def __post_init__(self) -> None:
        """Convert the coordinates, and guess what the case will need."""
        payload = self.payload
        point = to_wgs84(payload["lon"], payload["lat"], CoordSys(payload.get("coord_sys", "wgs84")))
        object.__setattr__(self, "point", point)
        object.__setattr__(self, "expected", expected_case(payload))


def decide(session: Session, report: SentReport, situation: Mapping[str, Any]) -> NewCase:
    """Return the decisions about the case of a report whose operation is claimed.

    Args:
        situation: The row from `queries.new_case`.

    Raises:
        Conflict: A case of another operation has the id.
        Unavailable: No profile is in force.
    """
    if situation["is_id_used"]:
        raise Conflict("id_reused")
    if situation["profile_version_id"] is None:
        raise Unavailable("no_jurisdiction")
    profile = profiles.profile_by_id(session, situation["profile_version_id"])
    incoming = IncomingReport(
        actor=report.actor,
        incident_id=report.incident_id,
        payload=report.payload | {"source": source_of(report.payload)},
        lon=report.point[0],
        lat=report.point[1],
        situation=situation,
        profile=profile,
        settings=profiles.settings_for(profile, area_id=situation["area_id"], at=report.now),
        now=report.now,
    )
    return _decide(session, incoming, report.expected)


def finish(session: Session, report: SentReport, case: NewCase) -> ReportResult:
    """End the work of a case that was fixed on the spot, store the warnings, and return the result of the report."""
    if case.is_fixed:
        dispatch.end_active(session, incident_id=case.id, state="done", now=report.now)
    warnings = _warnings(case)
    if warnings:
        idempotency.add_to_result(session, report.operation, {"warnings": warnings})
    return ReportResult(case.id, True, warnings)


def _warnings(case: NewCase) -> list[dict[str, Any]]:
    payload, situation, actor = case.report.payload, case.report.situation, case.report.actor
    return report_warnings(
        lon=payload["lon"],
        lat=payload["lat"],
        is_inside=situation["is_inside"],
        is_elsewhere=not (actor.is_everywhere or situation["jurisdiction_id"] in actor.jurisdiction_ids),
        category_sent=payload.get("category"),
        category_filed=case.category.code,
        on_the_spot_refused=case.not_fixed_because,
    )


def source_of(payload: dict[str, Any]) -> str:
    """Return the source of a report: the given one, else `public` or `worker`.

    `public` means that the report is made on behalf of a resident.
    """
    return payload.get("source") or ("public" if payload.get("reporter") is not None else "worker")


def repeat(session: Session, operation: idempotency.Request) -> ReportResult:
    """Return the result of a repeated report, as it was stored for the first one.

    Raises:
        Conflict: The first request had another body.
    """
    applied = idempotency.applied_result(session, operation, reused=Conflict("id_reused"))
    assert applied is not None, "only an applied operation is not claimed"
    return ReportResult(UUID(applied["incident_id"]), False, applied.get("warnings", []))


def _decide(session: Session, report: IncomingReport, expected: new_case.Expected) -> NewCase:
    """Decide category, area, component, owner and subject of a new case.

    An unknown category becomes `unclassified`; the report row keeps the code that was sent. The owner is the unit of
    the component, or else the unit that is competent for the category in the area.
    """
    situation, payload = report.situation, report.payload
    chain = situation["chain"] or {}
    paths = {level: area["path"] for level, area in chain.items()} if situation["is_inside"] else {}
    category = category_of(report.profile, payload.get("category"))
    about = payload.get("about")
    scope_path = situation["path"]
    if about is not None or category.conduct:
        about, scope_path = one_level_up(session, about=about, path=situation["path"], now=report.now)
    link = NO_LINK
    if about is None:
        link = find_component(
            session,
            report.actor,
            jurisdiction_id=situation["jurisdiction_id"],
            category=category,
            lon=report.lon,
            lat=report.lat,
            named=payload.get("component_id"),
        )
    owner_unit_id = link.owner_unit_id
    if owner_unit_id is None and (scope_path, category.code) == (situation["path"], expected.category):
        owner_unit_id = situation["owner_unit_id"]
    elif owner_unit_id is None:
        owner_unit_id = _competent_unit(session, situation, scope_path, category)
    grid = chain.get("grid") if situation["is_inside"] else None
    subject = about or ({"kind": None, "id": None} if category.conduct else None)
    refusal = None
    if report.handled:
        refusal = on_the_spot_refusal(
            is_admitted=category.on_the_spot,
            is_about_somebody=subject is not None,
            has_grid=grid is not None,
            is_worker_here=situation["worker_name"] is not None,
        )
    return NewCase(
        report=report,
        category=category,
        paths=paths,
        grid_id=UUID(grid["id"]) if grid else None,
        scope_path=scope_path,
        owner_unit_id=owner_unit_id,
        about=subject,
        link=link,
        not_fixed_because=refusal,
    )


def _competent_unit(
    session: Session, situation: Mapping[str, Any], path: str | None, category: Category
) -> UUID | None:
    owner = areas.owner_unit(
        session, jurisdiction_id=situation["jurisdiction_id"], path=path, category=category.code
    )
    return owner["id"] if owner else None


def one_level_up(
    session: Session, *, about: dict[str, Any] | None, path: str | None, now: datetime
) -> tuple[dict[str, Any] | None, str | None]:
    """Return (subject, path) of a conduct case; supervisors of the area at `path` see the case.

    The path is one level above the areas of the subject's roles and responsibilities, so that the subject's own
    supervisor decides. Without a known subject it is one level above the given `path`. If the subject leads the top
    area or all areas, the path is that of the top area, and only supervisors of everything see the case.
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
    """Return the path of the area one level above; for the top area its own path."""
    return path.rpartition(".")[0] or path if path else None
