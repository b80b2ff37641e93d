"""Conduct cases stay hidden from their subject through other accounts, figures and offers."""

import secrets
from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.workforce import service as workforce
from tests.factories import PASSWORD, Person

# The password that replaces a one-time password.
OWN = "another long password"


@pytest.fixture
def complain(report):
    def send(reporter, place, subject, kind="account", **fields):
        return report(reporter, place, category="E0690", about={"kind": kind, "id": str(subject)}, **fields)

    return send


@pytest.fixture
def new_account(app):
    """Return a function that opens an account for a role and gives it a password of its own."""

    def open_account(person, role, area):
        body = {"username": f"p{secrets.token_hex(6)}", "name": "新账号", "password": PASSWORD}
        place = {"role": role, "area_id": str(area), "unit_id": None}
        answer = person.post("/accounts", body | {"roles": [place]})
        assert answer.status_code == 201, answer.json
        opened = Person(answer.json["id"], body["username"], app.test_client(use_cookies=False))
        assert opened.post("/me/password", {"current": PASSWORD, "new": OWN}).status_code in (200, 204)
        return opened

    return open_account


def sign_in_after_reset(app, by, person):
    """Return a client signed in to the account by the person who reset its password."""
    given = by.post(f"/accounts/{person.id}/one-time-password")
    assert given.status_code == 200, given.json
    taken = Person(person.id, person.username, app.test_client(use_cookies=False))
    body = {"username": person.username, "password": given.json["one_time_password"], "device_id": "other"}
    taken.token = taken.client.post("/api/v1/auth/token", json=body).json["access_token"]
    changed = taken.post("/me/password", {"current": body["password"], "new": OWN})
    assert changed.status_code in (200, 204), changed.json
    return taken


def can_see(person, case):
    listed = case["id"] in [item["id"] for item in person.get("/incidents?limit=200").json["items"]]
    alone = {
        person.get(f"/incidents/{case['id']}{door}").status_code for door in ("", "/events", "/dispatch")
    }
    assert alone == {200 if listed else 404}
    return listed


def test_conduct_case_is_hidden_from_peers_whenever_role_was_granted(city, complain, new_account):
    reporter, above = city.worker("g3"), city.supervisor("d")
    raised, leads = city.worker("g1"), city.worker("g1")
    city.grant(leads, Role.SUPERVISOR, area="s")
    about_raised = complain(reporter, city.in_grid("g1"), raised.id, "worker")
    about_leads = complain(reporter, city.in_grid("g1"), leads.id, "worker")
    # The worker of the grid becomes supervisor of the street after the complaint was filed one level above the grid.
    city.grant(raised, Role.SUPERVISOR, area="s")
    peer, below = city.supervisor("s"), city.supervisor("c1")
    for subject, case in ((raised, about_raised), (leads, about_leads)):
        for hidden in (subject, peer, new_account(subject, "supervisor", city.areas["s"])):
            assert not can_see(hidden, case)
        assert can_see(above, case) and can_see(reporter, case)
    assert not can_see(below, about_leads)


@pytest.mark.parametrize(
    "role", [Role.SUPERVISOR, Role.ADMIN, Role.GIS, Role.ANALYST, Role.AUDITOR, Role.HANDLER]
)
def test_conduct_case_accepts_any_staff_account_as_subject(city, complain, role):
    where = {"unit": "roads"} if role is Role.HANDLER else {"area": "s"}
    subject, above = city.person(role, **where, name="当事人"), city.supervisor("d")
    case = complain(city.worker("g3"), city.in_grid("g1"), subject.id)
    assert case["waiting"]["reason"] == "conduct"
    shown = above.get(f"/incidents/{case['id']}").json
    assert shown["about"] == {"kind": "account", "id": str(subject.id), "name": "当事人"}
    assert not can_see(city.supervisor("s"), case)
    assert subject.get(f"/incidents/{case['id']}").status_code in (403, 404)


def test_conduct_subject_account_of_worker_is_stored_as_worker(city, complain):
    worker, above = city.worker("g1"), city.supervisor("d")
    case = complain(city.worker("g3"), city.in_grid("g1"), worker.id, "account")
    assert above.get(f"/incidents/{case['id']}").json["about"]["kind"] == "worker"
    unknown = {"kind": "worker", "id": str(above.id)}
    refused = city.worker("g3").post(
        "/incidents", {**city.in_grid("g1"), "category": "E0690", "about": unknown}
    )
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "about.id")


def test_conduct_case_about_top_supervisor_is_visible_to_admins_only(city, complain):
    boss, peer = city.person(Role.SUPERVISOR), city.person(Role.SUPERVISOR)
    admin, other = city.person(Role.ADMIN), city.person(Role.ADMIN)
    reporter = city.worker("g3")
    about_boss = complain(reporter, city.in_grid("g1"), boss.id)
    assert (
        not can_see(boss, about_boss)
        and not can_see(peer, about_boss)
        and not can_see(city.supervisor("d"), about_boss)
    )
    assert can_see(admin, about_boss)
    about_admin = complain(reporter, city.in_grid("g1"), admin.id)
    assert not can_see(admin, about_admin) and not can_see(boss, about_admin)
    assert can_see(other, about_admin)
    body = {"username": f"p{secrets.token_hex(6)}", "name": "新账号", "password": PASSWORD}
    opened = admin.post("/accounts", body | {"roles": [{"role": "admin", "area_id": None, "unit_id": None}]})
    assert (opened.status_code, opened.json["code"]) == (403, "admin_by_operator")
    raised = admin.post(f"/accounts/{peer.id}/roles", {"role": "admin", "area_id": None, "unit_id": None})
    assert (raised.status_code, raised.json["code"]) == (403, "admin_by_operator")
    reset = admin.post(f"/accounts/{other.id}/one-time-password")
    assert (reset.status_code, reset.json["code"]) == (403, "reset_from_above")


