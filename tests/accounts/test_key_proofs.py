"""Sessions bound to a device key (DPoP proofs) and audit of repeated refresh tokens."""

import secrets
from datetime import datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from app.accounts.jobs import run_due
from app.accounts.schemas import SessionOut
from app.core import clock, db
from app.core.actor import SYSTEM
from tests.answers import status_and_code
from tests.live.processes import as_job_worker

REFRESH = "/api/v1/auth/refresh"
TOKEN = "/api/v1/auth/token"


class Key:
    """The key of a device."""

    def __init__(self, algorithm="ES256"):
        self.algorithm = algorithm
        if algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
            made = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
            made = jwt.algorithms.OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        self.jwk = {name: value for name, value in made.items() if name in ("kty", "crv", "x", "y")}

    def proof(self, path=REFRESH, header=None, signer=None, **claims):
        body = {
            "jti": secrets.token_urlsafe(16),
            "htm": "POST",
            "htu": f"https://localhost{path}",
            "iat": int(clock.now().timestamp()),
        } | claims
        headers = {"typ": "dpop+jwt", "jwk": self.jwk} | (header or {})
        body = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(body, signer or self.private, algorithm=self.algorithm, headers=headers)


def sign_in(person, key=None, **extra_headers):
    body = {"username": person.username, "password": person.password, "device_id": "phone"}
    headers = {"DPoP": key.proof(TOKEN)} if key else {}
    answer = person.client.post(
        TOKEN, json=body, headers=headers | extra_headers, environ_overrides={"REMOTE_ADDR": person.address}
    )
    if answer.status_code == 200:
        person.tokens = answer.json
    return answer


def refresh(person, proof=None, token=None, agent="phone/1", address=None):
    headers = {"User-Agent": agent} | ({"DPoP": proof} if proof else {})
    return person.client.post(
        REFRESH,
        json={"refresh_token": token or person.tokens["refresh_token"]},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": address or person.address},
    )


def session_events(person):
    return [e for e in person.get("/me/audit").json["items"] if e["action"].startswith("session.")]


@pytest.fixture
def key():
    return Key()


@pytest.fixture
def bound(worker, key):
    assert sign_in(worker, key).status_code == 200
    return worker


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_refresh_succeeds_with_proof_by_sign_in_key(worker, algorithm):
    key = Key(algorithm)
    assert sign_in(worker, key).status_code == 200
    for _ in range(3):
        answer = refresh(worker, key.proof())
        assert answer.status_code == 200
        worker.tokens = answer.json
    assert worker.get("/me").status_code == 200


def test_refresh_is_refused_and_recorded_without_proof_by_device_key(bound, key):
    thief = "203.0.113.7"
    assert status_and_code(refresh(bound, agent="thief/1", address=thief)) == (400, "proof_missing")
    assert status_and_code(refresh(bound, Key().proof(), agent="thief/1", address=thief)) == (
        400,
        "proof_key_wrong",
    )
    assert refresh(bound, key.proof()).status_code == 200, "the session of the owner goes on"
    [event] = session_events(bound)
    assert event["action"] == "session.proof_refused"
    assert event["detail"]["reason"] == "proof_missing"
    assert (event["detail"]["now"]["address"], event["detail"]["now"]["agent"]) == (thief, "thief/1")
    assert bound.get("/me").status_code == 200


def test_refresh_proof_is_accepted_once(bound, key):
    proof = key.proof()
    assert refresh(bound, proof).status_code == 200
    assert status_and_code(refresh(bound, proof)) == (400, "proof_used")
    assert refresh(bound, key.proof()).status_code == 200, "a lost answer, asked for with another proof"


def test_used_proof_is_stored_longer_than_its_validity(bound, key, sql, settings):
    """A proof that was deleted while it is valid could be used again."""
    proof = key.proof()
    answer = refresh(bound, proof)
    with as_job_worker(settings), db.transaction(SYSTEM) as session:
        run_due(session, clock.now() + timedelta(hours=1))
    assert status_and_code(refresh(bound, proof, answer.json["refresh_token"])) == (400, "proof_used")
    with as_job_worker(settings), db.transaction(SYSTEM) as session:
        run_due(session, clock.now() + timedelta(days=2))
    session_id = bound.get("/me/sessions").json["items"][0]["id"]
    assert not sql("select from used_proof where session_id = :id", id=session_id)


WRONG = {
    "form": lambda key: "not.a.jwt",
    "length": lambda key: "x" * 2_001,
    "typ": lambda key: key.proof(header={"typ": "JWT"}),
    "jwk": lambda key: key.proof(header={"jwk": {"kty": "oct", "k": "c2VjcmV0"}}),
    "signature": lambda key: key.proof(signer=Key().private),
    "htm": lambda key: key.proof(htm="GET"),
    "htu": lambda key: key.proof(htu=f"https://evil.example{REFRESH}"),
    "jti": lambda key: key.proof(jti="short"),
    "iat": lambda key: key.proof(iat="now"),
}


