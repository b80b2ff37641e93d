"""Access tokens of programs: creation with the password, revocation, management by supervisors."""

import base64

import pytest

from app.accounts import service
from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.errors import Unauthenticated
from app.workforce import service as workforce
from tests.accounts.conftest import PASSWORD
from tests.answers import status_and_code

NEW = "another long password"
MAPS = "/ogc/collections/grids/items?limit=1"


@pytest.fixture
def holder(worker):
    """Return a worker with a token of each kind, in `holder.made`."""
    with db.transaction(SYSTEM) as session:
        workforce.create_worker(session, SYSTEM, account_id=worker.id, name="W", capacity=5, skills=())
    worker.made = {
        "personal": worker.post("/tokens", {"label": "QGIS", "password": PASSWORD}).json,
        "ingest": worker.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}).json,
    }
    assert status_by_kind(worker) == {"personal": 200, "ingest": 200}
    return worker


def status_by_kind(holder):
    """Return the status by kind of a request with the holder's token of that kind."""
    personal, ingest = (holder.made[kind]["token"] for kind in ("personal", "ingest"))
    basic = base64.b64encode(f"me:{personal}".encode()).decode()
    maps = holder.client.get(MAPS, headers={"Authorization": f"Basic {basic}"})
    sent = holder.client.post(
        "/api/v1/ingest/overland", data=b"{}", headers={"Authorization": f"Bearer {ingest}"}
    )
    return {"personal": maps.status_code, "ingest": sent.status_code}


ENDED = {"personal": 401, "ingest": 401}


def reasons(holder):
    listed = [*holder.get("/tokens").json["items"], *holder.get("/me/ingest-tokens").json["items"]]
    return {token["revoked_because"] for token in listed}


def test_access_tokens_are_revoked_by_password_reset(holder, supervisor, sql):
    given = supervisor.post(f"/accounts/{holder.id}/one-time-password").json["one_time_password"]
    assert status_by_kind(holder) == ENDED
    holder.tokens, holder.password = {}, given
    assert holder.post("/me/password", {"current": given, "new": NEW}).status_code == 204
    assert status_by_kind(holder) == ENDED
    assert reasons(holder) == {"password_reset"}
    [event] = sql(
        "select actor_id, detail from audit_event where entity_id = :id and action = 'access_token.revoke_all'",
        id=holder.id,
    )
    assert event.actor_id == supervisor.id
    assert event.detail == {"reason": "password_reset", "tokens": 2}


def test_access_tokens_stay_revoked_when_disabled_account_is_enabled(holder, supervisor):
    supervisor.post(f"/accounts/{holder.id}/disable")
    assert status_by_kind(holder) == ENDED
    supervisor.post(f"/accounts/{holder.id}/enable")
    assert status_by_kind(holder) == ENDED
    holder.tokens = {}
    assert reasons(holder) == {"account_disabled"}


def test_access_tokens_are_revoked_by_password_set_by_operator(holder, settings):
    with db.transaction(SYSTEM) as session:
        service.set_configured_password(session, settings=settings, usernames=[holder.username], password=NEW)
    assert status_by_kind(holder) == ENDED


@pytest.mark.parametrize(
    ("keep", "expected"), [({}, 401), ({"keep_tokens": False}, 401), ({"keep_tokens": True}, 200)]
)
def test_access_tokens_are_revoked_by_password_change_unless_kept(holder, keep, expected):
    assert holder.post("/me/password", {"current": PASSWORD, "new": NEW} | keep).status_code == 204
    assert set(status_by_kind(holder).values()) == {expected}
    assert reasons(holder) == ({"password_changed"} if expected == 401 else {None})


@pytest.mark.parametrize("path", ["/tokens", "/me/ingest-tokens"])
def test_token_creation_requires_password_and_is_throttled(holder, path, settings, sql):
    assert status_and_code(holder.post(path, {"label": "x"})) == (422, "validation_failed")
    wrong = {"label": "x", "password": "a wrong password"}
    for _ in range(settings.sign_in_failures_per_name):
        answer = holder.post(path, wrong)
        assert answer.status_code == 422
        assert [(e["field"], e["code"]) for e in answer.json["errors"]] == [("password", "password_wrong")]
    assert status_and_code(holder.post(path, wrong | {"password": PASSWORD})) == (429, "sign_in_throttled")
    [(count,)] = sql("select count(*) from access_token where account_id = :id", id=holder.id)
    assert count == 2


def test_token_creation_is_refused_when_password_was_just_reset(holder, supervisor, settings):
    """The password is verified before the transaction. A reset between the two is noticed."""
    with db.transaction(SYSTEM) as session:
        owner = service.actor_by_username(session, holder.username)
    assert owner is not None
    proven = service.require_password(
        owner, settings=settings, address=holder.address, password=PASSWORD, field="password"
    )
    supervisor.post(f"/accounts/{holder.id}/one-time-password")
    with pytest.raises(Unauthenticated), db.transaction(owner) as session:
        service.make_personal_token(session, owner, verified_hash=proven, label="late")


def test_manager_can_list_and_revoke_tokens_of_managed_accounts(
    holder, supervisor, someone, accounts_city, sql
):
    path = f"/accounts/{holder.id}/tokens"
    listed = supervisor.get(path)
    assert {token["kind"] for token in listed.json["items"]} == {"personal", "ingest"}
    assert not any(made["token"] in listed.text for made in holder.made.values())
    page = supervisor.get(f"{path}?limit=1").json
    rest = supervisor.get(f"{path}?limit=1&cursor={page['next']}").json
    assert [token["kind"] for token in (*page["items"], *rest["items"])] == ["ingest", "personal"]
    assert rest["next"] is None
    for stranger in (
        someone(Role.SUPERVISOR, accounts_city.elsewhere),
        someone(Role.ADMIN, accounts_city.elsewhere),
    ):
        assert status_and_code(stranger.get(path)) == (404, "not_found")
        assert status_and_code(stranger.delete(f"{path}/{holder.made['personal']['id']}")) == (
            404,
            "not_found",
        )
    assert status_and_code(someone(Role.GIS, accounts_city.district).get(path)) == (403, "permission_missing")
    assert supervisor.delete(f"{path}/{holder.made['personal']['id']}").status_code == 204
    assert status_by_kind(holder) == {"personal": 401, "ingest": 200}
    [row] = sql(
        "select revoked_by, revoke_reason from access_token where id = :id", id=holder.made["personal"]["id"]
    )
    assert (row.revoked_by, row.revoke_reason) == (supervisor.id, "revoked")
    events = sql(
        "select detail from audit_event where entity_id = :id and action = 'access_token.revoke'",
        id=holder.id,
    )
    assert [e.detail["kind"] for e in events] == ["personal"]
    other = someone(Role.WORKER, accounts_city.grid)
    assert status_and_code(
        supervisor.delete(f"/accounts/{other.id}/tokens/{holder.made['ingest']['id']}")
    ) == (
        404,
        "not_found",
    )


def test_token_endpoints_return_403_for_account_with_higher_role(holder, supervisor):
    with db.transaction(SYSTEM) as session:
        service.add_grant(session, SYSTEM, account_id=holder.id, role=Role.ADMIN)
    path = f"/accounts/{holder.id}/tokens"
    assert status_and_code(supervisor.get(path)) == (403, "grant_exceeds_own")
    assert status_and_code(supervisor.delete(f"{path}/{holder.made['ingest']['id']}")) == (
        403,
        "grant_exceeds_own",
    )
