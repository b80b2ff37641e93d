"""Loading of the demo: the city, ninety simulated days of cases, and workers on duty now.

The city is written in one transaction. The progress is stored in a row of table `applied_op` (the *marker*). If the
load is interrupted during the simulated days, the next load continues from there. If the load is complete, each start
only refreshes the workers on duty.
"""

import itertools
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session
from tqdm import tqdm

from app.accounts import service as accounts
from app.areas import service as areas
from app.components import service as components
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.errors import Invalid
from app.demo import queries, refresh
from app.demo.divisions import JURISDICTION, district
from app.demo.photos import Album
from app.demo.rules import demo_rules
from app.demo.sign_ins import DEFAULT_PASSWORD, SIGN_INS, configured_password
from app.households import service as households
from app.http.messages import sentence
from app.profiles import service as profiles
from app.settings import Settings
from app.signals import jobs as signals_jobs
from app.workforce import service as workforce

if TYPE_CHECKING:
    from app.demo.people import City

log = logging.getLogger("gridward.demo")

CASES, DAYS = 2_000, 90
BATCH = 2_000
REASON = "demo: a generated shape, not a real boundary"


class DemoRefused(Exception):
    """Raised if the demo cannot be loaded on this server. The text has the reason."""


def load(settings: Settings, *, cases: int = CASES, days: int = DAYS) -> None:
    """Load the demo city, or the part of it that is missing, and refresh the workers on duty.

    Raises:
        DemoRefused: The server is not in demo mode, the password is unsafe, or other data use the code of the district.
    """
    if not settings.is_demo:
        raise DemoRefused("The demo is loaded only in demo mode: set GRIDWARD_DEMO=1.")
    password = configured_password()
    _require_safe_password(password, settings)
    marker = _read_marker()
    if marker is None or not marker.get("finished_at"):
        marker = _load_city_and_days(marker, settings, password, cases=cases, days=days)
    refresh.refresh(settings, password, marker)


def _require_safe_password(password: str, settings: Settings) -> None:
    """Check that the password of the demo accounts is safe enough for this server.

    Raises:
        DemoRefused: The password is easy to guess, or it is the published default and other machines can connect to the
            server.
    """
    if password == DEFAULT_PASSWORD:
        if settings.is_reachable:
            raise DemoRefused(
                "Other machines can reach this server (HOST, TRUSTED_PROXIES, GRIDWARD_PUBLIC_URL), and the demo's password is "
                "public. Set GRIDWARD_DEMO_PASSWORD to one of your own. `bin/run` draws one by itself."
            )
        return
    try:
        accounts.require_hard_to_guess(password, [*SIGN_INS, JURISDICTION], field="password")
    except Invalid as error:
        fault = sentence(error.extra["errors"][0]["code"])
        raise DemoRefused(f"GRIDWARD_DEMO_PASSWORD {fault}.") from None


def _read_marker() -> dict[str, Any] | None:
    with db.transaction(SYSTEM) as session:
        marker = queries.marker(session, JURISDICTION)
        if marker is None and queries.is_code_used(session, JURISDICTION):
            raise DemoRefused(
                f"This database has a jurisdiction {JURISDICTION} that the demo did not make; it is left alone."
            )
    return marker


def _load_city_and_days(
    marker: dict[str, Any] | None, settings: Settings, password: str, *, cases: int, days: int
) -> dict[str, Any]:
    # Only here: what draws shapes takes a while to import, and a refresh needs none of it.
    from app.demo.people import City
    from app.demo.roster import ZONE, Roster
    from app.demo.story import Story
    from app.demo.visits import record_visits

    if marker is None:
        until = clock.now()
        first_day = until.astimezone(ZONE).date() - timedelta(days=days - 1)
        begins_at = datetime.combine(first_day, time(), ZONE).astimezone(UTC) - timedelta(hours=1)
        marker = {
            "began": begins_at.isoformat(),
            "until": until.isoformat(),
            "cases": cases,
            "first": str(first_day),
        }
    else:
        log.info("The demo city was not finished; its days go on from where they ended.")
    begins_at, until = datetime.fromisoformat(marker["began"]), datetime.fromisoformat(marker["until"])
    city = City(begins_at)
    with _asynchronous_commits():
        if not marker.get("city_at"):
            with clock.at(begins_at), db.transaction(SYSTEM) as session:
                _make_city(session, city, settings, password)
                marker |= {"city_at": datetime.now(UTC).isoformat(), "present": _present(city)}
                queries.set_marker(session, JURISDICTION, marker, at=datetime.now(UTC))
        roster = Roster(city, datetime.fromisoformat(marker["first"]).date(), until)
        with db.transaction(SYSTEM) as session:
            profile = profiles.profile_at(session, city.jurisdiction_id, until).profile
        story = Story(city, roster, profile, cases=marker["cases"], album=Album(city, settings))
        with _progress(f"Living {len(roster.days)} days", marker["cases"], "case") as advance:
            story.run(advance)
        with db.transaction(SYSTEM) as session:
            log.info("%d calls at people's doors", record_visits(session, city, begins_at, until))
    now = clock.now()
    _end_duty_of_absent(city, marker)
    with db.transaction(SYSTEM) as session:
        queries.clear_past_jobs(session, now=now)
        marker |= {"finished_at": now.isoformat()}
        queries.set_marker(session, JURISDICTION, marker, at=now)
        counts = queries.counts(session, story.case_ids)
    # What fails is to be seen at once, not at the next hour.
    signals = signals_jobs.look_where_due(now)
    log.info("%d looks for signals", signals)
    log.info("Cases: %s", ", ".join(f"{n} {status}" for status, n in counts.items()))
    return marker


