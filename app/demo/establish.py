"""Making of the demo city by the product's services: areas, units, people, register, components, roster."""

import itertools
import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas import service as areas
from app.components import service as components
from app.core.actor import SYSTEM
from app.demo import queries
from app.demo.divisions import JURISDICTION, district
from app.demo.homes import HOUSEHOLDS, flats, named_premises
from app.demo.operators import make_hotline
from app.demo.people import City
from app.demo.roster import Roster
from app.demo.rules import demo_rules
from app.demo.things import components as things_of
from app.demo.visits import add_care_tags
from app.households import service as households
from app.profiles import service as profiles
from app.settings import Settings
from app.workforce import service as workforce

log = logging.getLogger("gridward.demo")

Progress = Callable[[str, int, str], AbstractContextManager[Callable[[int], None]]]
BATCH = 2_000
REASON = "demo: a made-up shape, not a real boundary"
NAME = {"zh": "杭州市西湖区（演示，虚构地图）", "en": "Xihu District, Hangzhou (demo, made-up map)"}
# Shifts are planned for so many days after the recorded ones.
ROSTER_AHEAD = 28
_SHEET_DAYS = 28
# Homes of these grids wait for long.
_NEGLECTED = 3


def make_city(
    session: Session, city: City, roster: Roster, settings: Settings, password: str, progress: Progress
) -> None:
    """Store the city in the open transaction."""
    log.info("Areas of %s (%s)", district().name["zh"], district().source)
    areas.create_jurisdiction(
        session,
        SYSTEM,
        jurisdiction_id=city.jurisdiction_id,
        code=JURISDICTION,
        name=NAME,
        profile_data=demo_rules(profiles.packaged_profile("xihu")),
    )
    features = [
        {
            "id": city.area_ids[shape.code],
            "geometry": shape.polygon,
            "properties": {
                "code": shape.code,
                "name": shape.name,
                "level": shape.level,
                "parent_code": shape.parent_code,
            },
        }
        for shape in city.shapes
    ]
    areas.import_areas(session, SYSTEM, jurisdiction=JURISDICTION, features=features, reason=REASON)
    for unit in city.units.values():
        area_id = city.area_ids[unit.area_code]
        areas.create_unit(
            session,
            SYSTEM,
            id=unit.id,
            jurisdiction=JURISDICTION,
            code=unit.code,
            name=unit.name,
            area_id=area_id,
            competences=[{"area_id": area_id, "category_prefix": prefix} for prefix in unit.prefixes],
        )
    _make_people(session, city, settings, password)
    make_hotline(session, city)
    with progress("Households", HOUSEHOLDS, "household") as advance:
        rows = itertools.chain(flats(city), named_premises(city))
        while batch := list(itertools.islice(rows, BATCH)):
            advance(len(households.register_many(session, SYSTEM, rows=batch)))
    queries.spread_first_visits(session, list(_first_visits(city, roster.first)))
    add_care_tags(session, city)
    log.info("Components")
    components.register_many(session, SYSTEM, rows=things_of(city))
    last = roster.origin + timedelta(days=ROSTER_AHEAD)
    for n in range(0, (last - roster.first).days, _SHEET_DAYS):
        sheet = roster.sheet(roster.first + timedelta(days=n), _SHEET_DAYS)
        workforce.import_shifts(session, SYSTEM, sheet=sheet, jurisdiction=JURISDICTION)


def present_workers(city: City) -> list[dict[str, Any]]:
    """Return `id`, `lon` and `lat` of the workers who are put on duty at each start of the demo."""
    positions = [(person, city.lon_lat_in(person.grids[0])) for person in city.present]
    return [{"id": str(person.id), "lon": lon, "lat": lat} for person, (lon, lat) in positions]


def _first_visits(city: City, first: date) -> Any:
    """Yield the day on which each home is to be visited next, as an older register has it."""
    grids = list(city.grids)
    neglected = set(grids[5 :: len(grids) // _NEGLECTED][:_NEGLECTED])
    for row in flats(city):
        random = Random(f"{city.seed}:due:{row['household_id']}")
        days = (
            random.randint(0, 60)
            if row["grid"] in neglected and random.random() < 0.2
            else random.randint(80, 290)
        )
        yield {"id": row["household_id"], "due": first + timedelta(days=days)}


def _make_people(session: Session, city: City, settings: Settings, password: str) -> None:
    log.info("%d people", len(city.people))
    shared_hash = accounts.hash_password(password, settings)
    unusable_hash = unusable(settings)
    for person in city.people.values():
        accounts.create_account(
            session,
            SYSTEM,
            account_id=person.id,
            username=person.username,
            name=person.name,
            password=accounts.StoredPassword(shared_hash if person.is_sign_in else unusable_hash),
        )
        accounts.add_grant(
            session,
            SYSTEM,
            account_id=person.id,
            role=person.role,
            area_id=city.area_ids[person.area_code] if person.area_code else None,
            unit_id=city.units[person.unit_code].id if person.unit_code else None,
        )
        if person.is_worker:
            _make_worker(session, city, person.id)


def unusable(settings: Settings) -> str:
    """Return the hash of a password that nobody knows."""
    return accounts.hash_password(secrets.token_urlsafe(32), settings)


def _make_worker(session: Session, city: City, person_id: UUID) -> None:
    person = city.people[person_id]
    workforce.create_worker(
        session,
        SYSTEM,
        account_id=person_id,
        name=person.name,
        capacity=person.capacity,
        skills=person.skills,
        phone=f"0571-0000{person_id.int % 10_000:04d}",  # a number that no subscriber has
    )
    for grid in person.grids:
        workforce.set_responsibility(
            session, SYSTEM, worker_id=person_id, area_id=city.area_ids[grid], role=person.relation
        )
