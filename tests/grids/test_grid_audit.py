"""Grid audit: each planted fault is reported with its members, to those whose grids it touches and to nobody else."""

from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from shapely.geometry import shape
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.grids import jobs as grids_jobs
from app.households import service as households
from app.profiles import service as profiles
from app.workforce import service as workforce
from tests.answers import all_items
from tests.factories import City, Person, make_city
from tests.live.processes import as_job_worker

# A degree is about 111 km: a hundredth of a city's square is some 20 m.
SQUARE = 0.02


def list_findings(person: Person, query: str = "") -> list[dict[str, Any]]:
    findings = all_items(person, f"/supervision/grid-audit/findings?limit=2{query}")
    assert len({finding["id"] for finding in findings}) == len(findings)
    return findings


def findings_of_kind(person: Person, kind: str) -> list[dict[str, Any]]:
    return list_findings(person, f"&kind={kind}")


def members(person: Person, finding: dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and id of what a finding opens, page by page; as many as it says."""
    path = urlsplit(finding["members"]["members"]).path.removeprefix("/api/v1")
    counted = [(member["kind"], member["id"]) for member in all_items(person, f"{path}?limit=2")]
    assert len(counted) == len(set(counted)) == finding["members"]["count"]
    return counted


def grids(city: City, *names: str) -> set[tuple[str, str]]:
    return {("grid", str(city.areas[name])) for name in names}


def reshape(city: City, name: str, wkt: str) -> None:
    """Give an area another shape behind everybody's back, as a restore or a script may."""
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""
              with old as (update area_version set valid = tstzrange(lower(valid), :at)
                           where area_id = :area and upper_inf(valid) returning *)
              insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
              select :id, area_id, jurisdiction_id, parent_id, level, code, name,
                     ST_Multi(ST_GeomFromText(:wkt, 4326)), path, tstzrange(:at, null) from old"""),
            {"area": city.areas[name], "at": clock.now(), "id": uuid7(), "wkt": wkt},
        )


def area_m2(rows: Any, wkt: str) -> float:
    return float(rows("select ST_Area(cast(ST_GeomFromText(:wkt, 4326) as geography))", wkt=wkt)[0][0])


@pytest.fixture
def audit(settings: Any) -> Any:
    """What the job does, with the job worker's rights."""

    def act() -> int:
        with as_job_worker(settings):
            return grids_jobs.run_due(clock.now())

    return act


def test_grid_audit_reports_gap_with_surrounding_grids(city, boss, rows, audit):
    """The city's community c2 has no grid in the east of its south."""
    audit()
    [gap] = findings_of_kind(boss, "gap")
    hole = city.box(1.5, 0, 2, 1)
    assert shape(gap["place"]).symmetric_difference(hole).area < 1e-12
    assert gap["area_m2"] == pytest.approx(area_m2(rows, hole.wkt), rel=0.002)
    assert gap["figure"] == {"value": gap["area_m2"], "standard": None, "unit": "m2"}
    assert (gap["severity"], gap["area"]["id"]) == ("warning", str(city.areas["c2"]))
    assert "Area c2" in gap["sentence"]["en"] and "区c2" in gap["sentence"]["zh"]
    assert set(members(boss, gap)) == grids(city, "g3", "g4")


def test_grid_audit_reports_overlap_sliver_and_grid_outside_parent(city, boss, rows, audit):
    over = city.box(0, 0, 1.1, 1)  # into g4, which is another community's
    reshape(city, "g2", over.wkt)
    strip = 0.0000045  # half a metre of latitude
    reshape(city, "g1", city.box(0, 1 + strip / SQUARE, 1, 2).wkt)
    assert audit() >= 1
    [overlap] = findings_of_kind(boss, "overlap")
    assert overlap["area_m2"] == pytest.approx(area_m2(rows, city.box(1, 0, 1.1, 1).wkt), rel=0.002)
    assert set(members(boss, overlap)) == grids(city, "g2", "g4")
    [outside] = findings_of_kind(boss, "outside_parent")
    assert set(members(boss, outside)) == grids(city, "g2")
    assert outside["area"]["id"] == str(city.areas["c1"])
    [sliver] = findings_of_kind(boss, "sliver")
    assert 0.3 < sliver["width_m"] < 0.7
    # The strip ends at g3.
    assert set(members(boss, sliver)) == grids(city, "g1", "g2", "g3")
    # The gravest first, and counted as they are listed.
    severities = [finding["severity"] for finding in list_findings(boss)]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    board = boss.get("/supervision/grid-audit").json
    counted = {kind["kind"]: kind["findings"] for kind in board["by_kind"]}
    assert board["findings"]["count"] == len(list_findings(boss)) == sum(f["count"] for f in counted.values())
    for kind, figure in counted.items():
        query = urlsplit(figure["members"]).query
        assert figure["count"] == len(list_findings(boss, f"&{query}")) == len(findings_of_kind(boss, kind))
    assert board["shapes"]["is_current"] is True


def test_grid_audit_finding_ends_at_once_when_area_is_redrawn(city, boss, audit):
    reshape(city, "g2", city.box(0, 0, 1, 0.9).wkt)
    audit()
    first = {finding["id"] for finding in findings_of_kind(boss, "gap")}
    assert len(first) == 2
    reshape(city, "g2", city.box(0, 0, 1, 1).wkt)
    # At once, before any audit; the board says that new ones may be missing.
    assert len(findings_of_kind(boss, "gap")) == 1
    assert boss.get("/supervision/grid-audit").json["shapes"]["is_current"] is False
    audit()
    assert boss.get("/supervision/grid-audit").json["shapes"]["is_current"] is True
    # The one that stands keeps its id.
    assert {finding["id"] for finding in findings_of_kind(boss, "gap")} < first


def test_grid_audit_is_not_repeated_for_unchanged_shapes(city, boss, rows, audit):
    audit()
    before = rows("select audited_at from land_audit where jurisdiction_id = :id", id=city.jurisdiction_id)
    audit()
    assert (
        rows("select audited_at from land_audit where jurisdiction_id = :id", id=city.jurisdiction_id)
        == before
    )


def test_grid_audit_reports_grid_without_worker_as_unowned(city, boss):
    city.worker("g1")
    city.worker("c1", role="chief")  # a chief of the community is responsible for no grid
    closed = city.worker("g2")
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update account set disabled_at = :at where id = :id"), {"at": clock.now(), "id": closed.id}
        )
    findings = findings_of_kind(boss, "unowned")
    assert {unowned["area"]["id"] for unowned in findings} == {
        str(city.areas[name]) for name in ("g2", "g3", "g4")
    }
    for finding in findings:
        assert members(boss, finding) == [("grid", finding["area"]["id"])]
        assert finding["figure"] == {"value": 0, "standard": 1, "unit": "workers"}


