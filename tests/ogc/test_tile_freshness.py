"""No tile is older than a write that was acknowledged before it was asked for."""

import os
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.ogc.queries.versions import FOLD
from app.ogc.service import tiles
from tests.endpoints import component_number
from tests.ogc.conftest import Map
from tests.ogc.test_tiles import path_of, tile_over
from tests.seeds import seeds

SECONDS = float(os.environ.get("GRIDWARD_TILE_HAMMER_SECONDS", "6"))
ZOOM = 16
SAID = re.compile(rb"=([0-9a-f]{32}):(\d+)=")


@contextmanager
def acting_as(settings: Any, role: str | None) -> Iterator[Engine]:
    engine = db.make_engine(settings.database_url, role=role, pool_size=1, statement_timeout_ms=10_000)
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass
class Thing:
    """`states[n]`: the index of the tile in which the thing stands after its n-th write, or None."""

    id: UUID
    states: list[int | None] = field(default_factory=lambda: [None])
    acknowledged: int = 0


@dataclass
class Tally:
    reads: int = 0
    writes: int = 0
    folds: int = 0
    moves: int = 0
    unchanged: int = 0
    stale: list[str] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)


def _write(
    thing: Thing, place: dict[str, float] | None, at: int | None, jurisdiction_id: UUID, open_for: float
) -> None:
    """Insert, move, change or delete a component by its next state."""
    thing.states.append(at)  # from now on a reader may see it
    n = len(thing.states) - 1
    binds = {"id": thing.id, "name": f"={thing.id.hex}:{n}=", "j": jurisdiction_id, **(place or {})}
    with db.transaction(SYSTEM) as session:
        if n == 1:
            session.execute(
                text("""
                  insert into component (id, jurisdiction_id, code, category, name, state, location, created_at)
                  values (:id, :j, :code, '0101',
                          jsonb_build_object('zh', cast(:name as text), 'en', cast(:name as text)), 'in_use',
                          ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :now)"""),
                binds | {"code": component_number(), "now": clock.now()},
            )
        elif place is None:
            session.execute(
                text("update component set deleted_at = :now, state = 'retired' where id = :id"),
                binds | {"now": clock.now()},
            )
        else:
            session.execute(
                text("""
                  update component set deleted_at = null, state = 'in_use',
                    name = jsonb_build_object('zh', cast(:name as text), 'en', cast(:name as text)),
                    location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
                  where id = :id"""),
                binds,
            )
        time.sleep(open_for)  # pause: written, and seen by nobody yet, while others commit
    thing.acknowledged = n


