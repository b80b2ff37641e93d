"""OwnTracks, Overland and OsmAnd payloads: what is stored, what is answered, and what an ingest token may do."""

import base64
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.workforce import service
from app.workforce.rules import phones
from tests.factories import PASSWORD

PAYLOADS = Path(__file__).parent / "payloads"
TEN = datetime(2025, 11, 25, 10, tzinfo=UTC)
RECEIVED = TEN + timedelta(minutes=10)


def payload(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes()


@pytest.fixture
def recorded(app):
    """The payloads were recorded at ten: it is ten past ten."""
    with clock.at(RECEIVED):
        with db.transaction(SYSTEM) as session:
            service.prepare_partitions(session, RECEIVED)
        yield


@pytest.fixture
def stored(rows):
    return lambda worker: rows(
        "select *, ST_X(geom) lon, ST_Y(geom) lat from position where worker_id = :w order by at",
        w=worker.account_id,
    )


def token_of(worker, **fields) -> str:
    answer = worker.post("/me/ingest-tokens", {"label": "OwnTracks, 红米", "password": PASSWORD, **fields})
    assert answer.status_code == 201, answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.json["token"])


def owntracks(app, token: str, body: bytes, user: str = "wang"):
    basic = base64.b64encode(f"{user}:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "X-Limit-U": user, "X-Limit-D": "phone"}
    return app.test_client().post(
        "/api/v1/ingest/owntracks", data=body, headers=headers, content_type="application/json"
    )


def overland(app, token: str, body: bytes):
    return app.test_client().post(
        "/api/v1/ingest/overland",
        data=body,
        headers={"Authorization": f"Bearer {token}"},
        content_type="application/json",
    )


@pytest.fixture
def worker(workforce_city, recorded):
    return workforce_city.worker("g1", on_duty_for=timedelta(hours=2))


def test_owntracks_position_is_stored(app, worker, stored):
    token = token_of(worker)
    answer = owntracks(app, token, payload("owntracks_location.json"))
    assert (answer.status_code, answer.json) == (200, [])
    (fix,) = stored(worker)
    assert (fix.at, fix.lon, fix.lat) == (TEN, 120.13, 30.26)
    assert (fix.accuracy_m, fix.heading_deg, fix.battery_pct) == (12, 271, 83)
    assert fix.speed_mps == pytest.approx(4 / 3.6)
    assert owntracks(app, token, payload("owntracks_location.json")).status_code == 200
    assert len(stored(worker)) == 1


def test_owntracks_ignores_other_message_types(app, worker, stored):
    token = token_of(worker)
    others = json.loads(payload("owntracks_others.json"))
    assert len({o["_type"] for o in others}) == len(others) >= 11
    for body in (*(json.dumps(o).encode() for o in others), b"", b" ", b"[]", b"null", b"7", b'{"lat": 1}'):
        answer = owntracks(app, token, body)
        assert (answer.status_code, answer.json) == (200, []), body
    assert stored(worker) == []
    assert owntracks(app, token, payload("owntracks_minimal.json"), user="").json == []
    (fix,) = stored(worker)
    assert (fix.at, fix.accuracy_m, fix.battery_pct) == (TEN, None, None)


def test_overland_batch_is_stored_with_unknown_values_as_null(app, worker, stored):
    answer = overland(app, token_of(worker), payload("overland_batch.json"))
    assert (answer.status_code, answer.json) == (200, {"result": "ok"})
    fixes = stored(worker)
    assert [k.at for k in fixes] == [TEN + timedelta(minutes=m) for m in range(4)]
    assert [(k.speed_mps, k.heading_deg, k.battery_pct, k.accuracy_m) for k in fixes] == [
        (4, 180, pytest.approx(89), 10),
        (None, None, None, 15),
        (1.5, 90, pytest.approx(88), None),
        (None, None, pytest.approx(88), 40),
    ]


def test_overland_batch_of_thousand_points_is_stored(app, worker, stored):
    (feature,) = json.loads(payload("overland_batch.json"))["locations"][:1]
    features = []
    for n in range(1000):
        at = (TEN - timedelta(seconds=6000 - 6 * n)).isoformat()
        place = {"type": "Point", "coordinates": [120.13 + 0.0004 * n, 30.26]}
        extra = {"timestamp": at, "speed": 5.5, "notes": "x" * 250}
        features.append({**feature, "geometry": place, "properties": feature["properties"] | extra})
    body = json.dumps({"locations": features[500:] + features[:500]}).encode()
    assert 550_000 < len(body) < 950_000
    assert overland(app, token_of(worker), body).json == {"result": "ok"}
    assert len(stored(worker)) == 1000
    assert overland(app, token_of(worker), body + b" " * 500_000).status_code == 413


def test_osmand_position_is_stored_from_query_and_form(app, worker, stored):
    token, client = token_of(worker), app.test_client()
    first, *rest = payload("osmand_query.txt").decode().replace("TOKEN", token).splitlines()
    assert client.get(f"/api/v1/ingest/osmand?{first}").status_code == 200
    assert client.post(f"/api/v1/ingest/osmand?{rest[0]}").status_code == 200
    for query in rest[1:]:
        answer = client.post(
            "/api/v1/ingest/osmand", data=query, content_type="application/x-www-form-urlencoded"
        )
        assert (answer.status_code, answer.data) == (200, b"")
    fixes = stored(worker)
    assert [k.at for k in fixes] == [TEN + timedelta(minutes=m) for m in range(4)]
    assert [k.lon for k in fixes] == [pytest.approx(120.13 + 0.0006 * m) for m in range(4)]
    assert fixes[0].speed_mps == pytest.approx(1.0)  # 1.94 knots
    assert (fixes[0].heading_deg, fixes[0].battery_pct, fixes[0].accuracy_m) == (90.5, 67, 8)


def test_osmand_position_is_stored_from_json(app, worker, stored):
    body = payload("osmand_location.json").decode().replace("TOKEN", token_of(worker))
    answer = app.test_client().post("/api/v1/ingest/osmand", data=body, content_type="application/json")
    assert (answer.status_code, answer.data) == (200, b"")
    (fix,) = stored(worker)
    assert (fix.at, fix.speed_mps, fix.heading_deg, fix.battery_pct) == (TEN, None, None, pytest.approx(67))


def test_position_without_time_is_of_now(app, worker, stored):
    token = token_of(worker)
    assert app.test_client().get(f"/api/v1/ingest/osmand?id={token}&lat=30.26&lon=120.13").status_code == 200
    assert [k.at for k in stored(worker)] == [RECEIVED]


def test_unstorable_position_is_answered_as_accepted(app, workforce_city, recorded, stored):
    """An app would send it again for ever."""
    worker = workforce_city.worker("g1")  # off duty
    token, client = token_of(worker), app.test_client()
    assert owntracks(app, token, payload("owntracks_location.json")).json == []
    assert overland(app, token, payload("overland_batch.json")).json == {"result": "ok"}
    assert client.get(f"/api/v1/ingest/osmand?id={token}&lat=30&lon=120").status_code == 200
    for query in ("lat=here&lon=there", "lat=95&lon=190", "timestamp=soon&lat=30&lon=120", "speed=2", ""):
        assert client.get(f"/api/v1/ingest/osmand?id={token}&{query}").status_code == 200, query
    for location in (None, {}, [], {"coords": None}, {"coords": {"latitude": "x"}}, "x"):
        body = {"device_id": token, "location": location}
        assert client.post("/api/v1/ingest/osmand", json=body).status_code == 200, location
    for message in ({}, {"locations": None}, {"locations": [None, 1, {"geometry": 1}]}, [], "x"):
        assert overland(app, token, json.dumps(message).encode()).json == {"result": "ok"}
    assert stored(worker) == []
    assert client.post("/api/v1/positions", json={}).status_code == 401


def test_late_position_does_not_replace_newest(app, worker, rows):
    token = token_of(worker)
    overland(app, token, payload("overland_batch.json"))
    sql = "select at from worker_position where worker_id = :w"
    before = rows(sql, w=worker.account_id)
    early = json.loads(payload("owntracks_location.json")) | {"tst": int(TEN.timestamp()) - 1800}
    assert owntracks(app, token, json.dumps(early).encode()).json == []
    assert rows(sql, w=worker.account_id) == before == [(TEN + timedelta(minutes=3),)]


def test_truncated_json_returns_400(app, worker):
    token = token_of(worker)
    body = payload("overland_batch.json")[:-40]
    assert overland(app, token, body).status_code == 400
    assert owntracks(app, token, body).status_code == 400


def test_wrong_ingest_token_is_refused_as_each_app_expects(app, worker):
    good, client = token_of(worker), app.test_client()
    for token in ("", "x", "gwi_" + "A" * 43, good[:-1], good.upper()):
        answer = owntracks(app, token, payload("owntracks_location.json"))
        assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        assert overland(app, token, payload("overland_batch.json")).status_code == 401
        assert client.get(f"/api/v1/ingest/osmand?id={token}&lat=1&lon=1").status_code == 400
        body = {"device_id": token, "location": {}}
        assert client.post("/api/v1/ingest/osmand", json=body).status_code == 404
    # The session's own token opens none of these doors, and the app's none of the others.
    assert overland(app, str(worker.account_id), b"{}").status_code == 401


def test_ingest_token_grants_only_position_ingest(city_app, worker_in_city):
    """With the real sign-in: a Bearer that is an ingest token is nobody."""
    app, person = city_app, worker_in_city
    token = person.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}).json["token"]
    assert overland(app, token, b"{}").json == {"result": "ok"}
    client = app.test_client()
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith("/api/v1/") and "ingest/" not in r.rule]
    opened = []
    for rule in rules:
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<uuid:{argument}>", str(person.id)).replace(f"<int:{argument}>", "1")
            path = path.replace(f"<{argument}>", "x")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            basic = base64.b64encode(f"x:{token}".encode()).decode()
            for header in (f"Bearer {token}", f"Basic {basic}"):
                answer = client.open(path, method=method, headers={"Authorization": header})
                if answer.status_code != 401:
                    opened.append((method, rule.rule, answer.status_code))
    public = {"/api/v1/auth/token", "/api/v1/auth/refresh", "/api/v1/openapi.json"}
    public |= {"/api/v1/profile.schema.json", "/api/v1/oauth/token"}
    public |= {f"/api/v1/auth/browser/{act}" for act in ("token", "refresh", "logout")}
    assert {rule for _, rule, _ in opened} - public <= {
        r.rule for r in rules if r.rule.startswith("/api/v1/docs")
    }


