"""Pages of cases: each index that a reader's page uses returns the cases of the one rule."""

import re

import orjson
import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import Actor, Grant, Permission, Role
from app.incidents.cases.queries.fields import item
from app.incidents.cases.queries.lists import page
from app.incidents.scope import CASE_I, case_visibility
from tests.statements import recorded_statements, recorded_with_binds


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


def addresses_read(actor):
    """Return how many cases the actor sees, of how many they read the address, and for how many two conditions differ."""
    seen = case_visibility(actor, clock.now())
    rule, names = (
        seen.rule,
        ("reads_address", "reads_address_of_visible", "place_in_words", "place_of_visible"),
    )
    whole, short, place, short_place = (db.as_sql(getattr(rule, name)(CASE_I)) for name in names)
    sql = f"""
      select count(*), count(*) filter (where {whole}),
             count(*) filter (where ({whole}) is distinct from ({short})
               or ({place}) is distinct from ({short_place}))
      from incident i where i.deleted_at is null and {db.as_sql(seen.condition(CASE_I))}
    """
    with db.read_session() as session:
        return tuple(session.execute(text(sql), seen.binds).one())


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


@pytest.mark.parametrize("who", (*WHO, "area lookers", "looks and handles"))
def test_short_address_condition_is_equal_for_visible_cases(people, city, who):
    gis = Grant(Role.GIS, city.areas["d"])
    others = {
        "area lookers": (gis,),
        "looks and handles": (gis, Grant(Role.SUPERVISOR, city.areas["g2"])),
    }
    boss = people["several"].id
    actor = people[who] if who in people else Actor.of(id=boss, grants=others[who])
    seen, read, different = addresses_read(actor)
    assert different == 0
    assert seen > 0 or who == "handler"
    assert read > 0 if who in ("district", "street", "everywhere") else True
    rule = case_visibility(actor, clock.now()).rule
    if who in ("district", "street", "worker"):
        assert db.as_sql(rule.reads_address_of_visible(CASE_I)) == "true"


def test_page_reads_no_areas_for_addresses_when_they_are_those_of_cases(people, city):
    """The rule of addresses is left out of the statement: it would be true for each case of the page."""
    with recorded_statements() as statements:
        page(people["district"], form=item, filters={"bbox": (120, 30, 121, 31)}, now=clock.now(), limit=3)
    (statement,) = statements
    assert "address_read_scope" not in statement
    assert "ST_Intersects" not in statement


def test_page_sorts_narrow_rows_and_looks_up_types_of_few_members(people, city):
    """A box has hundreds of cases with sixty columns, of which a page shows some, with forty members of JSON each."""
    filters = {"bbox": (120, 30, 121, 31)}
    with recorded_with_binds() as sent:
        page(people["district"], form=item, filters=filters, now=clock.now(), limit=100)
    ((statement, binds),) = sent
    with db.read_session("generic") as session:
        explained = session.connection().exec_driver_sql(f"explain {statement}", binds)
        plan = "\n".join(explained.scalars())
    search_plan = plan[plan.index("CTE page") : plan.index("CTE shown")].partition("Scan")[0]
    widths = [int(width) for width in re.findall(r"width=(\d+)", search_plan)]
    assert max(widths) < 100, plan
    # Each function that makes JSON looks up the types of what it writes, anew for each case.
    assert "row_to_json" not in statement and "json_agg" not in statement
    assert statement.count("to_json(") <= 12


def test_box_without_width_has_cases_on_its_line(city, report):
    boss, place = city.supervisor(), city.in_grid("g1")
    case = report(boss, place)
    lon, lat = place["lon"], place["lat"]
    for box, is_in in (
        ((lon, lat, lon, lat), True),
        ((lon, lat - 1e-6, lon, lat + 1e-6), True),
        ((lon, lat, lon + 1e-4, lat + 1e-4), True),
        # Nearer than the floats of the index tell apart.
        ((lon + 1e-9, lat, lon + 1e-4, lat + 1e-4), False),
        ((lon - 1e-4, lat - 1e-4, lon, lat - 1e-9), False),
    ):
        answer = boss.get("/incidents?limit=200&bbox=" + ",".join(f"{side:.12f}" for side in box))
        assert answer.status_code == 200, answer.json
        assert (case["id"] in [c["id"] for c in answer.json["items"]]) is is_in, box
