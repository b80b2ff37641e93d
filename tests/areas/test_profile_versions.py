"""Profile versions: scheduling, comparison, and the version that an open case keeps."""

import copy
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from click.testing import CliRunner

from app.cli import main
from app.core import clock, db
from app.core.actor import SYSTEM
from app.profiles import jobs
from app.profiles import service as profiles
from app.profiles.rules.json_schema import json_schema
from app.profiles.schemas import ProfileDiff, ProfileVersionPage, WholeProfileVersion
from tests.factories import in_days, make_city
from tests.sync.pull_client import fresh

GENERIC = profiles.packaged_profile("generic")


def changed(**sections):
    return copy.deepcopy(GENERIC) | sections


def path(city, suffix=""):
    return f"/jurisdictions/{city.code}/profile{suffix}"


def test_scheduled_profile_version_is_in_force_from_its_time(empty_city, admin):
    later = clock.now() + timedelta(days=3)
    body = {"data": changed(timezone="Asia/Tokyo"), "in_force_from": later.isoformat()}
    ahead = admin.post(path(empty_city), body)
    assert (ahead.status_code, ahead.json["number"]) == (201, 2)
    assert ahead.json["data"]["timezone"] == "Asia/Tokyo"
    assert admin.get(path(empty_city)).json["number"] == 1
    listed = next(
        item for item in admin.get("/jurisdictions").json["items"] if item["code"] == empty_city.code
    )
    assert listed["profile"]["number"] == 1
    versions = admin.get(path(empty_city, "/versions")).json
    assert ProfileVersionPage().dump(versions) == versions
    assert [(item["number"], item["state"]) for item in versions["items"]] == [
        (2, "scheduled"),
        (1, "in_force"),
    ]
    assert datetime.fromisoformat(versions["items"][1]["in_force_until"]) == later
    with clock.at(later), db.read_session() as session:
        assert profiles.profile_at(session, empty_city.jurisdiction_id, clock.now()).number == 2


def test_profile_publication_returns_422_for_time_in_the_past(empty_city, admin):
    past = (clock.now() - timedelta(minutes=1)).isoformat()
    answer = admin.post(path(empty_city), {"data": GENERIC, "in_force_from": past})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "in_past")


def test_scheduled_profile_version_is_superseded_by_newer_version(empty_city, admin):
    at = clock.now() + timedelta(days=3)
    admin.post(path(empty_city), {"data": changed(timezone="Asia/Tokyo"), "in_force_from": at.isoformat()})
    admin.post(path(empty_city), {"data": changed(timezone="Asia/Seoul")})
    versions = admin.get(path(empty_city, "/versions")).json["items"]
    assert [version["state"] for version in versions] == ["in_force", "superseded", "past"]
    with clock.at(at + timedelta(days=1)), db.read_session() as session:
        in_force = profiles.profile_at(session, empty_city.jurisdiction_id, clock.now())
        assert (in_force.number, in_force.profile.timezone) == (3, "Asia/Seoul")


