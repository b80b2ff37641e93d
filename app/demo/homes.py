"""Who lives in some of the demo's flats, what help they need, and who called on them. Everybody is invented."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.households import service as households

if TYPE_CHECKING:
    from app.demo.people import City

# Every so many flats there are people, and in every other one of those somebody who needs help.
FLATS_PER_OCCUPIED_ONE = 100
_CARE = (
    ("lives_alone_elderly", "独居，每周探访", 7),
    ("home_oxygen_or_power", "停电时需备用电源", 14),
    ("evacuation_help", "撤离时需人搀扶", None),
    ("medication_delivery", "代取药品", 30),
    ("regular_call", "每两周电话问候", 14),
)
_OUTCOMES = ("done", "done", "done", "nobody_home", "declined")


def residents_of(random: Random, surnames: str, given_names: tuple[str, ...]) -> list[dict[str, Any]]:
    """One to three people of a flat, whose telephones no operator gives out."""
    people = []
    for _ in range(random.randint(1, 3)):
        is_registered = random.random() < 0.7
        people.append(
            {
                "name": random.choice(surnames) + random.choice(given_names),
                "phone": f"100{random.randint(0, 99_999_999):08d}",
                "is_registered_here": is_registered,
                "registered_at": None if is_registered else "外省（虚构）",
                "birth_year": random.randint(1935, 2015),
            }
        )
    return people


def record_visits(session: Session, city: "City", begins_at: datetime, until: datetime) -> int:
    """Note the help that is needed, and let the grids' workers call; how many calls. Twice is once."""
    visit_count = 0
    for code, person in city.worker_of.items():
        actor = city.actor(person)
        for number, kind, outcome, share in _visits(Random(f"{city.seed}:calls:{code}")):
            household_id = city.id_of(f"household:{code}:{number * FLATS_PER_OCCUPIED_ONE}")
            with clock.at(until - share * min(until - begins_at, timedelta(days=28))):
                body, _ = households.household(session, actor, household_id=household_id)
                resident_id = orjson.loads(body)["members"][0]["id"]
                care_kind, purpose, cycle = _CARE[kind]
                tag_id = city.id_of(f"care:{code}:{number}")
                households.add_care_tag(
                    session,
                    actor,
                    resident_id=resident_id,
                    id=tag_id,
                    kind=care_kind,
                    purpose=purpose,
                    ends_on=until.date() + timedelta(days=180),
                    cycle_days=cycle,
                )
                households.record_visit(
                    session,
                    actor,
                    household_id=household_id,
                    id=city.id_of(f"visit:{code}:{number}"),
                    outcome=outcome,
                    care_done=[tag_id] if cycle and outcome == "done" else [],
                )
                visit_count += 1
    return visit_count


def _visits(random: Random) -> Iterator[tuple[int, int, str, float]]:
    """Which flat, which help, what came of it, and how long ago, as a share of the time there was."""
    for number in (0, 2):
        yield number, random.randrange(len(_CARE)), random.choice(_OUTCOMES), random.random()