@pytest.mark.parametrize("seed", seeds())
def test_tiles_are_never_stale_under_concurrent_writes(app, city, settings, monkeypatch, seed):
    """Inserts, changes, moves, deletes; each answer is judged by what was acknowledged before it was asked for."""
    corner = city.in_grid("g1")
    places = [corner, corner | {"lon": corner["lon"] + 0.2}]
    targets = [tile_over(place, ZOOM) for place in places]
    assert targets[0] != targets[1]
    people = [Map(city.person(Role.GIS)), Map(city.person(Role.ADMIN))]
    for map_reader in people:
        map_reader.get("/collections")
    tally, stop, lock = Tally(), time.monotonic() + SECONDS, threading.Lock()
    things = [Thing(uuid7()) for _ in range(24)]

    def guarded(act: Any, *args: Any) -> None:
        try:
            while time.monotonic() < stop and not tally.broken:
                act(*args)
        except BaseException as error:
            tally.broken.append(error)

    def writer(mine: list[Thing], dice: random.Random) -> None:
        thing = dice.choice(mine)
        at = dice.choice([0, 0, 1, 1, None]) if thing.acknowledged else dice.choice([0, 1])
        was = thing.states[-1]
        if at is None and was is None:
            at = 0
        place = None if at is None else places[at] | {"lon": places[at]["lon"] + dice.random() / 10_000}
        _write(thing, place, at, city.jurisdiction_id, dice.choice([0, 0, 0.01, 0.05]))
        rest = dice.choice([0, 0.02, 0.1])
        time.sleep(rest)  # pause: so that the next write does not hide what this one left
        with lock:
            tally.writes += 1
            tally.moves += was is not None and at is not None and was != at

    def reader(who: Map, tags: dict[int, str], dice: random.Random) -> None:
        n = dice.randrange(2)
        before = [thing.acknowledged for thing in things]
        headers = {"If-None-Match": tags[n]} if n in tags else {}
        answer = who.get(path_of(targets[n], "components"), headers)
        after = [len(thing.states) for thing in things]
        if answer.status_code == 304:
            body = bodies[who.person.username, n]
        else:
            assert answer.status_code in (200, 204), answer.text
            body = bodies[who.person.username, n] = answer.data
            tags[n] = answer.headers["ETag"]
        states = {name.decode(): int(state) for name, state in SAID.findall(body)}
        with lock:
            tally.reads += 1
            tally.unchanged += answer.status_code == 304
        for thing, low, high in zip(things, before, after, strict=True):
            state = states.get(thing.id.hex)
            possible = thing.states[low:high]
            fine = any(at != n for at in possible) if state is None else low <= state < high
            if not fine:
                tally.stale.append(f"{thing.id.hex}: {state} of {low}..{high} in tile {n}")

    def folder(engine: Engine) -> None:
        with engine.begin() as connection:
            folded = connection.execute(text(FOLD)).scalar_one()
        with lock:
            tally.folds += folded > 0
        time.sleep(0.01)  # pause: a folder that comes often

    bodies: dict[tuple[str, int], bytes] = {}
    with acting_as(settings, "gridward_job") as engine:
        threads = [
            threading.Thread(target=guarded, args=(writer, things[n::4], random.Random(seed + n)))
            for n in range(4)
        ]
        threads += [
            threading.Thread(target=guarded, args=(reader, map_reader, {}, random.Random(seed + 10 + n)))
            for n, map_reader in enumerate(people)
        ]
        threads.append(threading.Thread(target=guarded, args=(folder, engine)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(
        tally.reads,
        "reads",
        tally.writes,
        "writes",
        tally.folds,
        "folds",
        tally.moves,
        "moves",
        tally.unchanged,
        "304",
    )
    assert tally.broken == []
    assert tally.stale == []
    assert min(tally.reads, tally.writes, tally.folds, tally.moves) >= 20


def test_late_commit_of_earlier_write_changes_tile(city, gis, put, settings):
    """Commits come in another order than writes: a version that is a time or a number of the newest row misses this."""
    place = city.in_grid("g1")
    first_id, second_id = put(place, 2)
    tile = path_of(tile_over(place, ZOOM), "components")
    rename = text(
        "update component set name = jsonb_build_object('zh', cast(:name as text), 'en', cast(:name as text)) where id = :id"
    )
    with acting_as(settings, "gridward_app") as engine, Session(engine) as first:
        first.execute(rename, {"id": first_id, "name": "first=written"})
        with db.transaction(SYSTEM) as second:
            second.execute(rename, {"id": second_id, "name": "last=written"})
        seen = gis.get(tile)
        assert b"last=written" in seen.data and b"first=written" not in seen.data
        first.commit()
    later = gis.get(tile, {"If-None-Match": seen.headers["ETag"]})
    assert later.status_code == 200 and b"first=written" in later.data


@pytest.mark.parametrize("z", [8, 13, 14, 16, 18])
def test_moved_component_changes_tags_of_both_tiles(city, gis, put, z):
    place = city.in_grid("g1")
    [component_id] = put(place)
    before = _tag(gis, place, "components", z)
    away = {"lon": place["lon"] + 3, "lat": place["lat"]}
    there = _tag(gis, away, "components", z)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update component set location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) where id = :id"),
            {"id": component_id, **away},
        )
    assert _tag(gis, place, "components", z) != before
    assert _tag(gis, away, "components", z) != there


def _tag(who: Map, place: dict[str, float], layer: str, z: int = ZOOM) -> str:
    return str(who.get(path_of(tile_over(place, z), layer)).headers["ETag"])


def test_folding_changes_keeps_tile_tags(city, gis, put, settings, rows):
    place = city.in_grid("g1")
    for _ in range(5):
        put(place, 2)
    before = [_tag(gis, place, "components", z) for z in (0, 8, 14, 18)]
    counted = rows("select sum(n) from tile_change")[0][0]
    with acting_as(settings, "gridward_job") as engine:
        with Session(engine) as session, session.begin():
            assert tiles.fold_changes(session) > 0
        with Session(engine) as session, session.begin():
            tiles.fold_changes(session)
    assert rows("select sum(n) from tile_change")[0][0] == counted
    assert rows("select 1 from tile_change group by layer, x, y having count(*) > 1") == []
    assert [_tag(gis, place, "components", z) for z in (0, 8, 14, 18)] == before


def test_change_in_other_cell_keeps_tile_tag(city, gis, put):
    place = city.in_grid("g1")
    put(place)
    before = _tag(gis, place, "components")
    put(place | {"lon": place["lon"] + 0.3})
    assert _tag(gis, place, "components") == before
    put(place | {"lon": place["lon"] + 0.0001})
    assert _tag(gis, place, "components") != before


