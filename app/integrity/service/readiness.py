"""The check of all requirements before an installation goes live."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import catalogue, clock
from app.integrity.queries import readiness as queries
from app.integrity.rules import readiness as rules
from app.integrity.rules.readiness import Lack, Process
from app.settings import Settings


def readiness(
    session: Session, settings: Settings, process: Process, *, demo_password: str
) -> Iterator[Lack]:
    """Check all requirements one by one, and yield the result of each check. Nothing is written."""
    now = clock.now()
    yield from rules.of_process(process)
    public = accounts.usernames_with_password(
        session, settings=settings, prefix="demo-", password=demo_password
    )
    yield rules.lack_of(rules.DEMO_PASSWORD, public)
    server = queries.server(session)
    lacking, wanted = server["revision"], process.schema_wanted
    yield rules.lack_of(rules.SCHEMA, [] if lacking == wanted else [f"{lacking}, wanted {wanted}"])
    yield rules.lack_of(rules.SCHEMA_WHOLE, catalogue.missing_objects(session), listed=None)
    needed, allowed = rules.connections_wanted(process), server["connections"]
    yield rules.lack_of(
        rules.CONNECTIONS, [] if needed <= allowed else [f"{needed} wanted, {allowed} allowed"]
    )
    ends = (now + timedelta(days=rules.CALENDAR_DAYS)).date().isoformat()
    short = [
        f"{row['code']} until {row['last']}" if row["last"] else f"{row['code']} knows none"
        for row in queries.calendars(session, now=now)
        if not row["last"] or row["last"] < ends
    ]
    yield rules.lack_of(rules.CALENDAR, short)
    for requirement, sql in queries.DATA:
        count, names = queries.lacking_names(session, sql, now=now)
        yield rules.lack_of(requirement, names, count=count)
    yield rules.lack_of(rules.BACKUPS, [f"archive_mode={server['archive_mode']}"])