@pytest.fixture
def city_app(app):
    """The app with its real sign-in."""
    held = app.extensions["authenticate"]
    app.extensions["authenticate"] = accounts.authenticator(app.extensions["settings"])
    yield app
    app.extensions["authenticate"] = held


@pytest.fixture
def worker_in_city(city_app):
    from tests.factories import make_city

    return make_city(city_app, city_app.extensions["settings"]).worker("g1")


def test_ingest_token_is_for_workers_and_stored_as_hash(workforce_city, rows):
    boss = workforce_city.supervisor("c1")
    assert boss.post("/me/ingest-tokens", {"label": "x", "password": PASSWORD}).json["code"] == "not_a_worker"
    gis = workforce_city.caller(workforce_city.person(Role.GIS, "c1"))
    assert gis.post("/me/ingest-tokens", {"label": "x", "password": PASSWORD}).status_code == 403
    worker = workforce_city.worker("g1")
    token = token_of(worker, expires_in_days=3)
    ((row,),) = rows("select to_jsonb(t) from access_token t where account_id = :a", a=worker.account_id)
    assert token not in json.dumps(row) and token[4:] not in json.dumps(row)
    left = datetime.fromisoformat(row["expires_at"]) - clock.now()
    assert timedelta(days=2.9) < left < timedelta(days=3)
    for body in (
        {},
        {"label": ""},
        {"label": "x", "password": PASSWORD, "expires_in_days": 401},
        {"label": "x", "password": PASSWORD, "scopes": ["all"]},
    ):
        assert worker.post("/me/ingest-tokens", body).status_code == 422
    events = rows(
        "select action, detail from audit_event where actor_id = :a and action like 'access_token%'",
        a=worker.account_id,
    )
    assert [e.action for e in events] == ["access_token.make"]
    assert token not in json.dumps(events[0].detail)


