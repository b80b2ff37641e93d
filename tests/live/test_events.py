"""Live hints from the real server, over real sockets."""

import json
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from shapely.geometry import box

from app.accounts.rules import tokens
from app.accounts.service.keys import keys_of
from app.areas import service as areas
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from tests.live.event_stream import EventStream, caught_up, settle
from tests.live.locks import claim_report, lock_waits
from tests.live.processes import Server, Wire, environment
from tests.sample_sizes import drawn_share
from tests.waits import eventually


@pytest.fixture
def streams():
    opened: list[EventStream] = []
    yield opened
    for stream in opened:
        stream.close()


@pytest.fixture
def listen(request, streams, city, owner):
    """Somebody's stream."""
    marks = frozenset(f"area:{area}" for area in city.areas.values())

    def write_mark():
        owner.execute(
            "insert into change_log (bucket, entity, row_id, op) select unnest(%s::text[]), 'area', gen_random_uuid(), 'P'",
            [list(marks)],
        )

    def open_stream(person, port=None, **options):
        if person.token is None:
            person.token = person.sign_in()["access_token"]
        port = port or request.getfixturevalue("server").port
        stream = EventStream(port, options.pop("token", person.token), **options)
        assert stream.status == 200, stream.body
        stream.write_mark, stream.marks = write_mark, marks
        streams.append(stream)
        return stream

    return open_stream


def report(person, place, **fields):
    answer = person.post("/incidents", {"category": "E0102", "description": "垃圾堆积", **place, **fields})
    assert answer.status_code == 201, answer.data
    return answer.json


def grid(city, name):
    return f"grid:{city.areas[name]}"


def test_hint_reaches_concerned_streams_only(city, listen):
    own, other, above = city.worker("g1"), city.worker("g2"), city.supervisor()
    everybody = city.person(Role.ADMIN)
    people = {"own": own, "other": other, "above": above, "everybody": everybody}
    streams = {name: listen(person) for name, person in people.items()}
    for stream in streams.values():
        assert stream.wait(lambda e: e.events_of())[0].data["all"] is True
    reporter = city.worker("g3")
    reporter.get("/me")
    settle(*streams.values())
    sent = time.monotonic()
    report(reporter, city.in_grid("g1"))
    for name in ("own", "above", "everybody"):
        streams[name].wait(lambda e: grid(city, "g1") in e.buckets(), 2)
        assert streams[name].events_of()[0].at - sent < 2
    caught_up(*streams.values())
    assert streams["other"].buckets() == set()
    assert streams["own"].buckets() == {grid(city, "g1"), f"worker:{own.id}"}
    assert f"worker:{own.id}" not in streams["above"].buckets()
    for stream in streams.values():
        for event in stream.events:
            assert event.kind == "pull" and set(event.data) == {"buckets", "all"}, event
            for bucket in event.data["buckets"]:
                assert re.fullmatch(r"global|(grid|area|worker):[0-9a-f-]{36}", bucket), bucket


def test_hints_of_burst_are_batched(city, listen):
    stream = listen(city.worker("g1")).settled()
    reporter = city.worker("g3")
    began = time.monotonic()
    for _ in range(20):
        report(reporter, city.in_grid("g1"))
    caught_up(stream)
    took = time.monotonic() - began
    assert grid(city, "g1") in stream.buckets()
    assert 1 <= len(stream.events_of()) <= took / 0.3 + 3
    gaps = [b.at - a.at for a, b in zip(stream.events_of(), stream.events_of()[1:], strict=False)]
    assert all(gap > 0.2 for gap in gaps), gaps