def test_grid_audit_reports_premises_outside_all_grids(city, boss):
    inside, outside = (
        register_home(city, city.in_grid("g1")),
        [register_home(city, city.in_no_grid()) for _ in range(3)],
    )
    [finding] = findings_of_kind(boss, "premises_outside")
    assert finding["figure"]["value"] == 3
    assert finding["area"]["id"] == str(city.areas["c2"])
    opened = members(boss, finding)
    assert (
        set(opened) == {("premises", premises) for premises in outside} and ("premises", inside) not in opened
    )
    # Each member is there to be read.
    assert boss.get(f"/premises/{outside[0]}").status_code == 200


def test_grid_audit_ignores_premises_outside_all_areas(city, boss):
    """They have no path: an array with a null in it is an error of PostgreSQL's for everybody."""
    register_home(city, {"lon": 0.001, "lat": 89.5})
    register_home(city, city.in_no_grid())
    assert [finding["figure"]["value"] for finding in findings_of_kind(boss, "premises_outside")] == [1]


def register_home(city: City, place: dict[str, float], **fields: Any) -> str:
    row = {
        "id": uuid7(),
        "jurisdiction_id": city.jurisdiction_id,
        "address": f"文三路 {uuid7().hex[-6:]} 号",
        **place,
    }
    with db.transaction(SYSTEM) as session:
        households.insert_many(session, SYSTEM, rows=[row | fields])
    return str(row["id"])


def publish_standard(city: City, **grids: Any) -> None:
    """Publish a profile with a standard for grids."""
    profile = profiles.packaged_profile("generic") | {
        "taxonomy": profiles.packaged_profile("xihu")["taxonomy"],
        "grids": grids,
    }
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("""
              insert into profile_version (id, jurisdiction_id, number, data, in_force_from)
              select :id, :j, coalesce(max(number), 0) + 1, cast(:data as jsonb), :at from profile_version
              where jurisdiction_id = :j"""),
            {
                "id": uuid7(),
                "j": city.jurisdiction_id,
                "data": orjson.dumps(profile).decode(),
                "at": clock.now(),
            },
        )


