"""What is reported in the demo, by whom, where and when. Pure."""

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
from app.demo.things import near_one
from app.profiles.rules.profile import Handler, Profile

# One case for each of these at least, `demo-worker`'s first, so that every state can be seen.
SHOWN = (
    ("filed", 2), ("dispatched", 3), ("accepted", 3), ("handling", 3), ("checking", 3), ("returned", 2),
    ("deferred", 2), ("rework", 2), ("verifying", 2),
)  # fmt: skip
# The reports of these come so long before the end.
SHOWN_MINUTES = {"dispatched": 4.0, "verifying": 7.0, "accepted": 12.0, "handling": 20.0}
# For `demo-handler`, in the grid of `demo-worker`, who will be asked to check.
SHOWN_OF_UNIT = (("dispatched", "0206"), ("dispatched", "0205"), ("accepted", "0205"), ("handling", "0206"))
NEIGHBOUR_STREETS = ("330106005", "330106013", "330106012")


@dataclass(frozen=True, slots=True)
class Planned:
    """A report to come. `target`: the state in which the case is to be left."""

    at: datetime
    id: UUID
    by: Person
    said: dict[str, Any] = field(default_factory=dict)
    target: str | None = None


def planned(city: City, roster: Roster, profile: Profile, cases: int) -> list[Planned]:
    """All reports, in the order of time."""
    shown = list(_shown(city, roster, profile, cases))
    conduct = list(_conduct(city, roster)) if cases >= 20 else []
    random = Random(f"{city.seed}:instants")
    weights = [_weight(day, roster) for day in roster.days]
    made = [
        _ordinary(city, roster, profile, number, _instant(roster, weights, random))
        for number in range(max(0, cases - len(shown) - len(conduct)))
    ]
    return sorted([*made, *shown, *conduct], key=lambda one: (one.at, one.id))


def _weight(day: date, roster: Roster) -> float:
    share = 1.0 if day.weekday() < 5 else 0.5
    return share * Random(f"weather:{day}").uniform(0.75, 1.25)


def _instant(roster: Roster, weights: list[float], random: Random) -> datetime:
    """A moment of some day, mostly by day; before the last hours."""
    while True:
        day = random.choices(roster.days, weights)[0]
        hour = random.triangular(8, 18, 10) if random.random() < 0.88 else random.uniform(18, 23)
        at = datetime.combine(day, time(), ZONE) + timedelta(hours=hour)
        if at < roster.last_hours:
            return at


def _ordinary(city: City, roster: Roster, profile: Profile, number: int, at: datetime) -> Planned:
    random = Random(f"{city.seed}:report:{number}")
    codes = list(profile.taxonomy.categories)
    code = random.choices(codes, [words.WEIGHTS.get(one, 1.0) for one in codes])[0]
    if random.random() < 0.01:
        shapes = {shape.code: shape.polygon for shape in city.shapes if shape.code in NEIGHBOUR_STREETS}
        spot = point_in(shapes[random.choice(NEIGHBOUR_STREETS)], random)
        return _planned(
            city, profile, random.choice(city.supervisors), at, f"out:{number}", code, spot, random
        )
    busy = [2.2 if Random(f"busy:{grid}").random() < 0.2 else 1.0 for grid in city.grids]
    grid = random.choices(list(city.grids), busy)[0]
    own, chance = city.worker_of[grid], random.random()
    there = [p for p in city.workers if roster.is_on_duty(p.id, at)]
    by = random.choice(city.supervisors)
    if chance < 0.5 and roster.is_on_duty(own.id, at):
        by = own
    elif chance < 0.85 and there:
        by = random.choice(there)
    spot = point_in(city.grids[grid], random)
    # What is said of a component is mostly said beside one of the register.
    beside = Random(f"{city.seed}:beside:{number}")
    if beside.random() < 0.7:
        spot = near_one(city, grid, code, beside) or spot
    return _planned(city, profile, by, at, f"case:{number}", code, spot, random, is_own=by is own)


def _planned(
    city: City,
    profile: Profile,
    by: Person,
    at: datetime,
    key: str,
    code: str,
    spot: Any,
    random: Random,
    *,
    is_own: bool = False,
    target: str | None = None,
) -> Planned:
    category = profile.category(code)
    said: dict[str, Any] = {
        "lon": spot.x,
        "lat": spot.y,
        "category": code,
        "description": words.found(code, category.name.zh, random),
        "occurred_at": at - timedelta(minutes=random.uniform(0, 15)),
        "accuracy_m": round(random.uniform(4, 30), 1),
    }
    if not is_own and target is None and random.random() < (0.35 if by.is_worker else 0.9):
        said["reporter"] = words.resident(random)
    # Some of what the office reports it has seen by a camera.
    if target == "verifying" or (
        target is None and not by.is_worker and Random(f"{city.seed}:video:{key}").random() < 0.25
    ):
        said.pop("reporter", None)
        said["source"] = "video"
    if is_own and category.on_the_spot and target is None and random.random() < 0.65:
        said["handled_on_the_spot"] = {"note": words.note("done", random)}
    incident_id = city.id_of(f"incident:{key}", at)
    return Planned(at, incident_id, by, {"id": incident_id} | said, target)


def _shown(city: City, roster: Roster, profile: Profile, cases: int) -> Iterator[Planned]:
    """One of each state in the grids of the demo workers, more of it elsewhere."""
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
    mine, elsewhere = owners[0], owners[2:]
    outside = next(shape.polygon for shape in city.shapes if shape.code == NEIGHBOUR_STREETS[0])
    for target, count in SHOWN:
        for number in range(count if cases >= 200 else min(count, 1)):
            owner = mine if number == 0 and target in ("dispatched", "accepted", "handling") else None
            # What the neighbour has handled is for `demo-worker` to check.
            if number == 0 and target == "checking":
                owner = owners[1]
            owner = owner or random.choice(elsewhere)
            spot = point_in(outside if target == "filed" else city.grids[owner.grids[0]], random)
            at = roster.until - timedelta(minutes=SHOWN_MINUTES.get(target, 60.0) + number)
            by = random.choice(city.supervisors)
            key = f"shown:{target}:{number}"
            yield _planned(city, profile, by, at, key, random.choice(by_worker), spot, random, target=target)

    for number, (target, code) in enumerate(SHOWN_OF_UNIT):
        spot = point_in(city.grids[mine.grids[0]], random)
        at = roster.until - timedelta(minutes=75 + 7 * number)
        key = f"shown:unit:{number}"
        yield _planned(city, profile, city.supervisors[0], at, key, code, spot, random, target=target)


def _conduct(city: City, roster: Roster) -> Iterator[Planned]:
    """Matters about a worker, about a unit, and about nobody named."""
    span = roster.until - datetime.combine(roster.first, time(9), ZONE)
    random = Random(f"{city.seed}:conduct")
    worker = random.choice([p for p in city.workers if not p.is_sign_in])
    subjects: tuple[dict[str, Any] | None, ...] = (
        {"kind": "worker", "id": worker.id},
        {"kind": "unit", "id": city.units[SANITATION].id},
        None,
    )
    for number, about in enumerate(subjects):
        spot = point_in(city.grids[worker.grids[0]], random)
        at = roster.until - span * (0.6, 0.3, 0.04)[number]
        incident_id = city.id_of(f"incident:conduct:{number}", at)
        said = {"id": incident_id, "lon": spot.x, "lat": spot.y, "category": "E0690"}
        said |= {"description": words.CONDUCT[number], "occurred_at": at, "reporter": words.resident(random)}
        yield Planned(at, incident_id, city.supervisors[-1], said | ({"about": about} if about else {}))
