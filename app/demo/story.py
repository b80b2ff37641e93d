"""Simulation of the past days of the demo, by service functions under a simulated clock.

People start duties, report, accept, handle, check and visit, offers expire and deadlines pass, each at its own instant.
The next actions follow from the stored state of the cases, so that an interrupted run continues where it ended. Only
the ways of workers and the photos are written directly, in the form in which the product's jobs leave them.
"""

import heapq
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.errors import DomainError
from app.demo import queries, words
from app.demo.case_acts import Act, Case
from app.demo.notices import Notices
from app.demo.patrols import patrols
from app.demo.people import City, Person
from app.demo.photos import Album, is_pictured
from app.demo.plans import Planner
from app.demo.public_door import PublicDoor
from app.demo.reports import PlannedReport, Reporting
from app.demo.roster import ZONE, Roster
from app.demo.rule_change import rule_change
from app.demo.set_pieces import planned
from app.demo.visits import Visit, planned_visits, tasks_done
from app.households import service as households
from app.incidents import jobs
from app.incidents import service as incidents
from app.media.service import NO_RECORDS
from app.profiles.rules.profile import Profile
from app.settings import Settings
from app.workforce import service as workforce

log = logging.getLogger("gridward.demo")

# An act that is refused (somebody was faster, a worker is full) is tried again so often.
ATTEMPTS = 4
# When somebody looks at what is due, in minutes after midnight.
TICKS = [0, *range(8 * 60 + 6, 21 * 60, 75)]
_MERGED_AFTER = timedelta(minutes=12)
_VISITS_AT, _PATROLS_AT = time(17, 40), time(18, 20)


