"""Pages of cases: each index that a reader's page uses returns the cases of the one rule."""

import orjson
import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import Actor, Grant, Permission, Role
from app.incidents.cases.queries.lists import page
from app.incidents.scope import CASE_I, case_visibility


@pytest.fixture
def people(city, report):
    """Return actors with scopes at each depth of the tree and with personal grounds only, by name; with cases of all kinds."""
    areas = city.areas
    worker, boss, other = city.worker("g1"), city.supervisor("d"), city.worker("g3")
    for _ in range(3):
        report(worker, city.in_grid("g1"))
        report(boss, city.in_grid("g2"))
        report(boss, city.in_grid("g3"), category="E0102")
        report(other, city.in_grid("g2"))
    report(boss, city.in_grid("g1"), about={"kind": "worker", "id": str(worker.id)}, category="unclassified")
    report(other, city.in_no_grid())

    def actor(role, area=None, unit=None, person=other):
        return Actor.of(id=person.id, grants=(Grant(role, areas[area] if area else None, unit),))

    several = (Grant(Role.GIS, areas["s"]), Grant(Role.SUPERVISOR, areas["g2"]))
    return {
        "district": actor(Role.SUPERVISOR, "d"),
        "street": actor(Role.SUPERVISOR, "s"),
        "community": actor(Role.SUPERVISOR, "c1"),
        "grid": actor(Role.GIS, "g1"),
        "several": Actor.of(id=boss.id, grants=several),
        "worker": actor(Role.WORKER, "c1", person=worker),
        "handler": actor(Role.HANDLER, unit=city.units["cleaning"]),
        "everywhere": actor(Role.ADMIN),
        "nobody": Actor.of(id=other.id, grants=()),
    }


def just_ids(_rule):
    return db.Fragment("json_build_object('id', i.id)")


def listed(actor, **filters):
    """Return the ids of all pages of three cases."""
    ids = []
    while True:
        row = page(actor, form=just_ids, filters=filters, now=clock.now(), limit=3)
        ids += [item["id"] for item in orjson.loads(row["items"])]
        if row["n"] <= 3:
            return ids
        filters["after"] = row["last_key"]


UNDER = "i.scope_path <@ (select path from area_version where area_id = :area_id and upper_inf(valid))"
OPEN = "i.status not in ('closed', 'not_filed', 'force_closed')"


def by_clause(actor, *conditions, permission=None, **binds):
    seen = case_visibility(actor, clock.now(), permission)
    sql = f"""
      select i.id::text from incident i
      where i.deleted_at is null and {" and ".join((db.as_sql(seen.condition(CASE_I)), *conditions))}
      order by i.reported_at desc, i.id desc
    """
    with db.read_session() as session:
        return list(session.scalars(text(sql), seen.binds | binds))


WHO = ("district", "street", "community", "grid", "several", "worker", "handler", "everywhere", "nobody")


@pytest.mark.parametrize("who", WHO)
def test_listing_pages_equal_visibility_clause(people, city, who):
    actor = people[who]
    # An actor everywhere sees the cases of all tests, which change meanwhile, so only this city's are compared.
    whole = {} if who != "everywhere" else {"area_id": city.areas["d"]}
    under = (UNDER,) if whole else ()
    seen = by_clause(actor, *under, **whole)
    assert listed(actor, **whole) == seen
    assert seen or who == "handler"
    assert listed(actor, status=["open"], **whole) == by_clause(actor, OPEN, *under, **whole)
    part = {"area_id": city.areas["c1"]}
    assert listed(actor, **part) == by_clause(actor, UNDER, **part)
    directed = by_clause(actor, *under, permission=Permission.INCIDENT_DIRECT, **whole)
    assert listed(actor, directed=True, **whole) == directed
