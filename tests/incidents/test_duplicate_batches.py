"""A search for the duplicates of many reports finds for each what a search of its own finds, and reads each case once."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from app.core import db
from app.incidents.reporting.queries.duplicates import COMPARED
from app.incidents.reporting.service.duplicates import duplicates_of_each
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
    places = [*[place] * 40, *({**place, "lat": place["lat"] + lot.uniform(-6e-4, 6e-4)} for _ in range(4))]
    ops = [
        phone.report(lot.choice(places), category=lot.choice(["0101", "E0601", "E0690"]), description=words)
        for words in lot.choices(WORDS, k=COMPARED + 30)
    ]
    assert set(codes(phone.push(*ops))) == {"applied"}
    ids = [UUID(op["id"]) for op in ops]
    # Reports of one minute, at both ends of the span in which cases are compared, and of other minutes.
    days = _span(app, worker, ids)
    for case_id in ids:
        shift = lot.choice([timedelta(0), timedelta(0), -days, days, timedelta(minutes=2), -days / 2])
        shift += timedelta(microseconds=lot.randrange(30_000_000))
        owner.execute("update incident set reported_at = reported_at + %s where id = %s", [shift, case_id])
    owner.commit()
    with db.read_session() as session:
        actor = _actor_of(worker, app)
        together = duplicates_of_each(session, actor, ids)
        alone = {}
        for case_id in ids:
            alone |= duplicates_of_each(session, actor, [case_id])
    for candidates in (*together.values(), *alone.values()):
        for candidate in candidates:
            candidate.pop("acts")
    assert together == alone
    assert len(alone) > 20


def _span(app, worker, ids):
    """Return the span of time in which cases are compared."""
    with recorded_with_binds("letter_pairs") as sent, db.read_session() as session:
        duplicates_of_each(session, _actor_of(worker, app), ids[:1])
    return sent[0][1]["within"]


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