def test_stream_headers_and_refusals_are_correct(city, listen, server):
    person = city.worker("g1")
    stream = listen(person).settled()
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["x-accel-buffering"] == "no"
    assert stream.headers["cache-control"] == "no-store"
    assert "content-length" not in stream.headers and "content-encoding" not in stream.headers
    assert 2_000 <= stream.retry < 6_000
    bearer = {"Authorization": f"Bearer {person.token}"}
    client = server.client()
    head = client.open("/api/v1/events", "HEAD", headers=bearer)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Type"].startswith("text/event-stream")
    refused = client.get("/api/v1/events", headers=bearer | {"Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (406, "not_acceptable")
    assert client.get("/api/v1/events").status_code == 401
    assert client.get("/api/v1/events", headers={"Authorization": "Bearer x"}).json["code"] == "token_invalid"


def test_idle_stream_stays_open_while_silent_connections_are_closed(settings, folder, city, listen):
    """Its position moves on, too. Two silences: nothing was ever sent; a request was answered and none follows."""
    variables = {"GRIDWARD_STREAM_PING_SECONDS": "1", "GRIDWARD_CONNECTION_IDLE_SECONDS": "1"}
    env = environment(settings, folder, **variables)
    server = Server(folder / "ping.log", env, workers=1).wait_ready()
    try:
        stream = listen(city.worker("g1"), server.port).settled()
        before = stream.last_id
        silent, answered = (socket.create_connection(("127.0.0.1", server.port)) for _ in range(2))
        answered.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"alive" in answered.recv(4096)
        report(city.worker("g3"), city.in_grid("g3"))
        stream.wait(lambda e: e.pings >= 5, 10)
        assert stream.events_of() == []
        assert stream.last_id != before
        for connection in (silent, answered):
            connection.settimeout(3)
            assert connection.recv(4096) == b"", "closed by the server"
            connection.close()
    finally:
        server.kill()


def test_stream_receives_grid_drawn_while_listening(city, listen):
    above, beside = listen(city.supervisor("c2")), listen(city.worker("g1"))
    settle(above, beside)
    west, south = city.at(1.6, 0.1).values()
    east, north = city.at(1.9, 0.9).values()
    drawn = {
        "id": None,
        "geometry": box(west, south, east, north),
        "properties": {
            "code": f"{city.code}-g5",
            "name": {"zh": "新格", "en": "New"},
            "level": "grid",
            "parent_code": f"{city.code}-c2",
        },
    }
    with db.transaction(SYSTEM) as session:
        made = areas.import_areas(session, SYSTEM, jurisdiction=city.code, features=[drawn])
    [new] = [ref["id"] for ref in made["created"]]
    above.wait(lambda e: f"area:{new}" in e.buckets(), 2)
    report(city.worker("g1"), city.at(1.7, 0.5))
    above.wait(lambda e: f"grid:{new}" in e.buckets(), 2)
    assert not beside.buckets() & {f"area:{new}", f"grid:{new}"}


def test_sos_reaches_chief_and_supervisor_within_two_seconds(city, listen):
    caller, chief = city.worker("g1"), city.worker("c1", role="chief")
    above, elsewhere = city.supervisor(), city.supervisor("c2")
    streams = {name: listen(p) for name, p in (("chief", chief), ("above", above), ("elsewhere", elsewhere))}
    caller.get("/me")
    settle(*streams.values())
    sent = time.monotonic()
    called = caller.post("/sos", {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12})
    assert called.status_code == 201, called.data
    informed = {person["id"] for person in called.json["told"]}
    assert informed >= {str(chief.id), str(above.id)}
    for name, person in (("chief", chief), ("above", above)):
        streams[name].wait(lambda e, p=person: f"worker:{p.id}" in e.buckets(), 2)
        assert streams[name].events_of()[0].at - sent < 2
        synced = person.get("/sync").json if name == "chief" else None
        assert synced is None or called.json["id"] in json.dumps(synced)
    caught_up(streams["elsewhere"])
    assert str(elsewhere.id) in informed or streams["elsewhere"].buckets() == set()


class TestResuming:
    def test_resumed_stream_receives_missed_hints(self, city, listen):
        person, reporter = city.worker("g1"), city.worker("g3")
        first = listen(person).settled()
        position = first.last_id
        first.close()
        report(reporter, city.in_grid("g1"))
        again = listen(person, since=position)
        hint = again.wait(lambda e: e.events_of(), 2)[0]
        assert hint.data["all"] is False
        assert grid(city, "g1") in hint.data["buckets"]
        again.close()
        by_query = listen(person, last_event_id=position)
        assert grid(city, "g1") in by_query.wait(lambda e: e.events_of(), 2)[0].data["buckets"]

    def test_resumed_stream_receives_nothing_when_nothing_was_missed(self, city, listen):
        person, reporter = city.worker("g1"), city.worker("g3")
        reporter.get("/me")
        first = listen(person).settled()
        position = first.last_id
        first.close()
        report(reporter, city.in_grid("g3"))
        again = listen(person, since=position)
        again.wait(lambda e: e.last_id)
        caught_up(again)
        assert again.buckets() == set() and again.events_of() == again.events

    @pytest.mark.parametrize(
        "position", ["nonsense", "00000000-5:5:", "{epoch}-9:5:", "{epoch}-999999999:999999999:"]
    )
    def test_unknown_position_sends_all_buckets(self, city, listen, owner, position):
        [epoch] = owner.execute("select left(epoch::text, 8) from sync_epoch").fetchone()
        person = city.worker("g1")
        hint = listen(person, since=position.format(epoch=epoch)).wait(lambda e: e.events_of(), 2)[0]
        assert hint.data["all"] is True
        assert set(hint.data["buckets"]) >= {"global", f"worker:{person.id}", grid(city, "g1")}

    def test_new_epoch_sends_all_buckets(self, city, listen, owner):
        stream = listen(city.worker("g1")).settled()
        owner.execute("update sync_epoch set epoch = gen_random_uuid()")
        assert stream.wait(lambda e: e.events_of(), 2)[0].data["all"] is True


class TestEnding:
    def ended(self, stream, reason, since, seconds=5.0):
        stream.wait(lambda e: e.is_over.is_set(), seconds)
        assert [e.data for e in stream.events_of("bye")] == [{"reason": reason}]
        assert stream.ended_at - since < seconds
        assert stream.ended_clean

    def test_stream_ends_with_its_session_only(self, city, listen):
        person = city.worker("g1")
        stream = listen(person).settled()
        elsewhere = person.sign_in("another-phone")["access_token"]
        other = listen(person, token=elsewhere).settled()
        assert not stream.is_over.is_set()
        began = time.monotonic()
        assert person.post("/auth/logout").status_code == 204
        self.ended(stream, "session_ended", began)
        caught_up(other)
        assert not other.is_over.is_set()

    def test_stream_ends_when_account_is_disabled(self, city, listen):
        person, boss = city.worker("g1"), city.supervisor()
        stream = listen(person).settled()
        began = time.monotonic()
        assert boss.post(f"/accounts/{person.id}/disable").status_code < 300
        self.ended(stream, "session_ended", began)

    def test_stream_ends_when_device_is_revoked(self, city, listen):
        person, boss = city.worker("g1"), city.supervisor()
        stream = listen(person).settled()
        [device] = boss.get(f"/accounts/{person.id}/devices").json["items"]
        began = time.monotonic()
        assert boss.call("DELETE", f"/accounts/{person.id}/devices/{device['id']}").status_code == 204
        self.ended(stream, "session_ended", began)

    def test_stream_ends_when_role_is_granted_or_revoked(self, city, listen):
        person, boss = city.supervisor("c1"), city.person(Role.ADMIN)
        reporter = city.worker("g3")
        stream = listen(person).settled()
        began = time.monotonic()
        body = {"role": "supervisor", "area_id": str(city.areas["c2"])}
        given = boss.post(f"/accounts/{person.id}/roles", body)
        assert given.status_code == 201, given.data
        self.ended(stream, "rights_changed", began)

        wider = listen(person).settled()
        report(reporter, city.in_grid("g3"))
        wider.wait(lambda e: grid(city, "g3") in e.buckets(), 2)
        began = time.monotonic()
        roles = boss.get(f"/accounts/{person.id}").json["roles"]
        [taken] = [r["id"] for r in roles if r["area_id"] == body["area_id"]]
        assert boss.call("DELETE", f"/accounts/{person.id}/roles/{taken}").status_code < 300
        self.ended(wider, "rights_changed", began)

        narrow = listen(person).settled()
        report(reporter, city.in_grid("g3"))
        caught_up(narrow)
        assert grid(city, "g3") not in narrow.buckets()

    def test_stream_ends_when_responsibility_is_added(self, city, listen):
        person, boss = city.worker("g1"), city.supervisor()
        stream = listen(person).settled()
        began = time.monotonic()
        body = {"worker_id": str(person.id), "area_id": str(city.areas["g2"]), "role": "worker"}
        assert boss.post("/responsibilities", body).status_code == 201
        self.ended(stream, "rights_changed", began)

    def test_stream_ends_when_access_token_expires(self, city, listen, settings):
        person = city.worker("g1")
        token = person.sign_in()["access_token"]
        keys, now = keys_of(settings.signing_key_file), clock.now()
        claims = tokens.read_access(keys, token, issuer=settings.issuer, now=now)
        short = tokens.sign_access(keys, claims, issuer=settings.issuer, now=now, life=timedelta(seconds=3))
        began = time.monotonic()
        stream = listen(person, token=short)
        self.ended(stream, "token_expired", began)
        assert stream.ended_at - began > 1.5

    def test_stream_ends_when_responsibility_ends_by_time(self, city, listen, owner):
        person = city.worker("g1")
        owner.execute(
            "update responsibility set valid = tstzrange(lower(valid), clock_timestamp() + interval '4 s')"
            " where worker_id = %s",
            [person.id],
        )
        began = time.monotonic()
        self.ended(listen(person), "rights_changed", began, seconds=8)


class TestTickets:
    def test_ticket_opens_one_stream_and_is_not_logged(self, city, server, listen):
        person = city.worker("g1")
        answer = person.post("/events/ticket")
        assert answer.headers["Cache-Control"] == "no-store"
        ticket = answer.json["ticket"]
        stream = listen(person, token=None, ticket=ticket).settled()
        report(city.worker("g3"), city.in_grid("g1"))
        stream.wait(lambda e: grid(city, "g1") in e.buckets(), 2)
        again = EventStream(server.port, ticket=ticket)
        assert again.status == 401
        assert json.loads(again.body)["code"] == "ticket_invalid"
        assert ticket not in server.log.read_text()

    def test_concurrent_use_of_ticket_opens_one_stream(self, city, server, streams):
        person = city.worker("g1")
        for _ in range(5):
            ticket = person.post("/events/ticket").json["ticket"]
            with ThreadPoolExecutor(8) as pool:
                opened = list(pool.map(lambda _, t=ticket: EventStream(server.port, ticket=t), range(8)))
            streams.extend(opened)
            assert sorted(stream.status for stream in opened) == [200] + [401] * 7

    def test_ticket_stream_ends_with_session(self, city, listen):
        person = city.worker("g1")
        stream = listen(person, token=None, ticket=person.post("/events/ticket").json["ticket"]).settled()
        person.post("/auth/logout")
        stream.wait(lambda e: e.events_of("bye"), 5)


def test_streams_are_limited_per_account_and_per_process(settings, folder, city, listen):
    env = environment(settings, folder, GRIDWARD_STREAMS_PER_ACCOUNT="2", GRIDWARD_STREAMS_PER_PROCESS="3")
    server = Server(folder / "limits.log", env, workers=1).wait_ready()
    try:
        person, another, late = city.worker("g1"), city.worker("g2"), city.worker("g3")
        first, _ = listen(person, server.port), listen(person, server.port)
        third = EventStream(server.port, person.token)
        assert (third.status, json.loads(third.body)["code"]) == (429, "streams_per_account")
        assert int(third.headers["retry-after"]) >= 1
        listen(another, server.port)
        late.get("/me")
        full = EventStream(server.port, late.token)
        assert (full.status, json.loads(full.body)["code"]) == (503, "streams_full")
        assert int(full.headers["retry-after"]) >= 1
        first.close()
        eventually(
            lambda: (e := EventStream(server.port, late.token)).status == 200 and (e.close() or True),
            seconds=3,
        )
        # Who is refused after a place was taken gives it back: everything else is free again.
        for _ in range(5):
            late.token = late.sign_in()["access_token"]
        eventually(
            lambda: (e := EventStream(server.port, person.token)).status == 200 and (e.close() or True),
            seconds=3,
        )
    finally:
        server.kill()


class TestOutages:
    def test_killed_process_ends_only_its_own_streams(self, settings, folder, city, listen):
        server = Server(folder / "taken.log", environment(settings, folder), workers=2).wait_ready()
        people, reporter = [city.worker("g1") for _ in range(8)], city.worker("g3")
        try:
            for person in people:
                person.token = person.sign_in()["access_token"]
            with ThreadPoolExecutor(32) as pool:
                streams = list(pool.map(lambda n: listen(people[n % 8], server.port), range(120)))
            for stream in streams:
                stream.wait(lambda e: e.last_id)
            caught_up(*streams)
            os.kill(server.workers()[0], signal.SIGKILL)
            eventually(lambda: any(stream.is_over.is_set() for stream in streams))
            caught_up(*streams)
            cut = [stream for stream in streams if stream.is_over.is_set()]
            open_streams = [stream for stream in streams if not stream.is_over.is_set()]
            assert cut and open_streams
            for stream in open_streams:
                stream.events.clear()
            report(reporter, city.in_grid("g1"))
            for stream in open_streams:
                stream.wait(lambda e: grid(city, "g1") in e.buckets(), 3)
            for person, stream in zip(people, cut, strict=False):
                again = listen(person, server.port, since=stream.last_id)
                again.wait(lambda e: grid(city, "g1") in e.buckets(), 3)
            assert len(eventually(lambda: len(w := server.workers()) == 2 and w, seconds=10)) == 2
        finally:
            server.kill()

    def test_stream_continues_when_its_database_reader_is_terminated(self, city, listen, owner):
        stream = listen(city.worker("g1")).settled()
        reporter = city.worker("g3")
        reporter.get("/me")
        for _ in range(3):
            cut = owner.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where datname = current_database() and query like '%%pg_visible_in_snapshot%%' and pid <> pg_backend_pid()"
            ).fetchone()
            assert cut[0] >= 1
            report(reporter, city.in_grid("g1"))
            stream.wait(lambda e: grid(city, "g1") in e.buckets(), 3)
            stream.settled()

    def test_hints_are_sent_after_database_outage(self, settings, folder, tmp_path_factory, city, listen):
        wire = Wire(settings.database_url, tmp_path_factory.mktemp("e"))
        wire.mend()
        env = environment(settings, folder) | {"DATABASE_URL": wire.url}
        server = Server(folder / "away.log", env, workers=1).wait_ready()
        reporter = city.worker("g3")
        reporter.get("/me")
        try:
            near, far = listen(city.worker("g1"), server.port), listen(city.worker("g2"), server.port)
            settle(near, far)
            wire.cut()
            report(reporter, city.in_grid("g1"))  # by another way than the server's
            time.sleep(3)  # pause: the outage lasts for several readings, and nothing comes meanwhile
            assert near.events == [] and not near.is_over.is_set()
            wire.mend()
            near.wait(lambda e: grid(city, "g1") in e.buckets(), 8)
            caught_up(far)
            assert far.buckets() == set()
            assert server.stop() == 0
        finally:
            server.kill()

    def test_stream_ends_after_outage_when_rights_changed_meanwhile(
        self, settings, folder, tmp_path_factory, city, listen
    ):
        wire = Wire(settings.database_url, tmp_path_factory.mktemp("r"))
        wire.mend()
        env = environment(settings, folder) | {"DATABASE_URL": wire.url}
        server = Server(folder / "rights.log", env, workers=1).wait_ready()
        try:
            person = city.worker("g1")
            stream = listen(person, server.port).settled()
            wire.cut()
            person.post("/auth/logout")
            time.sleep(1)  # pause: the outage lasts for several readings
            wire.mend()
            stream.wait(lambda e: e.events_of("bye"), 8)
        finally:
            server.kill()


def test_idle_streams_do_not_block_requests(city, listen, server, streams):
    people = [city.worker("g1") for _ in range(15)]
    for person in people:
        person.token = person.sign_in()["access_token"]
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda n: listen(people[n % 15]), range(300)))
    asker = city.worker("g3")
    bearer = {"Authorization": f"Bearer {asker.sign_in()['access_token']}"}

    def ask(_):
        client = server.client()
        statuses = [client.get("/api/v1/incidents", headers=bearer).status_code for _ in range(25)]
        client.close()
        return statuses

    with ThreadPoolExecutor(8) as pool:
        assert {status for statuses in pool.map(ask, range(8)) for status in statuses} == {200}
    for stream in opened:
        stream.wait(lambda e: e.last_id)
    caught_up(*opened)
    for stream in opened:
        assert not stream.is_over.is_set()
        stream.events.clear()
    report(asker, city.in_grid("g1"))
    for stream in opened:
        stream.wait(lambda e: grid(city, "g1") in e.buckets(), 5)


