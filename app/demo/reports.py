"""The reports of the demo: content, reporter, position and time of each. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo import words
from app.demo.people import SANITATION, City, Person
from app.demo.roster import ZONE, Roster
from app.demo.shapes import point_in
from app.demo.things import point_near_component
from app.profiles.rules.profile import Handler, Profile

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


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report that will be made at the instant `at` of the simulated days.

    Attributes:
        target: State in which the case is to be at the end. None: any state.
    """

    at: datetime
    id: UUID
    by: Person
    payload: dict[str, Any] = field(default_factory=dict)
    target: str | None = None


def planned(city: City, roster: Roster, profile: Profile, cases: int) -> list[PlannedReport]:
    """Return all reports of the demo, in the order of time."""
    showcase = list(_showcase_reports(city, roster, profile, cases))
    conduct = list(_conduct_reports(city, roster)) if cases >= 20 else []
    random = Random(f"{city.seed}:instants")
    weights = [_weight(day, roster) for day in roster.days]
    ordinary = [
        _ordinary_report(city, roster, profile, number, _instant(roster, weights, random))
        for number in range(max(0, cases - len(showcase) - len(conduct)))
    ]
    return sorted([*ordinary, *showcase, *conduct], key=lambda report: (report.at, report.id))


def _weight(day: date, roster: Roster) -> float:
    share = 1.0 if day.weekday() < 5 else 0.5
    return share * Random(f"weather:{day}").uniform(0.75, 1.25)


def _instant(roster: Roster, weights: list[float], random: Random) -> datetime:
    """Return a random instant of the simulated days, mostly in the daytime.

    It is before `roster.last_hours`.
    """
    while True:
        day = random.choices(roster.days, weights)[0]
        hour = random.triangular(8, 18, 10) if random.random() < 0.88 else random.uniform(18, 23)
        at = datetime.combine(day, time(), ZONE) + timedelta(hours=hour)
        if at < roster.last_hours:
            return at


def _ordinary_report(
    city: City, roster: Roster, profile: Profile, number: int, at: datetime
) -> PlannedReport:
    random = Random(f"{city.seed}:report:{number}")
    codes = list(profile.taxonomy.categories)
    code = random.choices(codes, [words.WEIGHTS.get(category_code, 1.0) for category_code in codes])[0]
    if random.random() < 0.01:
        shapes = {shape.code: shape.polygon for shape in city.shapes if shape.code in NEIGHBOUR_STREETS}
        point = point_in(shapes[random.choice(NEIGHBOUR_STREETS)], random)
        return _planned_report(
            city, profile, random.choice(city.supervisors), at, f"out:{number}", code, point, random
        )
    grid_weights = [2.2 if Random(f"busy:{grid}").random() < 0.2 else 1.0 for grid in city.grids]
    grid = random.choices(list(city.grids), grid_weights)[0]
    responsible, chance = city.worker_of[grid], random.random()
    on_duty = [p for p in city.workers if roster.is_on_duty(p.id, at)]
    reporter = random.choice(city.supervisors)
    if chance < 0.5 and roster.is_on_duty(responsible.id, at):
        reporter = responsible
    elif chance < 0.85 and on_duty:
        reporter = random.choice(on_duty)
    point = point_in(city.grids[grid], random)
    # What is said of a component is mostly said beside one of the register.
    component_random = Random(f"{city.seed}:beside:{number}")
    if component_random.random() < 0.7:
        point = point_near_component(city, grid, code, component_random) or point
    return _planned_report(
        city, profile, reporter, at, f"case:{number}", code, point, random, is_own=reporter is responsible
    )