class Story:
    def __init__(
        self,
        city: City,
        roster: Roster,
        profile: Profile,
        settings: Settings,
        *,
        per_day: float,
        album: Album,
    ) -> None:
        self._city = city
        self._album = album
        self._roster = roster
        self._planner = Planner(city, roster, profile)
        self._reports = planned(Reporting(city, roster, profile, per_day))
        self._scenes = {r.id: r.scene for r in self._reports if r.scene and is_pictured(r, roster.until)}
        self._targets = {report.id: report.target for report in self._reports if report.target}
        self._themes = {report.id: report.theme for report in self._reports if report.theme}
        self._actors: dict[UUID, Actor] = {}
        self._refusals: dict[UUID, int] = {}
        # As the story knows the cases; what was planned for an earlier version does not happen.
        self._versions: dict[UUID, int] = {}
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0
        self._floor: datetime | None = None
        self._door = PublicDoor(city, roster, profile, settings, push=self._push, plan=self._plan)
        self._notices = Notices(city, roster, settings, push=self._push, on_case=self._plan_changed)

    @property
    def report_count(self) -> int:
        return len(self._reports)

    def run(self, on_report: Callable[[int], None]) -> None:
        """Run all simulated days to the end.

        Args:
            on_report: Called with the number of reports that were stored.
        """
        with db.read_session() as session:
            reported_ids = queries.reported(session, [report.id for report in self._reports])
            self._floor = queries.last_event_at(session)
            open_cases = list(queries.open_cases(session, self._city.jurisdiction_id))
        for case, changed_at in open_cases:
            self._plan(case, changed_at)
        on_report(len(reported_ids))
        for report in self._reports:
            if report.id not in reported_ids:
                self._push(report.at, self._report_of(report, on_report))
        for at, act in self._routine():
            self._push(at, act)
        for at, act in (*self._notices.events(), *rule_change(self._city, self._roster)):
            if self._floor is None or at > self._floor:
                self._push(at, act)
        while self._heap and self._heap[0][0] <= self._roster.until:
            at, _, act = heapq.heappop(self._heap)
            with clock.at(max(at, self._floor or at)):
                act()

    def _push(self, at: datetime, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, act))

    def _routine(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield the events that do not depend on cases, for each day that is not over.

        These are starts and ends of duties, visits, ways of workers, and runs of the periodic job.
        """
        for day in self._roster.days:
            midnight = datetime.combine(day, time(), ZONE)
            if self._floor and midnight + timedelta(days=1) < self._floor:
                continue
            spans = self._roster.spans(day)
            if spans:
                duty_start, duty_end = midnight + timedelta(hours=8), midnight + timedelta(hours=18)
                off_duty = [worker for worker, span in spans.items() if span.until is not None]
                yield duty_start, self._duty_of(list(spans), duty_start, on_duty=True)
                yield duty_end, self._duty_of(off_duty, duty_end, on_duty=False)
                yield datetime.combine(day, _VISITS_AT, ZONE), self._visits_of(day)
                yield datetime.combine(day, _PATROLS_AT, ZONE), self._patrols_of(day)
            for minutes in TICKS:
                yield midnight + timedelta(minutes=minutes), self._tick
        yield from self._flood_watch()
        if self._roster.is_shown:
            since = self._roster.last_hours
            yield since, self._duty_of([person.id for person in self._city.present], since, on_duty=True)

    def _flood_watch(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield the events of the night of the flood: a watch, and a call for help."""
        flood = self._roster.flood()
        if flood is None or flood.until is None or (self._floor and flood.since < self._floor):
            return
        watch = self._roster.watch()
        yield flood.since, self._duty_of(watch, flood.since, on_duty=True)
        yield flood.until, self._duty_of(watch, flood.until, on_duty=False)
        for minutes in range(10, 320, 20):
            yield flood.since + timedelta(minutes=minutes), self._tick
        caller = self._city.people[watch[0]]
        call_id = self._city.id_of("sos:flood", flood.since)
        for minutes, step in ((95, "raise"), (98, "acknowledge"), (131, "close")):
            yield flood.since + timedelta(minutes=minutes), self._call_of(caller, call_id, step)

    def _call_of(self, caller: Person, call_id: UUID, step: str) -> Callable[[], None]:
        """Return an event that is a step of a worker's call for help."""

        def call() -> None:
            supervisor = self._actor(self._city.supervisors[0].id)
            lon, lat = self._city.lon_lat_in(caller.grids[0])
            actor = self._actor(caller.id) if step == "raise" else supervisor
            with db.transaction(actor) as session:
                if step == "raise":
                    note = "被积水围困，请支援"
                    workforce.raise_sos(
                        session, actor, id=call_id, lon=lon, lat=lat, accuracy_m=15.0, note=note
                    )
                elif step == "acknowledge":
                    workforce.acknowledge_sos(session, actor, sos_id=call_id)
                else:
                    workforce.close_sos(
                        session, actor, sos_id=call_id, outcome="helped", note="已转移到安全处"
                    )

        return call

    def _visits_of(self, day: date) -> Callable[[], None]:
        """Return an event in which the workers hand in their visits of the day."""

        def hand_in() -> None:
            now = clock.now()
            by_worker: dict[UUID, list[Visit]] = defaultdict(list)
            for visit in planned_visits(self._city, self._roster, day):
                if visit.payload["visited_at"] <= now:
                    by_worker[visit.by.id].append(visit)
            for worker_id, visits in by_worker.items():
                actor = self._actor(worker_id)
                rows = [visit.payload | {"care_done": tasks_done(self._city, visit)} for visit in visits]
                with db.transaction(actor) as session:
                    try:
                        with session.begin_nested():
                            households.record_visits(session, actor, rows)
                    except DomainError as error:
                        log.debug("visits of %s on %s: %s", worker_id, day, error)

        return hand_in

    def _patrols_of(self, day: date) -> Callable[[], None]:
        """Return an event that stores the ways of the workers whose duty of the day has ended."""

        def store() -> None:
            ways = [(patrol.worker_id, patrol.wkt) for patrol in patrols(self._city, self._roster, day)]
            with db.transaction() as session:
                queries.store_tracks(session, ways, now=clock.now())

        return store

    def _duty_of(self, workers: list[UUID], at: datetime, *, on_duty: bool) -> Callable[[], None]:
        def change() -> None:
            with db.transaction() as session:
                for worker in workers:
                    actor = self._actor(worker)
                    try:
                        workforce.set_duty(session, actor, worker_id=worker, on_duty=on_duty, at=at)
                    except DomainError as error:
                        # It refuses before it writes, so the others' duty stands.
                        log.warning("duty of %s at %s: %s", worker, at, error)

        return change

    def _tick(self) -> None:
        """Run the periodic job, and plan the next actions on the cases changed by it."""
        jobs.run_due(clock.now())
        self._plan_changed()

    def _plan_changed(self) -> None:
        """Plan the next actions on the cases that were changed or opened at this instant."""
        now = clock.now()
        with db.read_session() as session:
            changed = list(queries.changed_at(session, now))
        for case in changed:
            self._plan(case, now)

    def _report_of(self, report: PlannedReport, on_report: Callable[[int], None]) -> Callable[[], None]:
        def submit() -> None:
            actor = self._actor(report.by.id)
            with db.transaction(actor) as session:
                if report.channel is None:
                    incidents.report(session, actor, **report.payload)
                else:
                    self._door.file(session, report)
                case = queries.case(session, report.id)
            self._plan(case, clock.now())
            self._door.follow(report, case)
            if report.id in self._scenes:
                photo = self._album.take(actor, report.id, self._scenes[report.id], version=0, is_after=False)
                with db.transaction() as session:
                    incidents.attach(session, actor, NO_RECORDS, incident_id=report.id, media_id=photo)
            if report.repeats is not None:
                at = clock.now() + _MERGED_AFTER
                self._push(at, self._merge_of(report.id, report.repeats))
            on_report(1)

        return submit

    def _merge_of(self, incident_id: UUID, into_id: UUID) -> Callable[[], None]:
        """Return an event in which a supervisor merges a repeat report into its case."""

        def merge() -> None:
            actor = self._actor(self._city.supervisors[0].id)
            try:
                with db.transaction(actor) as session:
                    incidents.merge(
                        session, actor, incident_id=incident_id, into_id=into_id, reason=words.REPEATED
                    )
                    case = queries.case(session, into_id)
            except DomainError as error:
                log.debug("merge of %s: %s", incident_id, error)
                return
            self._versions.pop(incident_id, None)
            self._plan(case, clock.now())

        return merge

    def _plan(self, case: Case, now: datetime) -> None:
        """Put the next action on the case into the queue of simulated events."""
        self._versions[case.id] = case.version
        if case.state == "offered" and case.expires_at is not None:
            self._push(clock.now() + timedelta(seconds=5), self._deliver_of(case))
            self._push(case.expires_at + timedelta(seconds=2), self._tick_for(case))
        target = self._targets.get(case.id)
        theme = self._themes.get(case.id)
        act = (
            self._planner.next_act(case, now, theme)
            if target is None
            else self._planner.hasten(case, now, target)
        )
        if act is not None:
            self._push(act.at, self._carry_out_of(case, act))
        self._door.ask(case)

    def _deliver_of(self, case: Case) -> Callable[[], None]:
        """Return an event in which the worker's phone confirms that an offer has arrived."""

        def reach() -> None:
            if self._versions.get(case.id) == case.version and case.offer_id and case.worker_id:
                with db.transaction() as session:
                    incidents.deliver(session, self._actor(case.worker_id), offer_id=case.offer_id)

        return reach

    def _tick_for(self, case: Case) -> Callable[[], None]:
        """Return an event that runs the periodic job when an offer expires.

        The event does nothing if the case has changed since.
        """

        def tick() -> None:
            if self._versions.get(case.id) == case.version:
                self._tick()

        return tick

    def _carry_out_of(self, planned_case: Case, act: Act) -> Callable[[], None]:
        def carry_out() -> None:
            if self._versions.get(planned_case.id) != planned_case.version:
                return
            photos = self._photos_of(planned_case, act)
            try:
                with db.transaction() as session:
                    self._perform(session, planned_case, act, photos)
                    case = queries.case(session, planned_case.id)
            except DomainError as error:
                self._try_again(planned_case, act, error)
                return
            self._plan(case, clock.now())

        return carry_out

    def _photos_of(self, case: Case, act: Act) -> dict[str, Any]:
        """Return a new photo of the place after the handling, as arguments of the action.

        Return {} for other actions, and for a case whose report had no photo.
        """
        if act.verb != "feed_back" or case.id not in self._scenes:
            return {}
        actor = self._actor(act.by.id)
        photo = self._album.take(actor, case.id, self._scenes[case.id], version=case.version, is_after=True)
        return {"media": [photo]}

    def _perform(self, session: Session, case: Case, act: Act, photos: dict[str, Any]) -> None:
        actor = self._actor(act.by.id)
        if act.verb in ("accept", "decline") and case.assignment_id is not None:
            respond = incidents.accept if act.verb == "accept" else incidents.decline
            respond(session, actor, assignment_id=case.assignment_id, **act.args)
        elif act.verb == "correct":
            incidents.correct(session, actor, incident_id=case.id, expected=None, **act.args)
        else:
            incidents.apply_transition(
                session, actor, incident_id=case.id, action=act.verb, **act.args, **photos
            )

    def _try_again(self, case: Case, act: Act, error: DomainError) -> None:
        attempt = self._refusals[case.id] = self._refusals.get(case.id, 0) + 1
        log.debug("%s of %s (%s): %s", act.verb, case.id, case.status, error)
        if attempt <= ATTEMPTS:
            retry_at = clock.now() + timedelta(minutes=55 * attempt)

            def plan_anew() -> None:
                if self._versions.get(case.id) == case.version:
                    self._plan(case, clock.now())

            self._push(retry_at, plan_anew)

    def _actor(self, person_id: UUID) -> Actor:
        actor = self._actors.get(person_id)
        if actor is None:
            actor = self._actors[person_id] = self._city.actor(self._city.people[person_id])
        return actor