class _Release(Exception):
    """Leaves the transaction below."""


@pytest.mark.wide
@pytest.mark.parametrize(
    "signum", drawn_share([signal.SIGTERM, signal.SIGINT], one_in=2, name="stop of a stream")
)
def test_stop_ends_streams_cleanly_and_answers_running_request(settings, folder, city, owner, listen, signum):
    env = environment(settings, folder, GRIDWARD_STOP_NOTICE_SECONDS="0.5")
    server = Server(folder / f"streams-{signum}.log", env, workers=2).wait_ready()
    reporter = city.worker("g1")
    reporter.token = reporter.sign_in()["access_token"]
    listeners = [city.worker("g2") for _ in range(10)]
    for person in listeners:
        person.token = person.sign_in()["access_token"]
    reporter.client = server.client()
    body = {"id": str(uuid7()), **city.in_grid("g3"), "description": "under way"}
    try:
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(lambda n: listen(listeners[n % 10], server.port), range(200)))
        for stream in opened:
            stream.wait(lambda e: e.last_id)
        with ThreadPoolExecutor(1) as pool, owner.transaction(force_rollback=True):
            claim_report(owner, reporter.id, body["id"])
            sent = pool.submit(reporter.post, "/incidents", body)
            eventually(lambda: lock_waits(owner))
            began = time.monotonic()
            server.child.send_signal(signum)
            for stream in opened:
                stream.wait(lambda e: e.is_over.is_set(), 5)
            assert not sent.done()
            raise _Release(sent)
    except _Release as released:
        assert released.args[0].result(10).status_code == 201
        assert server.child.wait(30) == 0, server.log_text()
        assert time.monotonic() - began < 8
        assert [e.events_of("bye")[-1].data for e in opened] == [{"reason": "server_stopping"}] * 200
        assert all(stream.ended_clean for stream in opened)
    finally:
        server.kill()


def test_metrics_count_streams_and_hints(city, listen, server):
    def figure(name):
        text = server.client().get("/metrics").data.decode()
        return sum(float(v) for v in re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+-]+)$", text, re.M))

    before, hints = figure("gridward_listeners"), figure("gridward_hints_total")
    streams = [listen(city.worker("g1")) for _ in range(3)]
    for stream in streams:
        stream.settled()
    assert figure("gridward_listeners") == before + 3
    assert figure("gridward_hints_total") >= hints + 3
    assert figure("gridward_hint_lag_seconds_count") > 0
    in_flight = figure("gridward_requests_in_flight")
    assert in_flight <= 1  # the scrape itself
    ended = figure("gridward_listeners_ended_total")
    for stream in streams:
        stream.close()
    eventually(lambda: figure("gridward_listeners") == before, seconds=3)
    assert figure("gridward_listeners_ended_total") == ended + 3
