"""Care tags of the demo's residents (such as living alone), and visits made because of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import orjson
from sqlalchemy.orm import Session

from app.core import clock
from app.demo.people import City
from app.demo.residents import FLATS_PER_OCCUPIED_ONE
from app.households import service as households

_CARE = (
    ("lives_alone_elderly", "独居，每周探访", 7),
    ("home_oxygen_or_power", "停电时需备用电源", 14),
    ("evacuation_help", "撤离时需人搀扶", None),
    ("medication_delivery", "代取药品", 30),
    ("regular_call", "每两周电话问候", 14),
)
_OUTCOMES = ("done", "done", "done", "nobody_home", "declined")


def record_visits(session: Session, city: City, begins_at: datetime, until: datetime) -> int:
    """Store the residents' care tags and the visits to them. Return the number of visits.

    Idempotent.
    """
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
    """Yield the visits in a grid as (number of the flat, index in `_CARE`, outcome, age).

    The age is a share of the simulated time, from 0 to 1.
    """
    for number in (0, 2):
        yield number, random.randrange(len(_CARE)), random.choice(_OUTCOMES), random.random()