def _make_city(session: Session, city: "City", settings: Settings, password: str) -> None:
    from app.demo.people import flats
    from app.demo.things import components as things_of

    log.info("Areas of %s (%s)", district().name["zh"], district().source)
    areas.create_jurisdiction(
        session,
        SYSTEM,
        jurisdiction_id=city.jurisdiction_id,
        code=JURISDICTION,
        name={"zh": "杭州市西湖区", "en": "Xihu District, Hangzhou"},
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
    with _progress("Households", 16_000, "household") as advance:
        rows = flats(city)
        while batch := list(itertools.islice(rows, BATCH)):
            advance(len(households.register_many(session, SYSTEM, rows=batch)))
    log.info("Components")
    components.register_many(session, SYSTEM, rows=things_of(city))


def _make_people(session: Session, city: "City", settings: Settings, password: str) -> None:
    log.info("%d people", len(city.people))
    shared_hash = accounts.hash_password(password, settings)
    # Nobody knows it, and nobody can sign in with it.
    unusable_hash = accounts.hash_password(secrets.token_urlsafe(32), settings)
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


def _make_worker(session: Session, city: "City", person_id: UUID) -> None:
    person = city.people[person_id]
    workforce.create_worker(
        session,
        SYSTEM,
        account_id=person_id,
        name=person.name,
        capacity=person.capacity,
        skills=person.skills,
    )
    for grid in person.grids:
        workforce.set_responsibility(
            session, SYSTEM, worker_id=person_id, area_id=city.area_ids[grid], role=person.relation
        )


def _present(city: "City") -> list[dict[str, Any]]:
    """Return `id`, `lon` and `lat` of the workers who are put on duty at each start of the demo."""
    positions = [(person, city.grids[person.grids[0]].representative_point()) for person in city.present]
    return [
        {"id": person.id, "lon": round(point.x, 6), "lat": round(point.y, 6)} for person, point in positions
    ]


def _end_duty_of_absent(city: "City", marker: dict[str, Any]) -> None:
    """End the open duties of all workers who are not put on duty at each start of the demo.

    If the simulated time ends within working hours, these duties are still open.
    """
    present = {str(worker["id"]) for worker in marker["present"]}
    other_ids = [worker.id for worker in city.workers if str(worker.id) not in present]
    with db.transaction(SYSTEM) as session:
        for worker_id in queries.duty_of(session, other_ids):
            workforce.end_duty(session, SYSTEM, worker_id=worker_id)


@contextmanager
def _asynchronous_commits() -> Iterator[None]:
    """Turn off waiting for the disk at each commit, inside a `with` block.

    A crash may lose the last transactions; the next load makes them again.
    """

    def prepare(connection: Connection) -> None:
        connection.exec_driver_sql("set local synchronous_commit = off")

    event.listen(db.engine(), "begin", prepare)
    try:
        yield
    finally:
        event.remove(db.engine(), "begin", prepare)


@contextmanager
def _progress(stage: str, total: int, unit: str) -> Iterator[Any]:
    """Report the progress: as a progress bar on a terminal, else as one line in the log."""
    is_quiet = not sys.stderr.isatty()
    if is_quiet:
        log.info("%s: %d %ss", stage, total, unit)
    with tqdm(desc=stage, total=total, unit=unit, disable=is_quiet, leave=False) as bar:
        yield bar.update
