"""Care tags of the demo's residents (such as living alone), and the visits of workers to homes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.demo import words
from app.demo.homes import home_counts
from app.demo.people import City, Person
from app.demo.residents import FLATS_PER_OCCUPIED_ONE
from app.demo.roster import ZONE, Roster
from app.households import service as households

_CARE = (
    ("lives_alone_elderly", "独居，每周探访", 7),
    ("home_oxygen_or_power", "停电时需备用电源", 14),
    ("evacuation_help", "撤离时需人搀扶", None),
    ("medication_delivery", "代取药品", 30),
    ("regular_call", "每两周电话问候", 14),
)
# Numbers of the homes of a grid whose first resident has a care tag.
_CARED_FOR = (0, 2, 5)
_OUTCOMES = ("done", "done", "done", "done", "nobody_home")
# One visit in so many goes to a home with a care tag.
_CARE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that a worker will make.

    Attributes:
        number: Number of the home in the grid.
    """

    by: Person
    number: int
    payload: dict[str, Any]


def add_care_tags(session: Session, city: City) -> int:
    """Store care tags of some residents. Return their number."""
    count = 0
    for code, person in city.worker_of.items():
        actor, random = city.actor(person), Random(f"{city.seed}:care:{code}")
        for number in _CARED_FOR:
            kind, purpose, cycle = random.choice(_CARE)
            body, _ = households.household(session, actor, household_id=_home_id(city, code, number))
            households.add_care_tag(
                session,
                actor,
                resident_id=orjson.loads(body)["members"][0]["id"],
                id=_tag_id(city, code, number),
                kind=kind,
                purpose=purpose,
                ends_on=clock.now().date() + timedelta(days=300),
                cycle_days=cycle,
            )
            count += 1
    return count


def planned_visits(city: City, roster: Roster, day: date) -> Iterator[Visit]:
    """Yield the visits that workers make on a day, in the order of time."""
    counts = home_counts(city)
    number = roster.number(day)
    for code, person in city.worker_of.items():
        if person.id not in roster.on_day(day):
            continue
        homes: set[int] = set()
        calls = [*_missed(city, code, number - 7, counts[code]), *_calls(city, code, number, counts[code])]
        random = Random(f"{city.seed}:visit hours:{number}:{code}")
        for n, (home, outcome) in enumerate(calls):
            if home in homes:
                continue
            homes.add(home)
            at = datetime.combine(day, time(9), ZONE) + timedelta(minutes=random.randint(0, 480))
            payload = {
                "id": city.id_of(f"visit:{number}:{code}:{n}", at),
                "household_id": _home_id(
                    city, code, home // FLATS_PER_OCCUPIED_ONE, home % FLATS_PER_OCCUPIED_ONE
                ),
                "outcome": outcome,
                "visited_at": at,
            }
            if random.random() < 0.4:
                payload["note"] = words.note("visited", random)
            yield Visit(person, home, payload)


def _calls(city: City, code: str, number: int, homes: int) -> list[tuple[int, str]]:
    """Return numbers of the homes that the worker of a grid calls at on a day, with the outcomes."""
    random = Random(f"{city.seed}:visits:{number}:{code}")
    calls = []
    for n in range(random.choice((0, 1, 1, 2))):
        home = FLATS_PER_OCCUPIED_ONE * random.choice(_CARED_FOR)
        # The next home on the round: each home once, then from the beginning.
        if random.random() >= _CARE_SHARE:
            home = (37 * (3 * number + n) + 11) % homes
        calls.append((home, random.choice(_OUTCOMES)))
    return calls


def _missed(city: City, code: str, number: int, homes: int) -> list[tuple[int, str]]:
    """Return the homes where nobody was in on a day. They are visited again a week later."""
    return [(home, "done") for home, outcome in _calls(city, code, number, homes) if outcome == "nobody_home"]


def _home_id(city: City, code: str, occupied: int, further: int = 0) -> UUID:
    return city.id_of(f"household:{code}:{occupied * FLATS_PER_OCCUPIED_ONE + further}")


def _tag_id(city: City, code: str, number: int) -> UUID:
    return city.id_of(f"care:{code}:{number}")


def tasks_done(city: City, visit: Visit) -> list[UUID]:
    """Return the care tags whose task was done at a visit."""
    code, number = visit.by.grids[0], visit.number
    occupied, further = divmod(number, FLATS_PER_OCCUPIED_ONE)
    if further or occupied not in _CARED_FOR or visit.payload["outcome"] != "done":
        return []
    random = Random(f"{city.seed}:care:{code}")
    cycles = {cared: random.choice(_CARE)[2] for cared in _CARED_FOR}
    return [_tag_id(city, code, occupied)] if cycles[occupied] else []
