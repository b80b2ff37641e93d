"""Loading of the demo: the recorded life of three months, then the days since, and workers on duty now.

The recorded days end at the beginning of a Monday, three to nine days before now. The days since then are lived by the
product's services under a simulated clock, so that the present is real. The progress is stored in a row of table
`applied_op` (the *marker*). If the load is interrupted, the next load continues from there. If the load is complete,
each start only refreshes the workers on duty.

`live` lives the recorded days, too. It is used where there is no login of the owner, where the database has other
cities, and to write the recording again.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, event, make_url
from tqdm import tqdm

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.errors import Invalid
from app.demo import queries, refresh
from app.demo.divisions import JURISDICTION
from app.demo.sign_ins import DEFAULT_PASSWORD, SIGN_INS, configured_password
from app.http.messages import sentence
from app.profiles import service as profiles
from app.settings import Settings
from app.signals import jobs as signals_jobs
from app.statistics import jobs as month_jobs
from app.workforce import service as workforce

if TYPE_CHECKING:
    from app.demo.people import City

log = logging.getLogger("gridward.demo")

WEEKS, PER_DAY = 13, 24.0


class DemoRefused(Exception):
    """Raised if the demo cannot be loaded on this server. The text has the reason."""


def load(settings: Settings, *, folder: Path | None = None) -> None:
    """Load the demo city, or the part of it that is missing, and refresh the workers on duty.

    Args:
        folder: Where the recording is; None: in the package.

    Raises:
        DemoRefused: The server is not in demo mode, the password is unsafe, or other data use the code of the district.
    """
    password = _require_demo(settings)
    marker = _read_marker()
    if marker is None:
        marker = _load_recording(settings, password, folder) or _establish(
            settings, password, _plan(WEEKS * 7, PER_DAY)
        )
    if not marker.get("finished_at"):
        marker = _live_days(marker, settings)
    refresh.refresh(settings, password, marker)


def live(
    settings: Settings, *, days: int = WEEKS * 7, per_day: float = PER_DAY, folder: Path | None = None
) -> None:
    """Make the demo city and live all its days anew, without the recording.

    Args:
        days: Number of days before the last Monday.
        per_day: Mean number of reports of a working day.
        folder: Where to write the recording, or None. The days after the Monday are then not lived.

    Raises:
        DemoRefused: As in `load`, or there is a demo already, or the recording needs the owner's login.
    """
    password = _require_demo(settings)
    if _read_marker() is not None:
        raise DemoRefused("This database has the demo city already. Live it anew in an empty database.")
    if folder is not None and not settings.database_url:
        raise DemoRefused("The recording is written with the owner's login: set DATABASE_URL.")
    marker = _establish(settings, password, _plan(days, per_day))
    if folder is not None:
        _record(marker, settings, folder)
        return
    refresh.refresh(settings, password, _live_days(marker, settings))


def _require_demo(settings: Settings) -> str:
    if not settings.is_demo:
        raise DemoRefused("The demo is loaded only in demo mode: set GRIDWARD_DEMO=1.")
    password = configured_password()
    _require_safe_password(password, settings)
    return password


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
    """Return the marker of the demo in this database, or None if there is none or the copy was interrupted."""
    with db.transaction(SYSTEM) as session:
        marker = queries.marker(session, JURISDICTION)
        has_district = queries.is_code_used(session, JURISDICTION)
    if marker is None and has_district:
        raise DemoRefused(
            f"This database has a jurisdiction {JURISDICTION} that the demo did not make; it is left alone."
        )
    return marker if has_district else None


def _set_marker(marker: dict[str, Any]) -> None:
    with db.transaction(SYSTEM) as session:
        queries.set_marker(session, JURISDICTION, marker, at=datetime.now(UTC))


def _plan(days: int, per_day: float) -> dict[str, Any]:
    """Return the marker of a demo that lives so many days before the last Monday, and those since."""
    from app.demo.dates import monday_before
    from app.demo.roster import ZONE

    now = clock.now()
    origin = monday_before(now, ZONE)
    return {
        "began": now.isoformat(),
        "until": now.isoformat(),
        "per_day": per_day,
        "origin": str(origin),
        "first": str(origin - timedelta(days=days)),
    }


def _load_recording(settings: Settings, password: str, folder: Path | None) -> dict[str, Any] | None:
    """Copy the recorded days into the database. Return the marker, or None if that is not possible here."""
    # Only here: what draws shapes takes a while to import, and a refresh needs none of it.
    from app.demo import recording as recordings
    from app.demo.establish import unusable
    from app.demo.photos import PictureStore

    folder = folder or recordings.FOLDER
    recording = recordings.read_recording(folder)
    with db.read_session() as session:
        is_empty = not queries.has_cities(session)
    if recording is None or not is_empty or not settings.database_url:
        obstacle = "no DATABASE_URL" if is_empty else "other cities"
        log.warning(
            "The recorded days are not loaded (%s); all days are lived, which takes some minutes.",
            "there is no recording" if recording is None else obstacle,
        )
        return None
    marker = _plan(0, recording.per_day) | {"is_recorded": True, "present": recording.present}
    pictures = PictureStore(settings)
    # Before the copy: whenever the district is there, its marker is.
    _set_marker(marker)
    try:
        with _owner(settings) as connection, connection.transaction():
            with _progress("Three months", sum(recording.rows.values()), "row") as advance:
                for _, rows in recordings.load(
                    connection,
                    recording,
                    origin=date.fromisoformat(marker["origin"]),
                    password_hash=accounts.hash_password(password, settings),
                    unusable_hash=unusable(settings),
                    folder=folder,
                ):
                    advance(rows)
            with _progress("Pictures", len(recording.photos), "photo") as advance:
                drawn = []
                for photo in recording.photos:
                    picture = pictures.put(photo)
                    drawn.append((photo.id, len(picture.content), picture.sha256))
                    advance(1)
            recordings.set_photos(connection, drawn)
        with _owner(settings) as connection:
            recordings.analyze(connection, recording.columns)
    except recordings.RecordingOutdated as error:
        log.warning("The schema has moved on since the days were recorded (%s); they are lived anew.", error)
        return None
    return marker


def _establish(settings: Settings, password: str, marker: dict[str, Any]) -> dict[str, Any]:
    """Make the city in one transaction. Return the marker, which is stored with it."""
    from app.demo.establish import make_city, present_workers
    from app.demo.people import City
    from app.demo.roster import ZONE, Roster

    city = City()
    first, origin = date.fromisoformat(marker["first"]), date.fromisoformat(marker["origin"])
    begins_at = datetime.combine(first, time(), ZONE).astimezone(UTC) - timedelta(hours=1)
    roster = Roster(city, first, datetime.fromisoformat(marker["until"]), origin=origin)
    marker |= {"present": present_workers(city)}
    with _asynchronous_commits(), clock.at(begins_at), db.transaction(SYSTEM) as session:
        make_city(session, city, roster, settings, password, _progress)
        queries.set_marker(session, JURISDICTION, marker, at=datetime.now(UTC))
    return marker


def _record(marker: dict[str, Any], settings: Settings, folder: Path) -> None:
    """Live the days before the Monday, and write them as the recording."""
    from app.demo import recording as recordings
    from app.demo.people import City
    from app.demo.photos import Album
    from app.demo.roster import ZONE, Roster

    city = City()
    album = Album(city, settings)
    first, origin = date.fromisoformat(marker["first"]), date.fromisoformat(marker["origin"])
    until = datetime.combine(origin, time(), ZONE)
    roster = Roster(city, first, until, origin=origin, is_shown=False)
    _run(city, roster, marker["per_day"], album, settings)
    about = {
        "origin": origin,
        "first": first,
        "per_day": marker["per_day"],
        "present": marker["present"],
        "photos": album.photos,
    }
    with _owner(settings) as connection:
        recording = recordings.write(connection, folder, about)
    size = sum(path.stat().st_size for path in folder.iterdir())
    log.info("Recorded %d rows in %d bytes: %s", sum(recording.rows.values()), size, folder)


def _live_days(marker: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Live the days that are missing, up to now. Return the marker of the finished demo."""
    from app.demo.mailboxes import add_addresses
    from app.demo.operators import subscribe
    from app.demo.people import City
    from app.demo.photos import Album
    from app.demo.roster import Roster

    if marker.get("is_living"):
        log.info("The demo city was not finished; its days go on from where they ended.")
    marker |= {"is_living": True}
    _set_marker(marker)
    city = City()
    first, origin = date.fromisoformat(marker["first"]), date.fromisoformat(marker["origin"])
    roster = Roster(city, first, datetime.fromisoformat(marker["until"]), origin=origin)
    _run(city, roster, marker["per_day"], Album(city, settings), settings)
    now = clock.now()
    _end_duty_of_absent(city, marker)
    if settings.database_url and marker.get("is_recorded"):
        from app.demo.recording import align_records

        with _owner(settings) as connection, connection.transaction():
            align_records(connection, since=datetime.fromisoformat(marker["began"]))
    with db.transaction(SYSTEM) as session:
        queries.clear_past_jobs(session, now=now)
        subscribe(session, city, settings)
        add_addresses(session, city)
        marker |= {"finished_at": now.isoformat()}
        queries.set_marker(session, JURISDICTION, marker, at=now)
        counts = queries.counts(session, city.jurisdiction_id)
    log.info("%d months of grids closed", month_jobs.close_due_months(now))
    # What fails is to be seen at once, not at the next hour.
    signals = signals_jobs.look_where_due(now)
    log.info("%d looks for signals", signals)
    log.info("Cases: %s", ", ".join(f"{n} {status}" for status, n in counts.items()))
    return marker


def _run(city: "City", roster: Any, per_day: float, album: Any, settings: Settings) -> None:
    from app.demo.story import Story

    with db.transaction(SYSTEM) as session:
        profile = profiles.profile_at(session, city.jurisdiction_id, roster.until).profile
    story = Story(city, roster, profile, settings, per_day=per_day, album=album)
    with (
        _asynchronous_commits(),
        _progress(f"Living {len(roster.days)} days", story.report_count, "case") as advance,
    ):
        story.run(advance)


def _end_duty_of_absent(city: "City", marker: dict[str, Any]) -> None:
    """End the open duties of all workers who are not put on duty at each start of the demo.

    If the simulated time ends within working hours, these duties are still open.
    """
    present = {str(worker["id"]) for worker in marker["present"]}
    other_ids: list[UUID] = [worker.id for worker in city.workers if str(worker.id) not in present]
    with db.transaction(SYSTEM) as session:
        for worker_id in queries.duty_of(session, other_ids):
            workforce.end_duty(session, SYSTEM, worker_id=worker_id)


@contextmanager
def _owner(settings: Settings) -> Iterator["psycopg.Connection[Any]"]:
    """Connect with the owner's login. Each statement outside a transaction is committed by itself."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


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