@pytest.mark.parametrize("part", [*WRONG, "other path", "no jti", "private key"])
def test_refresh_returns_400_with_reason_for_invalid_proof(bound, key, part):
    made = (
        WRONG.get(part)
        or {
            "other path": lambda key: key.proof(TOKEN),
            "no jti": lambda key: key.proof(jti=None),
            "private key": lambda key: key.proof(header={"jwk": key.jwk | {"d": "AAAA"}}),
        }[part]
    )
    answer = refresh(bound, made(key))
    assert status_and_code(answer) == (400, "proof_invalid")
    expected = {"other path": "htu", "no jti": "jti", "private key": "jwk"}.get(part, part)
    assert f"({expected})" in answer.json["detail"]
    assert refresh(bound, key.proof()).status_code == 200


def test_refresh_returns_400_for_proof_unsigned_or_signed_with_shared_secret(bound, key):
    claims = jwt.decode(key.proof(), options={"verify_signature": False})
    headers = {"typ": "dpop+jwt", "jwk": key.jwk}
    for algorithm, secret in (("none", None), ("HS256", "x" * 32)):
        forged = jwt.encode(claims, secret, algorithm=algorithm, headers=headers)
        answer = refresh(bound, forged)
        assert status_and_code(answer) == (400, "proof_invalid") and "(alg)" in answer.json["detail"]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_refresh_returns_server_time_for_proof_with_wrong_clock(bound, key, minutes):
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        early = key.proof()
    answer = refresh(bound, early)
    assert status_and_code(answer) == (400, "proof_stale")
    assert abs(clock.now().timestamp() - datetime.fromisoformat(answer.json["server_time"]).timestamp()) < 60
    assert refresh(bound, key.proof()).status_code == 200


def test_refresh_needs_no_proof_when_session_has_no_key(worker, key):
    assert sign_in(worker).status_code == 200
    worker.tokens = refresh(worker).json
    assert refresh(worker, key.proof()).status_code == 200, "a proof that nobody asked for hinders nothing"
    assert worker.get("/me/sessions").json["items"][0]["has_key"] is False


def test_repeated_refresh_is_listed_with_both_uses_for_owner(worker):
    """A thief who is quick looks like a client with a lost answer. The owner sees both addresses."""
    sign_in(worker)
    first = refresh(worker)
    again = refresh(worker, agent="thief/1", address="203.0.113.7")
    assert again.json["refresh_token"] == first.json["refresh_token"]
    refresh(worker, agent="thief/2", address="203.0.113.8")
    [event] = session_events(worker)
    assert event["action"] == "session.refresh_repeated"
    assert "sent twice" in event["sentence"]["en"] and "张三" in event["sentence"]["zh"]
    assert (event["detail"]["first"]["address"], event["detail"]["first"]["agent"]) == (
        worker.address,
        "phone/1",
    )
    assert (event["detail"]["now"]["address"], event["detail"]["now"]["agent"]) == ("203.0.113.7", "thief/1")
    [session] = worker.get("/me/sessions").json["items"]
    assert set(session) == set(SessionOut().fields)
    [twice] = session["used_twice"]
    assert (twice["first"]["agent"], twice["again"]["agent"]) == ("phone/1", "thief/2")
    assert session["last_use"]["address"] == worker.address


def test_reused_refresh_token_ends_session_and_is_audited_with_both_uses(worker):
    sign_in(worker)
    old = worker.tokens["refresh_token"]
    worker.tokens = refresh(worker).json
    worker.tokens = refresh(worker).json
    assert status_and_code(refresh(worker, token=old, agent="thief/1", address="203.0.113.7")) == (
        401,
        "refresh_reused",
    )
    sign_in(worker)
    [event] = session_events(worker)
    assert event["action"] == "session.refresh_reused"
    assert event["detail"]["first"]["agent"] == "phone/1" and event["detail"]["now"]["agent"] == "thief/1"
    ended = worker.get("/me/sessions").json["items"][-1]
    assert ended["revoked_because"] == "refresh_reused"


def test_sessions_of_other_accounts_are_hidden(worker, someone):
    sign_in(worker)
    other = someone()
    other.sign_in(device_id="theirs")
    assert [s["client_key"] for s in other.get("/me/sessions").json["items"]] == ["theirs"]
    assert not session_events(other)


def test_browser_refresh_requires_proof_when_signed_in_with_key(worker, key, app):
    client = app.test_client()
    base_path = "/api/v1/auth/browser"
    page_headers = {"X-Gridward-Page": "field"}
    body = {"username": worker.username, "password": worker.password}
    signed = client.post(
        f"{base_path}/token", json=body, headers=page_headers | {"DPoP": key.proof(f"{base_path}/token")}
    )
    assert signed.status_code == 200
    assert status_and_code(client.post(f"{base_path}/refresh", headers=page_headers)) == (
        400,
        "proof_missing",
    )
    again = client.post(
        f"{base_path}/refresh", headers=page_headers | {"DPoP": key.proof(f"{base_path}/refresh")}
    )
    assert again.status_code == 200
