"""The reports of the demo: content, reporter, position and time of each. Pure.

Reports depend on the number of the day (`Roster.number`), so that the reports of a recorded day are always the same.
The set pieces of the story are in `app.demo.set_pieces`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID

from app.demo import words
from app.demo.city.city_map import lon_lat
from app.demo.followers import channel_of, payload_of_resident
from app.demo.matters import CONDUCT, FINDINGS, Finding
from app.demo.people import SANITATION, City, Person
from app.demo.placing import Place
from app.demo.roster import ZONE, Roster
from app.demo.things import point_near_component
from app.profiles.rules.profile import Handler, Profile
from app.profiles.rules.publicity import Publicity

# One case for each of these at least, `demo-worker`'s first, so that every state can be seen.
SHOWCASE = (
    ("filed", 2), ("dispatched", 3), ("accepted", 3), ("handling", 3), ("checking", 3), ("returned", 2),
    ("deferred", 2), ("rework", 2), ("verifying", 2),
)  # fmt: skip
# The reports of these come so long before the end.
SHOWCASE_MINUTES = {"dispatched": 4.0, "verifying": 7.0, "accepted": 12.0, "handling": 20.0}
# For `demo-handler`, in the grid of `demo-worker`, who will be asked to check.
SHOWCASE_OF_UNIT = (
    ("dispatched", "0206"),
    ("dispatched", "0205"),
    ("accepted", "0205"),
    ("handling", "0206"),
)
NEIGHBOUR_STREETS = ("330106005", "330106013", "330106012")
# Things come back: this share of the reports is about the place and the finding of an earlier one.
_AGAIN_SHARE, _AGAIN_WITHIN = 0.2, 20
# And this share of an hour or two before, by somebody else.
_REPEATED_SHARE = 0.07
_ENGLISH_SHARE = 0.1
_OUTSIDE_SHARE = 0.01
_QUIET_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report that will be made at the instant `at` of the simulated days.

    Attributes:
        target: State in which the case is to be at the end. None: any state.
        scene: Key of the picture that fits. None: there is none.
        theme: Set piece of the story to which the report belongs. None: it is an ordinary report.
        repeats: Id of the case that the report is about, too. A supervisor merges both. None: it is new.
        channel: By which a resident sends it over the public door: `page` or `open311`. None: `by` reports it. The photo of
            the place is then of `by`.
    """

    at: datetime
    id: UUID
    by: Person
    payload: dict[str, Any] = field(default_factory=dict)
    target: str | None = None
    scene: str | None = None
    theme: str | None = None
    repeats: UUID | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A finding with its category, grid and place."""

    grid: str
    code: str
    finding: Finding
    place: Place


class Reporting:
    """Maker of the reports of all simulated days.

    Args:
        per_day: Mean number of ordinary reports of a working day.
    """

    def __init__(self, city: City, roster: Roster, profile: Profile, per_day: float) -> None:
        self.city = city
        self.roster = roster
        self.profile = profile
        self._per_day = per_day

    def ordinary(self) -> Iterator[PlannedReport]:
        """Yield the reports of all days but the set pieces."""
        for day in self.roster.days:
            number = self.roster.number(day)
            for n in range(self._count(number)):
                random = Random(f"{self.city.seed}:report:{number}:{n}")
                at = _instant(day, random)
                if at < self.roster.last_hours:
                    yield self._ordinary(number, n, at, random)

    def report(
        self,
        key: str,
        at: datetime,
        subject: Subject,
        reporter: Person,
        random: Random,
        *,
        target: str | None = None,
        theme: str | None = None,
        repeats: UUID | None = None,
    ) -> PlannedReport:
        """Return the report of a subject by a person."""
        is_english = random.random() < _ENGLISH_SHARE
        place, finding = subject.place.words, subject.finding
        text = f"{finding.en} {place.en}." if is_english else f"{place.zh}，{finding.zh}。"
        lon, lat = lon_lat(subject.place.at)
        incident_id = self.city.id_of(f"incident:{key}", at)
        payload: dict[str, Any] = {
            "id": incident_id,
            "lon": lon,
            "lat": lat,
            "category": subject.code,
            "description": text,
            "occurred_at": at - timedelta(minutes=random.uniform(0, 15)),
            "accuracy_m": round(random.uniform(4, 30), 1),
        }
        is_own = reporter.is_worker and reporter.grids[0] == subject.grid and reporter.relation == "worker"
        if not is_own and target is None and random.random() < (0.35 if reporter.is_worker else 0.9):
            payload["reporter"] = words.resident(random)
        # Some of what the office reports it has seen by a camera.
        is_seen = (
            subject.finding.scene and not reporter.is_worker and theme is None and random.random() < 0.25
        )
        if target == "verifying" or (target is None and is_seen):
            payload.pop("reporter", None)
            payload["source"] = "video"
        category = self.profile.category(subject.code)
        if is_own and category.on_the_spot and target is None and random.random() < 0.65:
            payload["handled_on_the_spot"] = {"note": words.note("done", random)}
        return PlannedReport(at, incident_id, reporter, payload, target, finding.scene, theme, repeats)

    def subject_in(self, grid: str, codes: list[str], random: Random) -> Subject:
        """Return a subject of one of the categories that fits the grid.

        A grid without the places of all of them gets a report of rubbish.
        """
        for code in (*codes, "E0102"):
            located = self.city.placing.find(FINDINGS[code], grid, random)
            if located is None:
                continue
            finding, place = located
            # What is said of a component is mostly said beside one of the register.
            at = point_near_component(self.city, grid, code, random) if random.random() < 0.7 else None
            if at is not None and self.city.map.grid_of(at) == grid:
                place = Place(at, self.city.placing.words_near(at, grid))
            return Subject(grid, code, finding, place)
        raise ValueError(f"{grid}: nothing can be reported")

    def reporter(self, grid: str, at: datetime, random: Random) -> Person:
        """Return a person who reports something in a grid: often its worker, or somebody of the office."""
        responsible, chance = self.city.worker_of[grid], random.random()
        if chance < 0.5 and self.roster.is_on_duty(responsible.id, at):
            return responsible
        on_duty = [p for p in self.city.workers if self.roster.is_on_duty(p.id, at)]
        if chance < 0.85 and on_duty:
            return random.choice(on_duty)
        return random.choice(self.city.supervisors)

    def _count(self, number: int) -> int:
        random = Random(f"{self.city.seed}:weather:{number}")
        return round(self._per_day * (1.0 if number % 7 < 5 else 0.5) * random.uniform(0.75, 1.25))

    def _ordinary(self, number: int, n: int, at: datetime, random: Random) -> PlannedReport:
        key = f"{number}:{n}"
        subject = self._chosen_subject(number, n, random)
        if subject is None:
            return self._outside(key, at, random)
        repeated = self._repeated(number, n, at, Random(f"{self.city.seed}:repeats:{key}"))
        repeats = None
        if repeated is not None:
            repeats, subject = repeated
        residents = Random(f"{self.city.seed}:residents:{key}")
        channel = channel_of(residents)
        if channel is None or self.profile.category(subject.code).publicity is Publicity.NOT_PUBLIC:
            reporter = self.reporter(subject.grid, at, random)
            return self.report(f"case:{key}", at, subject, reporter, random, repeats=repeats)
        supervisor = residents.choice(self.city.supervisors)
        report = self.report(f"case:{key}", at, subject, supervisor, random, repeats=repeats)
        return replace(report, payload=payload_of_resident(report.payload, residents), channel=channel)

    def _chosen_subject(self, number: int, n: int, random: Random) -> Subject | None:
        """Return the subject of an ordinary report; None: it lies outside."""
        if random.random() < _OUTSIDE_SHARE:
            return None
        if random.random() >= _AGAIN_SHARE:
            return self._subject(number, n)
        earlier = number - random.randint(2, _AGAIN_WITHIN)
        return self._subject(earlier, random.randrange(max(1, self._count(earlier))))

    def _repeated(self, number: int, n: int, at: datetime, random: Random) -> tuple[UUID, Subject] | None:
        """Return id and subject of a case of the last hours that the report is about, too, or None."""
        if random.random() >= _REPEATED_SHARE:
            return None
        day = self.roster.origin + timedelta(days=number)
        for earlier in random.sample(range(self._count(number)), min(8, self._count(number))):
            drawn = Random(f"{self.city.seed}:report:{number}:{earlier}")
            reported_at = _instant(day, drawn)
            is_close = timedelta(minutes=5) < at - reported_at < timedelta(hours=4)
            if earlier == n or not is_close or reported_at >= self.roster.last_hours:
                continue
            if Random(f"{self.city.seed}:repeats:{number}:{earlier}").random() < _REPEATED_SHARE:
                continue
            subject = self._chosen_subject(number, earlier, drawn)
            if subject is not None:
                return self.city.id_of(f"incident:case:{number}:{earlier}", reported_at), subject
        return None

    def _subject(self, number: int, n: int) -> Subject:
        random = Random(f"{self.city.seed}:subject:{number}:{n}")
        codes = list(FINDINGS)
        chosen = random.choices(codes, [words.WEIGHTS.get(code, 1.0) for code in codes], k=3)
        grid = random.choices(list(self.city.grids), self._grid_weights)[0]
        return self.subject_in(grid, chosen, random)

    @cached_property
    def _grid_weights(self) -> list[float]:
        return [
            _QUIET_SHARE
            if grid == self.city.quiet_grid
            else 2.2
            if Random(f"busy:{grid}").random() < 0.2
            else 1.0
            for grid in self.city.grids
        ]

    def _outside(self, key: str, at: datetime, random: Random) -> PlannedReport:
        """Return a report from a neighbouring street, which has no grids."""
        point = self.city.point_outside(random.choice(NEIGHBOUR_STREETS), random)
        finding = random.choice(FINDINGS["E0102"])
        incident_id = self.city.id_of(f"incident:out:{key}", at)
        payload = {
            "id": incident_id,
            "lon": point.x,
            "lat": point.y,
            "category": "E0102",
            "description": f"邻近街道路边，{finding.zh}。",
            "occurred_at": at - timedelta(minutes=random.uniform(0, 15)),
            "accuracy_m": 12.0,
        }
        return PlannedReport(
            at, incident_id, random.choice(self.city.supervisors), payload, scene=finding.scene
        )

    def showcase(self) -> Iterator[PlannedReport]:
        """Yield reports chosen so that at the end there is a case in every state.

        Some of the cases are in the grids of the demo workers.
        """
        by_worker = [
            code
            for code, category in self.profile.taxonomy.categories.items()
            if category.handled_by is Handler.WORKER
            and category.priority == 3
            and not category.skills
            and code in FINDINGS
            and self.profile.lifecycle.admits(code)
        ]
        owners = [p for p in self.city.present if p.relation == "worker"]
        random = Random(f"{self.city.seed}:shown")
        demo_worker, elsewhere = owners[0], owners[2:]
        until = self.roster.until
        for target, count in SHOWCASE:
            for number in range(count):
                owner = (
                    demo_worker if number == 0 and target in ("dispatched", "accepted", "handling") else None
                )
                # What the neighbour has handled is for `demo-worker` to check.
                if number == 0 and target == "checking":
                    owner = owners[1]
                owner = owner or random.choice(elsewhere)
                at = until - timedelta(minutes=SHOWCASE_MINUTES.get(target, 60.0) + number)
                reporter = random.choice(self.city.supervisors)
                subject = self.subject_in(owner.grids[0], random.sample(by_worker, 4), random)
                report = self.report(f"shown:{target}:{number}", at, subject, reporter, random, target=target)
                if target == "filed":
                    point = self.city.point_outside(NEIGHBOUR_STREETS[0], random)
                    report.payload.update(
                        lon=point.x, lat=point.y, description=f"邻近街道路边，{subject.finding.zh}。"
                    )
                yield report
        for number, (target, code) in enumerate(SHOWCASE_OF_UNIT):
            subject = self.subject_in(demo_worker.grids[0], [code], random)
            at = until - timedelta(minutes=75 + 7 * number)
            reporter = self.city.supervisors[0]
            yield self.report(f"shown:unit:{number}", at, subject, reporter, random, target=target)

    def conduct(self) -> Iterator[PlannedReport]:
        """Yield three reports about conduct: of a worker, of a unit, and of nobody named."""
        random = Random(f"{self.city.seed}:conduct")
        worker = random.choice([p for p in self.city.workers if not p.is_sign_in])
        subjects: tuple[dict[str, Any] | None, ...] = (
            {"kind": "worker", "id": worker.id},
            {"kind": "unit", "id": self.city.units[SANITATION].id},
            None,
        )
        first, last = self.roster.first, self.roster.days[-1]
        for number, subject in enumerate(subjects):
            day = self.roster.origin + timedelta(days=(-40, -18, -3)[number])
            if not first <= day <= last:
                continue
            at = datetime.combine(day, time(10, 20), ZONE)
            lon, lat = lon_lat(random.choice(self.city.map.blocks_by_grid[worker.grids[0]]).middle)
            incident_id = self.city.id_of(f"incident:conduct:{number}", at)
            payload = {"id": incident_id, "lon": lon, "lat": lat, "category": CONDUCT}
            payload |= {
                "description": words.CONDUCT[number],
                "occurred_at": at,
                "reporter": words.resident(random),
            }
            yield PlannedReport(
                at, incident_id, self.city.supervisors[-1], payload | ({"about": subject} if subject else {})
            )


def _instant(day: date, random: Random) -> datetime:
    """Return a random instant of a day, mostly in the daytime."""
    hour = random.triangular(8, 18, 10) if random.random() < 0.88 else random.uniform(18, 23)
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hour)