@pytest.mark.parametrize("table", ["incident", "component", "premises", "household"])
def test_update_and_truncate_are_counted_as_tile_changes(city, settings, report, put, house, table):
    """By the owner, who may truncate. Inserts, deletes and bulk loads have tests of their own."""
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    put(place)
    house(place)
    count = text("select coalesce(sum(n), 0) from tile_change where layer = :t")
    whole = text("select coalesce(sum(n), 0) from tile_change where layer = :t and x = -1")
    with acting_as(settings, None) as engine, Session(engine) as session:
        counts = [session.scalar(count, {"t": table})]
        row_id = session.scalar(text(f"select id from {table} limit 1"))
        for act in (f"update {table} set version = version where id = :i", f"truncate {table} cascade"):
            session.execute(text(act), {"i": row_id} if ":i" in act else {})
            counts.append(session.scalar(count, {"t": table}))
        layers = session.scalar(whole, {"t": table})
        session.rollback()
    assert layers >= 1
    assert counts == sorted(set(counts)), counts


def test_delete_and_bulk_insert_change_tile_tags(city, settings, put, gis):
    place = city.in_grid("g1")
    [component_id] = put(place)
    far = {"lon": place["lon"] + 0.25, "lat": place["lat"]}
    before, tag = _tag(gis, place, "components"), _tag(gis, far, "components")
    with acting_as(settings, None) as engine, Session(engine) as session, session.begin():
        session.execute(text("delete from component where id = :i"), {"i": component_id})
    assert _tag(gis, place, "components") != before
    # 300 cells in one statement: one row for the whole layer.
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""
              insert into component (id, jurisdiction_id, code, category, name, state, location, created_at)
              select gen_random_uuid(), :j, '3301070101' || lpad(cast(n as text), 6, '0'), '0101',
                     '{"zh": "x", "en": "x"}', 'in_use',
                     ST_SetSRID(ST_MakePoint(100 + n * 0.03, 10), 4326), :now from generate_series(1, 300) n"""),
            {"j": city.jurisdiction_id, "now": clock.now()},
        )
    assert _tag(gis, far, "components") != tag


def test_household_update_locks_its_premises_until_commit(city, settings, house, boss, rows):
    """Premises moved meanwhile would take the household to a cell where its own change is not counted."""
    home = house(city.in_grid("g1"))
    with (
        acting_as(settings, "gridward_app") as engine,
        Session(engine) as first,
        Session(db.engine()) as second,
    ):
        first.execute(text("update household set version = version where premises_id = :p"), {"p": home})
        second.execute(text("set local lock_timeout = '200ms'"))
        with pytest.raises(OperationalError) as refused:
            second.execute(
                text("update premises set location = ST_Translate(location, 0.1, 0) where id = :p"),
                {"p": home},
            )
        assert isinstance(refused.value.orig, LockNotAvailable)
        second.rollback()
        first.rollback()


def test_moved_premises_change_tiles_of_their_household(city, house, boss):
    place = city.in_grid("g1")
    home = house(place)
    before = _tag(boss, place, "households")
    other = {"lon": place["lon"] + 0.002, "lat": place["lat"]}
    away = _tag(boss, other, "households")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update premises set location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) where id = :p"),
            {"p": home, **other},
        )
    assert _tag(boss, place, "households") != before and _tag(boss, other, "households") != away


def test_tile_shows_case_when_assignment_moves_to_reader(city, report, step, app):
    """An offer changes what somebody sees though it is no change of the case."""
    place = city.in_grid("g1")
    case = report(city.worker("g1"), place)
    other = city.worker("g2")
    them = Map(other)
    tile = path_of(tile_over(place, ZOOM), "incidents")
    assert case["id"].encode() not in them.get(tile).data
    with db.transaction(SYSTEM) as session:
        moved = session.execute(
            text("update assignment set account_id = :w where incident_id = :i"),
            {"w": other.id, "i": case["id"]},
        )
        assert moved.rowcount == 1
    assert case["id"].encode() in them.get(tile).data


def test_tile_hides_features_when_responsibility_expires(city, put, rows):
    place = city.in_grid("g1")
    [component_id] = put(place)
    worker = city.worker("g1")
    me, tile = Map(worker), path_of(tile_over(place, ZOOM), "components")
    assert component_id.encode() in me.get(tile).data
    ends = clock.now() + timedelta(minutes=2)
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update responsibility set valid = tstzrange(lower(valid), :t) where worker_id = :w"),
            {"t": ends, "w": worker.id},
        )
    assert component_id.encode() in me.get(tile).data
    with clock.at(ends + timedelta(seconds=1)):
        answer = me.get(tile)
        assert answer.status_code == 204 or component_id.encode() not in answer.data


def test_new_profile_changes_tile_tag(city, gis, report):
    place = city.in_grid("g1")
    case = report(city.worker("g1"), place, category="E0102")
    tile = path_of(tile_over(place, ZOOM), "incidents")
    assert case["id"].encode() in gis.get(tile).data
    before = _tag(gis, place, "incidents")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""
              insert into profile_version (id, jurisdiction_id, number, data, in_force_from)
              select :n, jurisdiction_id, number + 1, data, in_force_from from profile_version
              where jurisdiction_id = :j order by number desc limit 1"""),
            {"n": uuid7(), "j": city.jurisdiction_id},
        )
    assert _tag(gis, place, "incidents") != before


