"""Event stream without a server: scope, positions, tickets, and the hub's listeners."""

import asyncio
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.accounts import jobs
from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.errors import Throttled, Unauthenticated
from app.core.ids import uuid7
from app.sync.queries.events import changed_since
from app.sync.rules.events import EVERYWHERE, MAX_NAMED, Change, Pending, Position, Scope, keys_of, under
from app.sync.service import hub as hubs
from app.sync.service.hub import Hub, Subscription
from app.sync.service.relay import Relay
from tests.seeds import dice
from tests.sync.pull_client import fresh
from tests.waits import eventually_in_loop

EPOCH = "0123abcd"


def first_event(person, since=None):
    """Return the start of a stream under plain WSGI: the last id, and the data of its only event."""
    answer = person.get("/events", headers={"Last-Event-ID": since} if since else {})
    assert answer.status_code == 200, answer.text
    fields = answer.text.splitlines()
    [data] = [json.loads(field[6:]) for field in fields if field.startswith("data: ")] or [None]
    return [field[4:] for field in fields if field.startswith("id: ")][-1], data


@pytest.fixture
def job(app, settings):
    """SQL as the job worker."""
    engine = db.make_engine(settings.database_url, role="gridward_job", pool_size=1, statement_timeout_ms=0)

    def ask(sql, **binds):
        with engine.begin() as connection:
            return connection.execute(text(sql), binds).all()

    yield ask
    engine.dispose()


class TestScope:
    @pytest.mark.parametrize("who", ["worker", "chief", "supervisor", "handler"])
    def test_event_buckets_equal_pull_buckets(self, city, who):
        person = {
            "worker": lambda: city.worker("g1"),
            "chief": lambda: city.worker("c1", role="chief"),
            "supervisor": city.supervisor,
            "handler": city.handler,
        }[who]()
        _, data = first_event(person)
        assert data["all"] is True
        assert set(data["buckets"]) == fresh(person).buckets

    def test_event_stream_signals_all_buckets_for_admin(self, city):
        _, data = first_event(city.person(Role.ADMIN))
        assert data["all"] is True

    def test_change_keys_contain_bucket_and_its_ancestors(self):
        path = ("d", "s", "c", "g")
        keys = set(keys_of(Change("grid:g", path)))
        assert keys == {"grid:g", EVERYWHERE, *map(under, path)}
        assert set(keys_of(Change("worker:w"))) == {"worker:w"}
        assert set(keys_of(Change("grid:g", path, is_told=False))) == set()

    def test_event_stream_signals_own_buckets_changed_since_position(self, city, report):
        person, reporter = city.worker("g1"), city.worker("g3")
        reporter.get("/me")
        position, _ = first_event(person)
        assert first_event(person, position)[1] is None
        report(reporter, city.in_grid("g3"))
        assert first_event(person, position)[1] is None
        report(reporter, city.in_grid("g1"))
        later, data = first_event(person, position)
        assert data == {"buckets": sorted([f"grid:{city.areas['g1']}", f"worker:{person.id}"]), "all": False}
        assert first_event(person, later)[1] is None

    def test_event_stream_signals_all_buckets_when_position_is_pruned(self, city, job):
        person = city.worker("g1")
        position, _ = first_event(person)
        [[before]] = job("select pruned_below::text from sync_epoch")
        job(
            "update sync_epoch set pruned_below = (pg_current_xact_id()::text::bigint + 1)::text::xid8 returning 1"
        )
        try:
            assert first_event(person, position)[1]["all"] is True
        finally:
            job("update sync_epoch set pruned_below = cast(:before as xid8) returning 1", before=before)


