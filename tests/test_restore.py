"""Backup and restore by the commands of the manual: all rows return, and requests succeed afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.core import catalogue, db
from app.core.ids import uuid7
from tests.endpoints import flat
from tests.factories import City, Person, make_city
from tests.live.databases import own_database
from tests.live.processes import app_on
from tests.restore_manual import Place
from tests.rights.dumps import tables_naming


@contextmanager
def owner_of(url: str) -> Iterator[Engine]:
    engine = db.make_engine(url, role=None, pool_size=1, statement_timeout_ms=0)
    try:
        yield engine
    finally:
        engine.dispose()


def content_of(url: str) -> tuple[Any, dict[str, int], dict[str, int]]:
    """Everything that the schema has, rows of each table, partitions too, and where each sequence stands."""
    with owner_of(url) as engine, Session(engine) as session:
        schema = catalogue.read_catalogue(session)
        names = session.scalars(
            text("""
              select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname in ('public', 'jobs') and c.relkind in ('r', 'p') order by 1
            """)
        ).all()
        counts = {name: session.scalar(text(f"select count(*) from {name}")) or 0 for name in names}
        sequences = session.execute(text("select sequencename, coalesce(last_value, 0) from pg_sequences"))
        return schema, counts, dict(sequences.all())


def work(city: City, worker: Person, checker: Person) -> None:
    """A report is accepted, handed in and checked; another one is corrected."""
    body = {"id": str(uuid7()), "category": "E0102", "description": "垃圾堆积", **city.in_grid("g1")}
    case = worker.post("/incidents", body)
    assert case.status_code == 201, case.json
    path = f"/incidents/{case.json['id']}"
    taken = worker.post(f"/assignments/{case.json['assignment']['id']}/accept", {})
    assert taken.status_code == 200, taken.json
    done = worker.post(f"{path}/transitions", {"action": "feed_back", "note": "swept"})
    assert (done.status_code, done.json["status"]) == (200, "checking"), done.json
    taken = checker.post(f"/assignments/{done.json['assignment']['id']}/accept", {})
    assert taken.status_code == 200, taken.json
    closed = checker.post(f"{path}/transitions", {"action": "check", "result": "pass"})
    assert (closed.status_code, closed.json["status"]) == (200, "closed"), closed.json
    other = worker.post("/incidents", body | {"id": str(uuid7())})
    change = {"category": "E0103", "note": "别处", **city.in_grid("g2")}
    moved = city.supervisor().patch(f"/incidents/{other.json['id']}", change, other.json["version"])
    assert moved.status_code == 200, moved.json


MARKS = ("邱回忆", "13677778888", "马归来", "13699990000", "说过的话")


def register_and_report(city: City) -> Callable[[], None]:
    """Let the city hold a resident and a reporter; returns what erases both."""
    boss = city.supervisor()
    home = flat(city)
    facts = {"id": str(uuid7()), "name": MARKS[0], "phone": MARKS[1]}
    added = boss.post(f"/households/{home['household']}/residents", facts)
    assert added.status_code == 201, added.json
    report_body = {"category": "E0102", "description": MARKS[4], **city.in_grid("g1"), "id": str(uuid7())}
    case = boss.post("/incidents", report_body | {"reporter": {"name": MARKS[2], "phone": MARKS[3]}})
    assert case.status_code == 201, case.json

    def erase() -> None:
        body = {"reason": "本人书面要求"}
        gone = boss.call("DELETE", f"/residents/{facts['id']}", json=body)
        assert gone.status_code == 204, gone.json
        gone = boss.post(f"/incidents/{case.json['id']}/reporter/erase", body)
        assert gone.status_code == 204, gone.json

    return erase


def signed_in_at(app: Any, city: City, *people: Person) -> tuple[City, Person, Person]:
    """The same city and people by another app."""
    worker, checker = (
        Person(person.id, person.username, app.test_client(use_cookies=False)) for person in people
    )
    return replace(city, app=app), worker, checker


@pytest.fixture(scope="module")
def backed_up(
    settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Any, Any, Any]]:
    """A city at work and its backup: where, the settings, the city, and what was in it."""
    with own_database(settings.database_url) as url:
        own = replace(settings, database_url=url)
        place = Place(url, tmp_path_factory.mktemp("backup"))
        own = replace(own, erasure_ledger=str(place.ledger))
        with app_on(own) as app:
            city = make_city(app, own)
            people = city.worker("g1"), city.worker("g2")
            work(city, *people)
            erase = register_and_report(city)
            place.back_up()
            content = content_of(url)
            erase()
        yield place, own, (city, *people), content


@pytest.fixture(scope="module")
def restored(backed_up: Any) -> Iterator[tuple[Place, Any, dict[str, Any], Any]]:
    """The same, restored: where, the settings, what each `gridward` command said, and what was in it before these."""
    place, settings, _, _ = backed_up
    with place.restoring() as lines:
        outcomes, content = {}, None
        for command in lines:
            outcome = place.run(command)
            if "pg_restore" in command:
                content = content_of(place.url_of(place.restored))
            if outcome is not None:
                outcomes[command.partition(" gridward ")[2]] = outcome
        yield place, replace(settings, database_url=place.url_of(place.restored)), outcomes, content


def test_restore_returns_schema_rows_and_sequences_of_backup(backed_up, restored):
    schema, counts, sequences = restored[3]
    assert schema == backed_up[3][0]
    assert counts == backed_up[3][1] and sum(counts.values()) > 1_000
    assert sequences == backed_up[3][2]


def test_restored_database_serves_requests_and_passes_check(backed_up, restored):
    place, settings, outcomes, _ = restored
    assert list(outcomes) == ["db upgrade", "sync rotate-epoch", "erasures replay", "check"]
    assert [outcome.exit_code for outcome in outcomes.values()] == [0] * 4, outcomes["check"].output
    with app_on(settings) as app:
        work(*signed_in_at(app, *backed_up[2]))
    outcome = place.gridward("check")
    assert outcome.exit_code == 0, outcome.output


def test_restore_replays_erasures_after_backup(backed_up, restored):
    place, settings, outcomes, _ = restored
    assert outcomes["erasures replay"].stdout == "resident: 1 erased again\nreporter: 1 erased again\n"
    assert tables_naming(backed_up[1].database_url, MARKS) == {}
    assert tables_naming(settings.database_url, MARKS) == {}
    assert place.gridward("erasures replay").stdout == "resident: 0 erased again\nreporter: 0 erased again\n"


def test_check_reports_erased_person_still_present(backed_up, restored):
    place, settings, _, _ = restored
    stray = place.ledger / "of-another-machine.jsonl"
    with owner_of(settings.database_url) as engine, Session(engine) as session:
        resident = session.scalar(text("select id from resident where erased_at is null order by id limit 1"))
    stray.write_text(
        f'{{"kind":"resident","id":"{resident}","at":"2026-01-01T00:00:00Z"}}\nnonsense\n{{"kind":"resi'
    )
    outcome = place.gridward("check")
    again = place.gridward("erasures replay")
    stray.unlink()
    whole = place.gridward("check")
    assert "BROKEN  erasures_hold" in outcome.output and f"2: {stray.name}:2 {resident}" in outcome.output, (
        outcome.output
    )
    assert again.stdout.startswith("resident: 1 erased again")
    assert whole.exit_code == 0, whole.output


def test_record_repair_rebuilds_states_lost_by_damaged_schema(backed_up, restored):
    place, settings, _, _ = restored
    lost = ("trigger incident.keep_changed", "trigger incident.recur_again")
    with owner_of(settings.database_url) as engine, engine.begin() as owner:
        for name in lost:
            owner.execute(text(f"drop trigger {name.rpartition('.')[2]} on incident"))
    named = place.gridward("check")
    with app_on(settings) as app:
        work(*signed_in_at(app, *backed_up[2]))
    with owner_of(settings.database_url) as engine, engine.begin() as owner:
        for name in lost:
            owner.execute(text(catalogue.expected_catalogue().objects[name]))
    broken = place.gridward("check")
    dry = place.gridward("db rebuild-history --dry-run")
    rebuilt = place.gridward("db rebuild-history")
    again = place.gridward("db rebuild-history")
    whole = place.gridward("check")
    assert named.exit_code == 1 and all(f"missing: {name}" in named.stdout for name in lost), named.stdout
    wrong = [row.split()[1] for row in broken.stdout.splitlines() if row.startswith("BROKEN")]
    assert (broken.exit_code, wrong) == (1, ["figures_are_recorded:"]), broken.stdout
    assert rebuilt.exit_code == 0, rebuilt.stdout
    assert rebuilt.stdout.endswith("\nstored: 1 (states), of cases: 1\n"), rebuilt.stdout
    assert dry.stdout == rebuilt.stdout.replace("\nstored:", "\nwould be stored:")
    assert again.stdout == "stored: 0 (states), of cases: 0\n"
    assert whole.exit_code == 0, whole.stdout
