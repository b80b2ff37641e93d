"""Every door of /ogc asks who comes in, but for those that tell nothing of the city."""

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM, Role

OPEN = {"/ogc/", "/ogc/conformance", "/ogc/api"}


def test_every_ogc_endpoint_requires_sign_in(app):
    doors = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/ogc/")]
    assert len(doors) >= 7
    for rule in doors:
        view = app.view_functions[rule.endpoint]
        assert hasattr(view, "is_signed_in") is (rule.rule not in OPEN), rule.rule


def test_one_time_password_returns_403_on_maps(app, city, settings):
    person = city.person(Role.GIS)
    with db.transaction(SYSTEM) as session:
        given = accounts.give_one_time_password(session, SYSTEM, settings=settings, account_id=person.id)
    body = {"username": person.username, "password": given["one_time_password"]}
    token = app.test_client().post("/api/v1/auth/token", json=body).json["access_token"]
    answer = app.test_client().get("/ogc/collections", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json["code"]) == (403, "password_change_required")