class TestPositions:
    @pytest.mark.parametrize("snapshot", ["5:5:", "5:9:5,7", "5:9:6", "1:2:1"])
    def test_event_position_is_parsed_from_its_own_text(self, snapshot):
        position = Position(EPOCH, snapshot)
        assert Position.read(str(position)) == position

    @pytest.mark.parametrize(
        "value",
        [
            *(None, "", "x", "0123abcd", "0123abcd-5", "0123ABCD-5:5:", "0123abcd-0:5:", "0123abcd-9:5:"),
            *("0123abcd-5:9:9", "0123abcd-5:9:4", "0123abcd-5:9:7,6", "0123abcd-5:9:6,", "0123abcd-5:5:\n"),
            *(
                "0123abcd-5:5:' or true",
                f"0123abcd-1:{'9' * 30}:",
                f"0123abcd-1:9999:{','.join(['5'] * 400)}",
            ),
        ],
    )
    def test_event_position_is_none_for_invalid_text(self, value):
        assert Position.read(value) is None

    def test_event_position_is_shortened_to_earlier_snapshot(self):
        running = ",".join(str(n) for n in range(100, 160))
        assert str(Position(EPOCH, f"100:200:{running}")) == f"{EPOCH}-100:100:"

    @pytest.mark.parametrize("value", ["5:9:6,6", "5:9:5"])
    def test_event_position_is_accepted_by_postgresql(self, rows, value):
        """Equal ids in a row are the one thing that both may differ about; neither may fail."""
        if (position := Position.read(f"{EPOCH}-{value}")) is not None:
            assert rows("select cast(:s as pg_snapshot)::text", s=position.snapshot)


@contextmanager
def writers(engine, committed, refused, seconds):
    """Threads that commit and roll back at once, short transactions and long ones."""
    ends = time.monotonic() + seconds

    def write(number):
        chance = dice(f"writer {number}")
        while time.monotonic() < ends:
            names = [f"worker:{uuid7()}" for _ in range(chance.randrange(1, 4))]
            with engine.connect() as connection:
                for name in names:
                    connection.execute(
                        text(
                            "insert into change_log (bucket, entity, row_id, op) values (:b, 'duty', gen_random_uuid(), 'P')"
                        ),
                        {"b": name},
                    )
                    time.sleep(chance.choice((0, 0.002, 0.02)) if number else 0.3)  # pause: drawn
                if chance.random() < 0.15:
                    connection.rollback()
                    refused.update(names)
                else:
                    connection.commit()
                    committed.update(names)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.join()


def test_event_reader_misses_no_commit_with_overlapping_transactions(app, settings):
    engine = db.make_engine(settings.database_url, role="gridward_app", pool_size=9, statement_timeout_ms=0)
    reader = db.make_engine(
        settings.database_url, role="gridward_app", pool_size=1, statement_timeout_ms=0, is_reader=True
    )
    committed, refused, read_buckets = set(), set(), []
    try:
        with reader.connect() as connection:
            start = connection.execute(
                text("select left(epoch::text, 8), pg_current_snapshot()::text from sync_epoch")
            ).one()
            position = Position(*start)
            with writers(engine, committed, refused, 3.0) as threads:
                is_last = False
                while not is_last:
                    is_last = not any(thread.is_alive() for thread in threads)
                    read = changed_since(connection, position, limit=5_000)
                    read_buckets += [change.bucket for change in read.changes]
                    position = read.position
        assert len(committed) > 100 and refused
        assert committed - set(read_buckets) == set()
        assert len(read_buckets) == len(set(read_buckets))
        assert refused & set(read_buckets) == set()
    finally:
        engine.dispose()
        reader.dispose()


def test_event_reader_returns_none_for_too_many_buckets(app, settings):
    reader = db.make_engine(
        settings.database_url, role="gridward_app", pool_size=1, statement_timeout_ms=0, is_reader=True
    )
    with reader.connect() as connection:
        position = Position(
            *connection.execute(
                text("select left(epoch::text, 8), pg_current_snapshot()::text from sync_epoch")
            ).one()
        )
        with db.transaction(SYSTEM) as session:
            session.execute(
                text(
                    "insert into change_log (bucket, entity, row_id, op)"
                    " select 'worker:' || gen_random_uuid(), 'duty', gen_random_uuid(), 'P' from generate_series(1, 11)"
                )
            )
        assert len(changed_since(connection, position, limit=11).changes) == 11
        assert changed_since(connection, position, limit=10).changes is None
        ahead = Position(position.epoch, "900000000:900000000:")
        assert changed_since(connection, ahead, limit=10).changes is None
    reader.dispose()