def test_ingest_tokens_are_listed_without_secret_and_revoked_at_once(app, workforce_city):
    worker = workforce_city.worker("g1", on_duty_for=timedelta(hours=1))
    token, other = token_of(worker), token_of(worker)
    listed = worker.get("/me/ingest-tokens")
    assert token not in listed.text and len(listed.json["items"]) == 2
    assert [i["last_used_at"] for i in listed.json["items"]] == [None, None]
    assert overland(app, token, b"{}").status_code == 200
    newest, oldest = worker.get("/me/ingest-tokens").json["items"]
    assert newest["last_used_at"] is None and oldest["last_used_at"] is not None
    assert workforce_city.worker("g1").delete(f"/me/ingest-tokens/{oldest['id']}").status_code == 404
    assert worker.delete(f"/me/ingest-tokens/{oldest['id']}").status_code == 204
    assert worker.delete(f"/me/ingest-tokens/{oldest['id']}").status_code == 204
    assert overland(app, token, b"{}").status_code == 401
    assert overland(app, other, b"{}").status_code == 200
    # The worker's supervisor lists and revokes the other token; another supervisor cannot.
    path = f"/workers/{worker.account_id}/ingest-tokens"
    assert workforce_city.supervisor("c2").get(path).status_code == 404
    assert workforce_city.supervisor("c2").delete(f"{path}/{newest['id']}").status_code == 404
    boss = workforce_city.supervisor("c1")
    assert len(boss.get(path).json["items"]) == 2
    assert boss.delete(f"{path}/{newest['id']}").status_code == 204
    assert overland(app, other, b"{}").status_code == 401