def test_grid_audit_reports_too_many_households_by_profile(city, boss, rows):
    for _ in range(3):
        register_home(city, city.in_grid("g1"))
    register_home(city, city.in_grid("g2"))
    assert findings_of_kind(boss, "overloaded_households") == []  # without a standard nothing is too much
    publish_standard(city, households_most=3)
    assert findings_of_kind(boss, "overloaded_households") == []
    publish_standard(city, households_most=2)
    [finding] = findings_of_kind(boss, "overloaded_households")
    assert (finding["figure"], finding["area"]["id"]) == (
        {"value": 3, "standard": 2, "unit": "households"},
        str(city.areas["g1"]),
    )
    in_grid = rows("select cast(id as text) from household where grid_id = :g", g=city.areas["g1"])
    assert set(members(boss, finding)) == {("household", row[0]) for row in in_grid}


def test_grid_audit_applies_lower_standard_in_large_community(city, boss):
    for _ in range(3):
        register_home(city, city.in_grid("g1"))
    register_home(city, city.in_grid("g2"))
    publish_standard(
        city, households_most=10, large_community_households=4, households_most_in_large_community=2
    )
    assert findings_of_kind(boss, "overloaded_households") == []
    publish_standard(
        city, households_most=10, large_community_households=3, households_most_in_large_community=2
    )
    [finding] = findings_of_kind(boss, "overloaded_households")
    assert finding["figure"] == {"value": 3, "standard": 2, "unit": "households"}


def test_grid_audit_counts_only_ordinary_open_cases_as_work(city, boss, report, step):
    worker = city.worker("g3", capacity=20)
    about = city.worker("g1")
    cases = [report(worker, city.in_grid("g1"))["id"] for _ in range(2)]
    report(worker, city.in_grid("g1"), category="E0690", about={"kind": "worker", "id": str(about.id)})
    closed = report(worker, city.in_grid("g1"))
    assert step(boss, closed, "force_close", note="twice").status_code == 200
    report(worker, city.in_grid("g2"))
    publish_standard(city, open_work_most=2)
    assert findings_of_kind(boss, "overloaded_work") == []
    publish_standard(city, open_work_most=1)
    [finding] = findings_of_kind(boss, "overloaded_work")
    assert finding["figure"] == {"value": 2, "standard": 1, "unit": "cases"}
    assert set(members(boss, finding)) == {("incident", case) for case in cases}
    # The worker of the grid reads the same number, and each of its cases.
    [own_finding] = findings_of_kind(about, "overloaded_work")
    assert own_finding["figure"]["value"] == 2
    assert set(members(about, own_finding)) == {("incident", case) for case in cases}
    assert all(about.get(f"/incidents/{case}").status_code == 200 for case in cases)


def test_grid_audit_reports_oversized_grids(city, boss, rows):
    whole = area_m2(rows, city.box(0, 1, 1, 2).wkt)
    publish_standard(city, area_m2_most=whole * 0.75)
    by_grid = {finding["area"]["id"]: finding for finding in findings_of_kind(boss, "oversized")}
    assert by_grid.keys() == {str(city.areas[name]) for name in ("g1", "g2", "g3")}
    assert by_grid[str(city.areas["g1"])]["figure"]["value"] == pytest.approx(whole, rel=0.002)


def test_grid_audit_findings_are_visible_only_for_own_grids(app, settings, city, audit):
    away = make_city(app, settings)
    for place in (city, away):
        reshape(place, "g2", place.box(0, 0, 1.1, 1).wkt)
        register_home(place, place.in_no_grid())
        publish_standard(place, area_m2_most=1)
    audit()
    everything = {finding["id"]: finding for finding in list_findings(city.supervisor("d"))}
    kinds = {finding["kind"] for finding in everything.values()}
    assert kinds == {"overlap", "outside_parent", "gap", "premises_outside", "unowned", "oversized"}
    elsewhere = {finding["id"] for finding in list_findings(away.supervisor("d"))}
    assert not elsewhere & everything.keys()
    everywhere = {
        finding["id"] for finding in list_findings(city.person(Role.ADMIN), f"&area_id={city.areas['d']}")
    }
    assert everywhere == everything.keys()
    # Community c1 sees g1, g2 and the overlap of g2 with its neighbour; the worker of g4 sees the overlap.
    c1 = list_findings(city.supervisor("c1"))
    assert {(finding["kind"], finding["area"]["code"].rsplit("-")[1]) for finding in c1} == {
        ("overlap", "c1"),
        ("outside_parent", "c1"),
        ("unowned", "g1"),
        ("unowned", "g2"),
        ("oversized", "g1"),
        ("oversized", "g2"),
    }
    worker = city.worker("g4")
    assert {finding["kind"] for finding in list_findings(worker)} == {"overlap", "gap", "oversized"}
    # A gis person sees what a supervisor of the same area sees.
    assert {
        finding["id"] for finding in list_findings(city.person(Role.GIS, area="s"))
    } == everything.keys() - {
        finding["id"]
        for finding in everything.values()
        if finding["kind"] == "unowned" and finding["area"]["id"] == str(city.areas["g4"])
    }
    handler = city.handler()
    assert list_findings(handler) == []
    # What is hidden opens for nobody.
    theirs = next(iter(elsewhere))
    for person in (city.supervisor("d"), worker, handler):
        assert person.get(f"/supervision/grid-audit/findings/{theirs}/members").status_code == 404
        assert list_findings(person, f"&area_id={away.areas['d']}") == []