def test_pending_buckets_collapse_to_all_above_limit():
    pending = Pending()
    scope = Scope(frozenset(), ("global",))
    pending.add(f"grid:{n}" for n in range(MAX_NAMED))
    is_all, names = pending.take(scope)
    assert (is_all, len(names)) == (False, MAX_NAMED)
    assert not pending
    pending.add(f"grid:{n}" for n in range(MAX_NAMED + 1))
    pending.add(["grid:x"])
    assert pending.take(scope) == (True, ["global"])


class TestTickets:
    def test_stream_ticket_expires_after_thirty_seconds_and_is_used_once(self, city, rows):
        person = city.worker("g1")
        ticket = person.post("/events/ticket").json["ticket"]
        assert ticket not in str(rows("select * from stream_ticket"))
        late = clock.now() + timedelta(seconds=31)
        with clock.at(late), db.transaction(SYSTEM) as session, pytest.raises(Unauthenticated):
            accounts.redeem_ticket(session, ticket)
        client = city.app.test_client()
        assert client.get(f"/api/v1/events?ticket={ticket}").status_code == 200
        assert client.get(f"/api/v1/events?ticket={ticket}").json["code"] == "ticket_invalid"
        assert client.get("/api/v1/events?ticket=never").status_code == 401

    def test_stream_ticket_is_limited_to_event_stream_of_its_session(self, city):
        person = city.worker("g1")
        ticket = person.post("/events/ticket").json["ticket"]
        client = city.app.test_client()
        assert client.get(f"/api/v1/me?ticket={ticket}").status_code == 401
        person.post("/auth/logout")
        assert client.get(f"/api/v1/events?ticket={ticket}").json["code"] == "session_revoked"

    def test_stream_ticket_is_deleted_after_one_day(self, city, rows, settings):
        city.worker("g1").post("/events/ticket")
        engine = db.make_engine(
            settings.database_url, role="gridward_job", pool_size=1, statement_timeout_ms=0
        )
        for later, is_kept in ((timedelta(0), True), (timedelta(days=1, minutes=1), False)):
            with Session(engine) as session, session.begin():
                jobs.run_due(session, clock.now() + later)
            assert bool(rows("select 1 from stream_ticket")) is is_kept
        engine.dispose()


def subscription(account_id: UUID, *keys: str, mark: int | None = None, seconds: float = 60) -> Subscription:
    return Subscription(
        account_id=account_id,
        session_id=uuid7(),
        permission_epoch=1,
        scope=Scope(frozenset(keys), keys),
        position=Position(EPOCH, "5:5:"),
        changed=[],
        ends_at=clock.now() + timedelta(seconds=seconds),
        ends_because="token_expired",
        mark=mark,
    )