def test_ingest_token_is_invalid_after_expiry_or_role_revocation(app, workforce_city):
    worker = workforce_city.worker("g1")
    token = token_of(worker, expires_in_days=2)
    with clock.at(clock.now() + timedelta(days=3)):
        assert overland(app, token, b"{}").status_code == 401
    assert overland(app, token, b"{}").status_code == 200
    with db.transaction(SYSTEM) as session:
        from sqlalchemy import text

        session.execute(
            text("update account_grant set revoked_at = :at where account_id = :id"),
            {"at": clock.now(), "id": worker.account_id},
        )
    assert overland(app, token, b"{}").status_code == 403
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update account set disabled_at = :at where id = :id"),
            {"at": clock.now(), "id": worker.account_id},
        )
    assert overland(app, token, b"{}").status_code == 401


def test_ingest_tokens_are_limited_to_twenty(workforce_city):
    worker = workforce_city.worker("g1")
    answers = [
        worker.post("/me/ingest-tokens", {"label": str(n), "password": PASSWORD}).status_code
        for n in range(21)
    ]
    assert answers == [201] * 20 + [422]
    assert (
        worker.post("/me/ingest-tokens", {"label": "x", "password": PASSWORD}).json["code"]
        == "tokens_too_many"
    )


def test_instants_of_phone_apps_are_parsed():
    at = TEN.timestamp()
    same = [at, str(int(at)), at * 1000, f"{at * 1000:.0f}", "2025-11-25T10:00:00Z", "2025-11-25 10:00:00"]
    same += ["2025-11-25T18:00:00+0800", "2025-11-25T18:00:00.000+08:00", "2025-11-25T10:00:00"]
    for value in same:
        heard = phones.owntracks({"_type": "location", "lat": 1, "lon": 2, "tst": value})
        assert [fix.at for fix in heard.fixes] == [TEN], value
    for value in (None, "", "soon", True, math.nan, math.inf, 1e300, -1e300, [], {}, "0001-01-01"):
        heard = phones.owntracks({"_type": "location", "lat": 1, "lon": 2, "tst": value})
        assert (heard.fixes, heard.unreadable) == ((), 1), value