# A report has so many parts, each drawn by its caller.
def _planned_report(  # noqa: PLR0913
    city: City,
    profile: Profile,
    reporter: Person,
    at: datetime,
    key: str,
    code: str,
    point: Any,
    random: Random,
    *,
    is_own: bool = False,
    target: str | None = None,
) -> PlannedReport:
    category = profile.category(code)
    payload: dict[str, Any] = {
        "lon": point.x,
        "lat": point.y,
        "category": code,
        "description": words.finding_text(code, category.name.zh, random),
        "occurred_at": at - timedelta(minutes=random.uniform(0, 15)),
        "accuracy_m": round(random.uniform(4, 30), 1),
    }
    if not is_own and target is None and random.random() < (0.35 if reporter.is_worker else 0.9):
        payload["reporter"] = words.resident(random)
    # Some of what the office reports it has seen by a camera.
    if target == "verifying" or (
        target is None and not reporter.is_worker and Random(f"{city.seed}:video:{key}").random() < 0.25
    ):
        payload.pop("reporter", None)
        payload["source"] = "video"
    if is_own and category.on_the_spot and target is None and random.random() < 0.65:
        payload["handled_on_the_spot"] = {"note": words.note("done", random)}
    incident_id = city.id_of(f"incident:{key}", at)
    return PlannedReport(at, incident_id, reporter, {"id": incident_id} | payload, target)


def _showcase_reports(city: City, roster: Roster, profile: Profile, cases: int) -> Iterator[PlannedReport]:
    """Yield reports chosen so that at the end there is a case in every state.

    Some of the cases are in the grids of the demo workers.
    """
    by_worker = [
        code
        for code, category in profile.taxonomy.categories.items()
        if category.handled_by is Handler.WORKER
        and category.priority == 3
        and not category.skills
        and profile.lifecycle.admits(code)
    ]
    owners = [p for p in city.present if p.relation == "worker"]
    random = Random(f"{city.seed}:shown")
    demo_worker, elsewhere = owners[0], owners[2:]
    outside = next(shape.polygon for shape in city.shapes if shape.code == NEIGHBOUR_STREETS[0])
    for target, count in SHOWCASE:
        for number in range(count if cases >= 200 else min(count, 1)):
            owner = demo_worker if number == 0 and target in ("dispatched", "accepted", "handling") else None
            # What the neighbour has handled is for `demo-worker` to check.
            if number == 0 and target == "checking":
                owner = owners[1]
            owner = owner or random.choice(elsewhere)
            point = point_in(outside if target == "filed" else city.grids[owner.grids[0]], random)
            at = roster.until - timedelta(minutes=SHOWCASE_MINUTES.get(target, 60.0) + number)
            reporter = random.choice(city.supervisors)
            key = f"shown:{target}:{number}"
            yield _planned_report(
                city, profile, reporter, at, key, random.choice(by_worker), point, random, target=target
            )

    for number, (target, code) in enumerate(SHOWCASE_OF_UNIT):
        point = point_in(city.grids[demo_worker.grids[0]], random)
        at = roster.until - timedelta(minutes=75 + 7 * number)
        key = f"shown:unit:{number}"
        yield _planned_report(city, profile, city.supervisors[0], at, key, code, point, random, target=target)


def _conduct_reports(city: City, roster: Roster) -> Iterator[PlannedReport]:
    """Yield three reports about conduct: of a worker, of a unit, and of nobody named."""
    span = roster.until - datetime.combine(roster.first, time(9), ZONE)
    random = Random(f"{city.seed}:conduct")
    worker = random.choice([p for p in city.workers if not p.is_sign_in])
    subjects: tuple[dict[str, Any] | None, ...] = (
        {"kind": "worker", "id": worker.id},
        {"kind": "unit", "id": city.units[SANITATION].id},
        None,
    )
    for number, subject in enumerate(subjects):
        point = point_in(city.grids[worker.grids[0]], random)
        at = roster.until - span * (0.6, 0.3, 0.04)[number]
        incident_id = city.id_of(f"incident:conduct:{number}", at)
        payload = {"id": incident_id, "lon": point.x, "lat": point.y, "category": "E0690"}
        payload |= {
            "description": words.CONDUCT[number],
            "occurred_at": at,
            "reporter": words.resident(random),
        }
        yield PlannedReport(
            at, incident_id, city.supervisors[-1], payload | ({"about": subject} if subject else {})
        )
