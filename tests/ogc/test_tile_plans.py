"""The plan of a tile is cached without the instant of reading, and by reader."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import as_sql
from app.ogc.rules.tiling import LAYERS, Tile
from app.ogc.service import tiles
from tests.ogc.test_tiles import tile_over


def actor_of(person: Any) -> Actor:
    with db.transaction(SYSTEM) as session:
        actor = accounts.actor_of(session, UUID(str(person.id)))
    assert actor is not None
    return actor


def test_cached_plan_is_that_of_its_instant_for_each_layer_and_reader(city):
    people = [city.person(role, area="s") for role in (Role.GIS, Role.SUPERVISOR, Role.ANALYST)]
    actors = [actor_of(person) for person in (*people, city.person(Role.ADMIN), city.worker("g1"))]
    near = tile_over(city.in_grid("g1"), 14)
    places = (near, Tile(9, near.x >> 5, near.y >> 5), Tile(0, 0, 0))
    compared = 0
    for actor, layer, place in product(actors, LAYERS.values(), places):
        if not actor.may(layer.collection.needs):
            continue
        for shown in (layer, layer.restricted_to(["id"], actor)):
            for now in (clock.now(), clock.now() + timedelta(days=400)):
                cached = tiles._plan(shown, actor, place, now)
                new = tiles._new_plan(shown, actor, place, now)
                assert (cached.binds, cached.digest) == (new.binds, new.digest)
                assert as_sql(cached.version) == as_sql(new.version)
                compared += layer.collection.scope in tiles._CACHED_SCOPES
    assert compared > 100


def test_plan_is_another_one_when_rights_of_the_reader_change(city):
    boss, now = city.person(Role.SUPERVISOR, area="s"), clock.now()
    place = tile_over(city.in_grid("g1"), 14)
    before = tiles._plan(LAYERS["incidents"], actor_of(boss), place, now)
    city.grant(boss, Role.GIS, area="d")
    assert tiles._plan(LAYERS["incidents"], actor_of(boss), place, now).digest != before.digest
