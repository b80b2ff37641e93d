"""Loading of the day to simulate, from the database and optionally from a file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import calendar as clocks
from app.core import clock, db
from app.exchange import service as exchange
from app.profiles import service as profiles
from app.profiles.rules.profile import UNCLASSIFIED, Category, Handler, ModeSettings, Profile, parse_profile
from app.simulation import queries
from app.simulation.rules.day import DAY_S
from app.simulation.rules.incidents import Incident
from app.simulation.rules.people import Behaviour, Worker
from app.simulation.rules.policies import POLICIES
from app.simulation.rules.scenarios import Report


class NoDay(Exception):
    """Raised if no day can be simulated. The text of the exception has the reason."""


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """The day to simulate, and the changes to it.

    Attributes:
        day: Local date. None: the newest day before today with a report.
        file: File with reports that replace the stored cases.
        weights: Weights of the dispatch rules that replace those of the profile (the settings of the jurisdiction).
        shift: Begin and end of duty for all workers, in minutes after midnight. None: the recorded duties, or 8 to 18 o'clock
            on a day without any.
        follow_h: Hours from midnight for which the tasks are simulated.
    """

    jurisdiction: str | None = None
    day: date | None = None
    file: Path | None = None
    options: exchange.Options = field(default_factory=exchange.Options)
    policies: Sequence[str] = tuple(POLICIES)
    weights: Mapping[str, Any] = field(default_factory=dict)
    capacity: int | None = None
    storm: float = 1.0
    absent: float = 0.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    shift: tuple[int, int] | None = None
    follow_h: int = 48


@dataclass(frozen=True, slots=True)
class LoadedDay:
    """A day that was read and can be simulated.

    Attributes:
        start, ends: Its first and last midnight in local time, as UTC instants.
        until: Seconds from the start after which the simulation ends.
        refused: Number of rows of the file that were refused.
    """

    jurisdiction_id: UUID
    profile: Profile
    settings: ModeSettings
    start: datetime
    ends: datetime
    until: int
    reports: list[Report]
    workers: list[Worker]
    refused: int
    behaviour: Behaviour

    def incidents(self, session: Session, reports: Sequence[Report]) -> list[Incident]:
        """Return the reports as incidents.

        Each incident has its areas, and skills, deadline and (if the report has none) priority from its category.
        """
        chains = self._chains(session, [(report.lon, report.lat) for report in reports])
        # A copy that fell off the grids' edge stands where the real one does.
        strays = {n: report for n, report in enumerate(reports) if report.origin and "grid" not in chains[n]}
        moved_back = [
            replace(report, lon=report.origin[0], lat=report.origin[1])
            for report in strays.values()
            if report.origin
        ]
        replaced = dict(
            zip(
                strays,
                zip(moved_back, self._chains(session, [(b.lon, b.lat) for b in moved_back]), strict=True),
                strict=True,
            )
        )
        pairs = zip(reports, chains, strict=True)
        return [self._incident(*replaced.get(n, pair)) for n, pair in enumerate(pairs)]

    def _chains(self, session: Session, points: Sequence[tuple[float, float]]) -> list[dict[str, str]]:
        return queries.chains(session, jurisdiction_id=self.jurisdiction_id, points=points)

    def _incident(self, report: Report, chain: Mapping[str, str]) -> Incident:
        category = category_of(self.profile, report.category)
        limit = next((c.limit for c in category.conditions if report.condition in (None, c.code)), None)
        due = None if limit is None else clocks.due_at(report.at, limit, self.profile.calendar)
        return Incident(
            id=report.id,
            name=report.name,
            at=self.second(report.at),
            lon=report.lon,
            lat=report.lat,
            category=category.code,
            priority=report.priority or category.priority,
            skills=category.skills,
            chain=chain,
            due=None if due is None else self.second(due),
            apart=_undispatchable_reason(category, chain),
        )

    @property
    def day(self) -> date:
        return self.start.astimezone(self.profile.calendar.zone).date()

    def moment(self, second: int) -> datetime:
        """Return a second of the simulated day as an instant in local time."""
        return (self.start + timedelta(seconds=second)).astimezone(self.profile.calendar.zone)

    def second(self, at: datetime) -> int:
        return round((at - self.start).total_seconds())


def category_of(profile: Profile, code: str) -> Category:
    """Return the category with this code. If there is none, return the unclassified category."""
    return profile.category(code if code in profile.taxonomy.categories else UNCLASSIFIED)


def _undispatchable_reason(category: Category, chain: Mapping[str, str]) -> str:
    """Return why dispatch offers an incident to no worker, as a code; "" if it does."""
    if category.conduct:
        return "conduct"
    if "grid" not in chain:
        return "no_grid"
    return "unit_queue" if category.handled_by is Handler.UNIT else ""


@contextmanager
def snapshot() -> Iterator[Session]:
    """Open a read-only transaction in which all statements see the same data."""
    engine = db.engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(engine) as session, session.begin():
        yield session


def load(session: Session, request: SimulationRequest) -> LoadedDay:
    """Read the reports, workers and rules of the day to simulate. Stores nothing.

    Raises:
        FileRefused: The file cannot be read.
        DomainError: The jurisdiction or its profile cannot be used.
        NoDay: There are no reports, or no workers on duty.
    """
    jurisdiction_id = profiles.jurisdiction_named(session, request.jurisdiction)
    profile = _profile(session, request, jurisdiction_id)
    settings = profile.modes[profiles.NORMAL]
    zone = profile.calendar.zone
    refused: Sequence[object] = ()
    if request.file is not None:
        options = replace(request.options, jurisdiction=request.jurisdiction)
        rows, refused = exchange.preview_incidents(session, request.file, options)
        file_reports = [Report(row.id, row.name, row.at, row.lon, row.lat, row.category) for row in rows]
        if not file_reports:
            raise NoDay("The file has no row that an import would take.")
        day = request.day or max(report.at for report in file_reports).astimezone(zone).date()
        since, until = _bounds(day, zone)
        reports = sorted((r for r in file_reports if since <= r.at < until), key=lambda r: (r.at, r.id))
    else:
        day = request.day or _newest_day(session, jurisdiction_id, zone)
        since, until = _bounds(day, zone)
        reports = [
            Report(
                id=row["id"],
                name=row["case_no"],
                at=row["reported_at"],
                lon=row["lon"],
                lat=row["lat"],
                category=row["category"],
                priority=row["priority"],
                condition=row["condition"],
            )
            for row in queries.reports(session, jurisdiction_id=jurisdiction_id, since=since, until=until)
        ]
    if not reports:
        raise NoDay(f"Nothing was reported on {day}.")
    workers = _workers(session, request, jurisdiction_id, since, until)
    if not any(worker.spans for worker in workers):
        raise NoDay(f"Nobody who looks after an area was on duty on {day}.")
    return LoadedDay(
        jurisdiction_id=jurisdiction_id,
        profile=profile,
        settings=settings,
        start=since,
        ends=until,
        until=request.follow_h * 3600,
        reports=reports,
        workers=workers,
        refused=len(refused),
        behaviour=replace(request.behaviour, planning=profile.planning),
    )


def _profile(session: Session, request: SimulationRequest, jurisdiction_id: UUID) -> Profile:
    """Return the profile (settings) in force, with the dispatch weights of the request.

    Raises:
        ProfileInvalid: The profile with these weights is not valid.
    """
    document = orjson.loads(profiles.document_in_force(session, jurisdiction_id)[0])["data"]
    if request.weights:
        document["dispatch_weights"] |= request.weights
    return parse_profile(document)


def _bounds(day: date, zone: Any) -> tuple[datetime, datetime]:
    return (
        datetime.combine(day, time(), zone).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def _newest_day(session: Session, jurisdiction_id: UUID, zone: Any) -> date:
    midnight = datetime.combine(clock.now().astimezone(zone).date(), time(), zone)
    newest = queries.newest_report(session, jurisdiction_id=jurisdiction_id, before=midnight)
    if newest is None:
        raise NoDay("Nothing was reported before today.")
    return newest.astimezone(zone).date()


def _workers(
    session: Session, request: SimulationRequest, jurisdiction_id: UUID, since: datetime, until: datetime
) -> list[Worker]:
    rows = queries.workers(session, jurisdiction_id=jurisdiction_id, at=clock.now(), since=since, until=until)
    recorded_spans = {row["id"]: _spans(row["duties"], since, until) for row in rows}
    shift = request.shift
    if shift is None and not any(recorded_spans.values()):
        shift = (8 * 60, 18 * 60)
    days = range(-(-request.follow_h * 3600 // DAY_S))
    return [
        Worker(
            id=row["id"],
            name=row["name"],
            capacity=request.capacity or row["capacity"],
            skills=frozenset(row["skills"]),
            homes=[(path, role) for path, role in row["homes"]],
            start=(row["lon"], row["lat"]),
            spans=[
                (day * DAY_S + span_start, day * DAY_S + span_end)
                for day in days
                for span_start, span_end in (
                    [(60 * shift[0], 60 * shift[1])] if shift else recorded_spans[row["id"]]
                )
            ],
        )
        for row in rows
    ]


def _spans(
    duties: Sequence[tuple[str, str | None]], since: datetime, until: datetime
) -> list[tuple[int, int]]:
    """Return the periods on duty within the day, in seconds from its start.

    If the simulation lasts longer than a day, the same periods are repeated on each following day.
    """
    spans = []
    for duty_start, duty_end in duties:
        starts_at = max(datetime.fromisoformat(duty_start), since)
        ends_at = until if duty_end is None else min(datetime.fromisoformat(duty_end), until)
        if ends_at > starts_at:
            spans.append(
                (round((starts_at - since).total_seconds()), round((ends_at - since).total_seconds()))
            )
    return spans
