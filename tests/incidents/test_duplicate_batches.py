"""A search for the duplicates of many reports finds for each what a search of its own finds, and reads each case once."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from app.core import clock, db
from app.incidents.reporting.queries import duplicates as queries
from app.incidents.reporting.queries.duplicates import Probe
from app.profiles import service as profiles
from tests.live.databases import plain
from tests.seeds import dice
from tests.statements import recorded_with_binds
from tests.sync.push_client import PushClient, codes

WORDS = ["路边有垃圾", "路边有垃圾，请尽快处理", "井盖破损，有异响", "x", ""]
_READ = "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"


@pytest.fixture
def owner(settings):
    with psycopg.connect(plain(settings.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        yield connection


def _actor_of(worker, app):
    return app.extensions["authenticate"](f"Bearer {worker.token}")


def test_candidates_of_many_reports_equal_those_of_each_alone(app, city, owner):
    lot = dice("duplicates")
    worker = city.worker("g1", capacity=100)
    phone, place = PushClient(worker), city.in_grid("g1")
    places = [*[place] * 4, *({**place, "lat": place["lat"] + lot.uniform(-6e-4, 6e-4)} for _ in range(4))]
    ops = [
        phone.report(lot.choice(places), category=lot.choice(["0101", "E0601", "E0690"]), description=words)
        for words in lot.choices(WORDS, k=60)
    ]
    assert set(codes(phone.push(*ops))) == {"applied"}
    ids = [UUID(op["id"]) for op in ops]
    # Reports of one minute, at both ends of the span in which cases are compared, and of other minutes.
    with db.read_session() as session:
        version = queries.probes_of(session, ids)[0]["profile_version_id"]
        rules = profiles.profile_by_id(session, version).profile.duplicates
    days = rules.within
    for case_id in ids:
        shift = lot.choice([timedelta(0), timedelta(0), -days, days, timedelta(minutes=2), -days / 2])
        shift += timedelta(microseconds=lot.randrange(30_000_000))
        owner.execute("update incident set reported_at = reported_at + %s where id = %s", [shift, case_id])
    owner.commit()
    now = clock.now()
    with db.read_session() as session:
        actor = _actor_of(worker, app)
        rows = queries.probes_of(session, ids)
        probes = [Probe(r["lon"], r["lat"], r["category"], r["words"], r["at"], r["id"]) for r in rows]

        def search(probes):
            # Ten cases are compared, so that this limit decides often.
            candidates = queries.candidates(session, actor, probes, rules=rules, now=now, compared=10)
            return [dict(row) for row in candidates]

        together = search(probes)
        alone = [row | {"n": n} for n, probe in enumerate(probes, 1) for row in search([probe])]
    assert together == alone
    assert len(alone) > 20


def test_search_reads_each_case_once_when_reports_are_at_one_place(city, owner):
    worker = city.worker("g1", capacity=100)
    phone, place = PushClient(worker), city.in_grid("g1")
    assert set(codes(phone.push(*[phone.report(place) for _ in range(40)]))) == {"applied"}
    numbers = []
    for number in (2, 20):
        ops = [phone.report(place) for _ in range(number)]
        with recorded_with_binds("letter_pairs") as sent:
            assert set(codes(phone.push(*ops))) == {"applied"}
        ((statement, binds),) = sent
        owner.execute("analyze incident; analyze report")
        before = owner.execute(_READ).fetchone()[0]
        owner.execute(statement, binds)
        numbers.append(owner.execute(_READ).fetchone()[0] - before)
        owner.rollback()
        owner.execute("set session_replication_role = replica")
    # 18 cases more, and twice as many searches if the reports belong to two minutes.
    assert numbers[1] < 3 * numbers[0] + 200, numbers