def test_profile_versions_are_listed_in_pages_and_read_by_number(empty_city, admin):
    for zone in ("Asia/Tokyo", "Asia/Seoul"):
        admin.post(path(empty_city), {"data": changed(timezone=zone)})
    first = admin.get(path(empty_city, "/versions"), limit=2).json
    second = admin.get(path(empty_city, "/versions"), limit=2, cursor=first["next"]).json
    assert [version["number"] for version in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None
    assert admin.get(path(empty_city, "/versions"), cursor="WyJ4Il0").status_code == 422
    version = admin.get(path(empty_city, "/versions/2")).json
    assert WholeProfileVersion().dump(version) == version
    assert (version["state"], version["data"]["timezone"]) == ("past", "Asia/Tokyo")
    for number in (4, 99_999_999_999):
        assert admin.get(path(empty_city, f"/versions/{number}")).status_code == 404
        assert admin.get(path(empty_city, f"/versions/{number}/diff"), to=1).status_code == 404


def test_sync_pull_returns_scheduled_profile_when_in_force(app, settings):
    city = make_city(app, settings)
    phone = fresh(city.worker("g1")).pull()
    later = clock.now() + timedelta(hours=1)
    with db.transaction(SYSTEM) as session:
        jobs.run_due(session, clock.now())
        data = profiles.packaged_profile("generic") | {"timezone": "Asia/Tokyo"}
        profiles.publish_profile(session, SYSTEM, code=city.code, data=data, in_force_from=later)
    phone.pull()
    key = ("profile", str(city.jurisdiction_id))
    assert phone.rows[key]["number"] == 1
    with clock.at(later):
        with db.transaction(SYSTEM) as session:
            assert jobs.run_due(session, clock.now()) >= 1
            assert jobs.run_due(session, clock.now()) == 0
        phone.person.token = None
        assert phone.pull().rows[key]["number"] == 2


def test_profile_publication_returns_all_errors_with_json_pointers(empty_city, admin):
    wrong = copy.deepcopy(GENERIC)
    wrong["timezone"] = "Mars/Olympus"
    condition = wrong["taxonomy"]["categories"][1]["conditions"][0]
    condition["limits"] = [{"stage": "handle"}]
    answer = admin.post(path(empty_city), {"data": wrong})
    faults = {(error["pointer"], error["code"]) for error in answer.json["errors"]}
    assert all(error["sentence"]["zh"] and error["sentence"]["en"] for error in answer.json["errors"])
    base = "/taxonomy/categories/1/conditions/0"
    assert {
        ("/timezone", "unknown_timezone"),
        (f"{base}/limit", "limit_beside_limits"),
        (f"{base}/limits/0/until", "missing"),
        (f"{base}/limits/0", "handle_not_whole"),
    } <= faults


# --- an open case keeps its rules -----------------------------------------------------------------


def with_limit(data, code, limit):
    data = copy.deepcopy(data)
    for category in data["taxonomy"]["categories"]:
        if category["code"] == code:
            category["conditions"][0] = {**category["conditions"][0], "limit": limit}
    return data


def test_open_case_keeps_limit_and_calendar_of_its_profile_version(app, settings, report, accept, step, rows):
    """Deferred before new rules and resumed after them, it gets what was left by the old calendar."""
    profile = {"calendar": GENERIC["calendar"] | {"work_intervals": [["00:00", "24:00"]], "weekend": []}}
    city = make_city(app, settings, profile=profile)
    worker = city.worker("g1")
    case = report(city.worker("g3"), city.in_grid("g1"))
    accept(worker, case)
    start = rows("select started_at, unit, amount from deadline where incident_id = :i", i=case["id"])[0]
    assert start.unit.startswith("work")
    supervisor = city.supervisor()
    with clock.at(start.started_at + timedelta(hours=1)):
        assert step(supervisor, case, "defer", until=in_days(9), note="等配件").status_code == 200
    with db.read_session() as session:
        data = profiles.profile_data(session, SYSTEM, code=city.code, number=1)
    # By the new rules nobody works before noon, and such a case has a single hour.
    new = with_limit(data, "E0102", {"unit": "urgent_hour", "amount": 1})
    new["calendar"] = data["calendar"] | {"work_intervals": [["12:00", "13:00"]], "weekend": [6, 7]}
    with db.transaction(SYSTEM) as session:
        profiles.publish_profile(session, SYSTEM, code=city.code, data=new)
    at = start.started_at + timedelta(days=2)
    with clock.at(at):
        supervisor.token = None
        assert step(supervisor, case, "resume").status_code == 200
    after = rows(
        """select d.due_at, d.unit, d.amount, d.spent, p.number from deadline d
           join profile_version p on p.id = d.profile_version_id where incident_id = :i""",
        i=case["id"],
    )
    (after,) = after
    whole = timedelta(hours=start.amount) if start.unit == "work_hour" else timedelta(days=start.amount)
    assert (after.unit, after.amount, after.number) == (start.unit, start.amount, 1)
    assert after.spent == timedelta(hours=1)
    assert after.due_at == at + whole - timedelta(hours=1)
    # What is reported now is filed under the new ones.
    fresh_case = report(city.worker("g3"), city.in_grid("g1"))
    (now,) = rows("select unit, amount from deadline where incident_id = :i", i=fresh_case["id"])
    assert tuple(now) == ("urgent_hour", 1)


# --- what has changed -----------------------------------------------------------------------------


def test_profile_diff_returns_changes_as_data_and_sentences(empty_city, admin):
    new = copy.deepcopy(GENERIC)
    category = new["taxonomy"]["categories"][0]
    category["name"] = {"zh": "新名", "en": "New name"}
    old_limit = category["conditions"][0]["limit"]
    category["conditions"][0]["limit"] = {"unit": "work_hour", "amount": 4}
    removed = new["taxonomy"]["categories"].pop(1)
    new["calendar"]["holidays"] = sorted(
        {*new["calendar"]["holidays"], "2030-10-01", "2030-10-02", "2030-10-04"}
    )
    new["dispatch_weights"]["distance"] = 3.5
    admin.post(path(empty_city), {"data": new})
    diff = admin.get(path(empty_city, "/versions/1/diff"), to=2).json
    assert ProfileDiff().dump(diff) == diff
    changes = {(change["kind"], change["pointer"]): change for change in diff["items"]}
    base = "/taxonomy/categories"
    assert set(changes) == {
        ("category_renamed", f"{base}/0/name"),
        ("limit_changed", f"{base}/0/conditions/0/limit"),
        ("category_removed", f"{base}/1"),
        ("rest_days_added", "/calendar/holidays"),
        ("weight_changed", "/dispatch_weights/distance"),
    }
    limit = next(change for change in diff["items"] if change["kind"] == "limit_changed")
    assert (limit["old"], limit["new"]) == (old_limit, {"unit": "work_hour", "amount": 4})
    assert limit["subject"][0] == category["code"]
    assert limit["sentence"]["zh"].endswith("改为4工作时。")
    gone = next(change for change in diff["items"] if change["kind"] == "category_removed")
    assert (gone["subject"], gone["old"]["code"], gone["new"]) == ([removed["code"]], removed["code"], None)
    days = [change["sentence"]["en"] for change in diff["items"] if change["kind"] == "rest_days_added"]
    assert days == ["2030-10-01 to 2030-10-02: added as days off.", "2030-10-04: added as days off."]
    back = admin.get(path(empty_city, "/versions/2/diff"), to=1).json["items"]
    assert {change["kind"] for change in back} >= {"category_added", "rest_days_removed", "weight_changed"}
    assert admin.get(path(empty_city, "/versions/1/diff"), to=1).json["items"] == []
    assert admin.get(path(empty_city, "/versions/1/diff"), to=9).status_code == 422
    assert admin.get(path(empty_city, "/versions/1/diff")).status_code == 422


def test_profile_commands_check_and_compare_files(tmp_path):
    old, new, broken = (tmp_path / name for name in ("old.json", "new.json", "broken.json"))
    old.write_bytes(orjson.dumps(GENERIC))
    new.write_bytes(orjson.dumps(changed(timezone="Asia/Tokyo")))
    broken.write_bytes(orjson.dumps(changed(timezone="Mars/Olympus", levels=[])))
    run = CliRunner().invoke
    result = run(main, ["profile", "diff", str(old), str(new), "--lang", "zh"])
    assert (result.exit_code, result.output.split()[0]) == (0, "timezone_changed")
    assert "由UTC改为Asia/Tokyo" in result.output or "改为Asia/Tokyo" in result.output
    assert run(main, ["profile", "check", str(old)]).exit_code == 0
    faults = run(main, ["profile", "check", str(broken), "--json"])
    assert faults.exit_code == 1
    assert [orjson.loads(record)["pointer"] for record in faults.output.splitlines()] == [
        "/levels",
        "/timezone",
    ]
    words = run(main, ["profile", "check", str(broken), "--lang", "zh"]).output
    assert "/timezone: 'Mars/Olympus' 不是 IANA 时区 (unknown_timezone)" in words
    assert run(main, ["profile", "diff", str(old), str(broken)]).exit_code == 1
    assert run(main, ["profile", "diff", str(old), "nowhere"]).exit_code == 1


def test_json_schema_of_profiles_is_served_to_everybody(app):
    answer = app.test_client().get("/api/v1/profile.schema.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    assert answer.json == orjson.loads(orjson.dumps(json_schema()))
    again = app.test_client().get(
        "/api/v1/profile.schema.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_profile_diff_command_compares_stored_versions(empty_city, admin, settings):
    admin.post(path(empty_city), {"data": changed(timezone="Asia/Tokyo")})
    gridward = Path(sys.executable).with_name("gridward")

    def diff(*named):
        command = [gridward, "profile", "diff", *named]
        environment = os.environ | {"DATABASE_URL": settings.database_url}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    result = diff(f"{empty_city.code}@1", f"{empty_city.code}@2")
    assert (result.returncode, result.stdout.split()[0]) == (0, "timezone_changed"), result.stderr
    assert diff(f"{empty_city.code}@1", f"{empty_city.code}@9").returncode == 1