def test_tile_is_not_shared_between_readers(city, put, report):
    """The same tile, asked for by people who see more, less, and nothing, in turn."""
    place = city.in_grid("g1")
    case = report(city.worker("g1"), place)
    mine, theirs = Map(city.worker("g1")), Map(city.worker("g2"))
    tile = path_of(tile_over(place, ZOOM), "incidents")
    tag = mine.get(tile).headers["ETag"]
    for _ in range(2):
        assert case["id"].encode() in mine.get(tile).data
        assert case["id"].encode() not in theirs.get(tile).data
    # Who only looks sees no case about somebody, wherever it is; who directs all of the city does.
    looks, directs = Map(city.person(Role.GIS)), Map(city.person(Role.ADMIN))
    about = report(
        city.worker("g1"), place, category="E0690", about={"kind": "worker", "id": str(theirs.person.id)}
    )
    for _ in range(2):
        assert about["id"].encode() in directs.get(tile).data
        assert about["id"].encode() not in looks.get(tile).data
    # A tag of somebody else's opens nothing.
    assert theirs.get(tile, {"If-None-Match": tag}).status_code != 304


def test_revoked_role_is_effective_for_next_tile(city, put):
    place = city.in_grid("g1")
    [component_id] = put(place)
    person = city.person(Role.GIS, area="s")
    me, tile = Map(person), path_of(tile_over(place, ZOOM), "components")
    answer = me.get(tile)
    assert component_id.encode() in answer.data
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update account_grant set revoked_at = :t where account_id = :a"),
            {"t": clock.now(), "a": person.id},
        )
    later = me.get(tile, {"If-None-Match": answer.headers["ETag"]})
    assert later.status_code != 304 and component_id.encode() not in later.data


@pytest.mark.parametrize("asks", ["new", "cached", "known"])
def test_tile_is_refused_at_once_when_session_ended_elsewhere(city, put, asks):
    """Another process ends the session: this one remembers the actor and hears of nothing."""
    place = city.in_grid("g1")
    put(place)
    person = city.person(Role.GIS, area="s")
    me, tile = Map(person), path_of(tile_over(place, ZOOM), "components")
    assert me.get("/collections").status_code == 200
    headers = {}
    if asks != "new":
        headers = {"If-None-Match": me.get(tile).headers["ETag"]} if asks == "known" else {}
        assert me.get(tile, headers).status_code == (304 if asks == "known" else 200)
    with db.transaction(SYSTEM) as session:
        ended = text("update session set revoked_at = :t, revoke_reason = 'sign_out' where account_id = :a")
        session.execute(ended, {"t": clock.now(), "a": person.id})
    for _ in range(2):
        answer = me.get(tile, headers)
        assert answer.status_code == 401 and "ETag" not in answer.headers


def test_tile_cache_knows_digests_of_its_tiles_only():
    cache = tiles.Cache(10_000)
    cache.put("a 1", bytes(1_000), b"a")
    cache.put("b 1", bytes(1_000), b"b")
    assert cache.has_any([b"x", b"a"]) and not cache.has_any([b"x"])
    cache.put("a 2", bytes(1_000), b"a")
    for n in range(5):
        cache.put(str(n), bytes(1_000))
    assert cache.get("a 1") is None and cache.get("b 1") is None
    assert cache.has_any([b"a"]) and not cache.has_any([b"b"])
    cache.put("5", bytes(1_000))
    assert not cache.has_any([b"a", b"b"])


def test_tile_cache_stays_within_byte_limit():
    cache = tiles.Cache(10_000)
    for n in range(100):
        cache.put(str(n), bytes(1_000))
    assert cache.used_bytes <= 10_000
    assert cache.get("99") is not None and cache.get("0") is None
    cache.get("95")
    for n in range(100, 106):
        cache.put(str(n), bytes(1_000))
        cache.get("95")
    assert cache.get("95") is not None
    cache.put("huge", bytes(20_000))
    assert cache.get("huge") is None