class TestHub:
    """With the hub itself; what it writes to stands for a socket."""

    def run(self, settings, act, **options):
        async def inside():
            hub = Hub(settings, **options)
            hub.start(asyncio.get_running_loop())
            try:
                await act(hub)
            finally:
                hub.stop()

        asyncio.run(inside())

    def test_event_hub_disconnects_listener_that_does_not_read(self, settings):
        stuck_id, well_id = uuid7(), uuid7()

        async def act(hub):
            never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            taken: list[bytes] = []

            async def stuck(frame: bytes) -> None:
                if b"event" in frame:
                    await never

            async def well(frame: bytes) -> None:
                taken.append(frame)

            listeners = [
                hub.admit(account_id).listener(subscription(account_id, "global"))
                for account_id in (stuck_id, well_id)
            ]
            gone = [asyncio.get_running_loop().create_future() for _ in listeners]
            running = [
                asyncio.ensure_future(listener.run(send, end))
                for listener, send, end in zip(listeners, (stuck, well), gone, strict=True)
            ]
            await eventually_in_loop(lambda: taken)  # both have their opening
            for n in range(1_000):
                hub.apply(Position(EPOCH, f"{n + 6}:{n + 6}:"), [Change("global")])
            await asyncio.wait_for(running[0], 4)
            assert listeners[0].reason == "stuck"
            assert not running[1].done()
            assert 1 <= sum(b"event: pull" in frame for frame in taken) <= 3
            assert hub._admitted.keys() == {well_id}
            gone[1].set_result(None)
            await asyncio.wait_for(running[1], 1)
            assert not hub._admitted and not hub._by_key and not hub._by_account and hub._total == 0

        self.run(settings, act, stuck_seconds=0.5)

    def test_event_hub_delivers_changes_between_mark_and_subscription(self, settings):
        first_id, late_id = uuid7(), uuid7()

        async def act(hub):
            taken: list[bytes] = []

            async def send(frame: bytes) -> None:
                taken.append(frame)

            opened: list[bytes] = []

            async def quiet(frame: bytes) -> None:
                opened.append(frame)

            loop = asyncio.get_running_loop()
            other = hub.admit(first_id).listener(subscription(first_id, "global"))
            running = [asyncio.ensure_future(other.run(quiet, loop.create_future()))]
            await eventually_in_loop(lambda: opened)
            mark = hub.mark()
            hub.apply(Position(EPOCH, "6:6:"), [Change("grid:hers", ("d", "hers")), Change("grid:not")])
            hub.apply(Position(EPOCH, "7:7:"), [Change(f"worker:{late_id}", touches_rights=True)])
            late = hub.admit(late_id).listener(subscription(late_id, under("hers"), mark=mark))
            running.append(asyncio.ensure_future(late.run(send, loop.create_future())))
            await eventually_in_loop(lambda: b'"grid:hers"' in b"".join(taken))
            assert b"grid:not" not in b"".join(taken)
            assert hub.take_unchecked() == {late}
            hub.close()
            await asyncio.wait(running, timeout=2)

        self.run(settings, act)

    def test_event_hub_signals_all_buckets_when_mark_is_too_old(self, settings):
        first_id, late_id = uuid7(), uuid7()

        async def act(hub):
            taken: list[bytes] = []

            async def send(frame: bytes) -> None:
                taken.append(frame)

            loop = asyncio.get_running_loop()
            other = hub.admit(first_id).listener(subscription(first_id, "none"))
            running = [asyncio.ensure_future(other.run(send, loop.create_future()))]
            await eventually_in_loop(lambda: taken)
            mark = hub.mark()
            for n in range(hubs.KEPT_READINGS + 1):
                hub.apply(Position(EPOCH, f"{n + 6}:{n + 6}:"), [Change("grid:x")])
            late = hub.admit(late_id).listener(subscription(late_id, "global", mark=mark))
            running.append(asyncio.ensure_future(late.run(send, loop.create_future())))
            await eventually_in_loop(lambda: b'"all":true' in b"".join(taken))
            hub.close()
            await asyncio.wait(running, timeout=2)

        self.run(settings, act)

    def test_event_hub_repeats_permission_check_that_failed(self, settings, tmp_path):
        hub = Hub(settings)
        relay = Relay(replace(settings, database_url=f"postgresql:///x?host={tmp_path}"), hub)
        nowhere = db.make_engine(
            f"postgresql:///x?host={tmp_path}", role=None, pool_size=1, statement_timeout_ms=0
        )
        account_id = uuid7()
        listeners = {hub.admit(account_id).listener(subscription(account_id))}
        hub.check(listeners)
        with pytest.raises(OperationalError):
            relay._read(nowhere, Position(EPOCH, "5:5:"))
        assert hub.take_unchecked() == listeners

    def test_event_hub_limits_streams_per_account(self, settings):
        hub = Hub(replace(settings, streams_per_account=1))
        account_id = uuid7()
        held = hub.admit(account_id)
        with pytest.raises(Throttled):
            hub.admit(account_id)
        hub.admit(uuid7())
        held.give_back()
        held.give_back()
        hub.admit(account_id)