def test_password_reset_is_allowed_from_above_only_and_shown_to_owner(city, app):
    boss, peer, above = city.supervisor("s"), city.supervisor("s"), city.supervisor("d")
    refused = boss.post(f"/accounts/{peer.id}/one-time-password")
    assert (refused.status_code, refused.json["code"]) == (403, "reset_from_above")
    assert peer.get("/me").json["password_reset"] is None
    # Below the subject are lower roles in the same area, and the same role in an area below.
    for lower in (city.person(Role.GIS, area="s"), city.supervisor("c1"), city.worker("g1")):
        assert sign_in_after_reset(app, boss, lower).get("/me").json["password_reset"]["by"]["id"] == str(
            boss.id
        )
    taken = sign_in_after_reset(app, above, peer)
    assert taken.get("/me").json["password_reset"]["by"] == {"id": str(above.id), "name": "周主任"}
    [event] = [e for e in taken.get("/me/audit").json["items"] if e["action"] == "account.one_time_password"]
    assert event["actor"]["id"] == str(above.id)


def test_conduct_case_is_hidden_from_supervisor_who_took_over_account(city, app, complain):
    boss, worker = city.supervisor("s"), city.worker("g1")
    case = complain(worker, city.in_grid("g1"), boss.id)
    of_unit = complain(worker, city.in_grid("g1"), city.units["roads"], "unit")
    city.grant(boss, Role.HANDLER, unit="roads")
    assert can_see(worker, case) and can_see(worker, of_unit)
    taken = sign_in_after_reset(app, boss, worker)
    assert not can_see(taken, case) and not can_see(taken, of_unit)
    # The owner reads later reports of their own, and all reports after a reset by another person.
    later = complain(taken, city.in_grid("g1"), boss.id)
    assert can_see(taken, later)
    assert can_see(sign_in_after_reset(app, city.supervisor("d"), worker), case)


def test_conduct_case_cannot_be_assigned_to_its_reporter(city, report, complain, step):
    reporter, joined, subject = city.worker("g1"), city.worker("g1"), city.worker("g3")
    above = city.supervisor("d")
    without_subject = report(reporter, city.in_grid("g1"), category="E0690")
    for case in (complain(reporter, city.in_grid("g1"), subject.id), without_subject):
        for action in ("reassign", "override", "pin"):
            given = step(above, case, action, worker_id=str(reporter.id), note="yours")
            assert (given.status_code, given.json["reason"]) == (409, "reported_it"), action
        given = step(above, case, "reassign", worker_id=str(joined.id), note="yours")
        assert given.json.get("reason") != "reported_it"


def test_conduct_case_cannot_be_queued_for_unit_led_by_subject(city, complain, step):
    boss, above = city.supervisor("s"), city.person(Role.ADMIN)
    case = complain(city.worker("g3"), city.in_grid("g1"), boss.id)
    given = step(above, case, "reassign", unit_id=str(city.units["roads"]), note="look at it")
    assert (given.status_code, given.json["reason"]) == (409, "about_subject")


def test_figures_and_board_do_not_reveal_conduct_case(city, report, complain):
    reporter, above = city.worker("g3"), city.supervisor("d")
    boss, peer = city.worker("g1"), city.supervisor("s")
    case = complain(reporter, city.in_grid("g1"), boss.id, "worker")
    report(reporter, city.in_grid("g1"))
    city.grant(boss, Role.SUPERVISOR, area="s")

    def numbers(person):
        area = city.areas["s"]
        board = person.get(f"/supervision/board?area_id={area}").json["open"]["count"]
        today = clock.now().date()
        days = f"from={today - timedelta(days=2)}&to={today + timedelta(days=2)}"
        figures = person.get(f"/figures?{days}&area_id={area}").json["measures"]["accepted"]["count"]
        listed = [item["id"] for item in person.get(f"/incidents?area_id={area}&limit=200").json["items"]]
        return board, figures, len(listed)

    assert numbers(boss) == numbers(peer)
    # Figures of the subject's area are the same for readers above.
    assert numbers(above)[1] == numbers(boss)[1]
    assert case["id"] in [item["id"] for item in above.get("/incidents?limit=200").json["items"]]


def test_conduct_case_is_hidden_from_chief_while_subject_substitutes(city, complain):
    subject, chief = city.worker("g1"), city.worker("c1", role="chief")
    case = complain(city.worker("g3"), city.in_grid("g1"), subject.id, "worker")
    assert can_see(chief, case)
    with db.transaction(SYSTEM) as session:
        workforce.set_responsibility(
            session, SYSTEM, worker_id=subject.id, area_id=city.areas["c1"], role="substitute"
        )
    assert not can_see(chief, case)