def test_grid_audit_register_findings_require_register_permission(city):
    """A handler responsible for a grid may not read households: they see its findings except those about households."""
    for _ in range(3):
        register_home(city, city.in_grid("g1"))
    publish_standard(city, area_m2_most=1, large_community_households=1, households_most_in_large_community=1)
    handler = city.handler()
    with db.transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=handler.id, name="环卫", capacity=5, skills=())
        workforce.set_responsibility(
            session, SYSTEM, worker_id=handler.id, area_id=city.areas["g1"], role="worker"
        )
    assert {finding["kind"] for finding in list_findings(handler)} == {"oversized"}
    worker = city.worker("g1")
    assert {finding["kind"] for finding in list_findings(worker)} == {"oversized", "overloaded_households"}


def test_grid_audit_map_layer_equals_list(city, audit):
    register_home(city, city.in_no_grid())
    publish_standard(city, households_most=500, area_m2_most=1)
    audit()
    for person in (city.supervisor("d"), city.person(Role.GIS, area="c1"), city.worker("g3"), city.handler()):
        mapped = findings_on_map(person)
        by_id = {listed_finding["id"]: listed_finding for listed_finding in list_findings(person)}
        assert mapped.keys() == by_id.keys()
        for id, feature in mapped.items():
            finding, properties = by_id[id], feature["properties"]
            assert shape(feature["geometry"]).symmetric_difference(shape(finding["place"])).area < 1e-12
            assert (properties["kind"], properties["severity"]) == (finding["kind"], finding["severity"])
            assert (properties["sentence_en"], properties["sentence_zh"]) == (
                finding["sentence"]["en"],
                finding["sentence"]["zh"],
            )
            # One says whole numbers, the other tenths.
            assert abs(properties["figure"] - finding["figure"]["value"]) < 0.56
            assert (properties["members"], properties["member_count"]) == (
                finding["members"]["members"],
                finding["members"]["count"],
            )
    boss = city.supervisor("d")
    assert (
        findings_on_map(boss, "&kind=gap").keys()
        == {gap["id"] for gap in findings_of_kind(boss, "gap")}
        != set()
    )
    only = {severe["id"] for severe in list_findings(boss, "&severity=error")}
    assert findings_on_map(boss, "&filter=severity%20=%20'error'").keys() == only != set()
    west = ",".join(map(str, city.box(0.1, 0.1, 0.9, 1.9).bounds))
    assert {
        feature["properties"]["area_code"][-2:] for feature in findings_on_map(boss, f"&bbox={west}").values()
    } == {
        "g1",
        "g2",
    }


def findings_on_map(person: Person, query: str = "") -> dict[str, Any]:
    """Findings at /ogc, page by page."""
    person.get("/me")
    headers = {"Authorization": f"Bearer {person.token}"}
    features: dict[str, Any] = {}
    path = f"/ogc/collections/grid-findings/items?limit=3{query}"
    while path:
        answer = person.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        features |= {feature["id"]: feature for feature in answer.json["features"]}
        parts = next((urlsplit(link["href"]) for link in answer.json["links"] if link["rel"] == "next"), None)
        path = f"{parts.path}?{parts.query}" if parts else ""
    last = next(iter(features), None)
    if last:
        alone = person.client.get(f"/ogc/collections/grid-findings/items/{last}", headers=headers)
        assert alone.json["properties"] == features[last]["properties"]
        assert alone.headers["ETag"]
    return features
