"""The token endpoint of OAuth 2.0 for service accounts: secrets, signed assertions, refusals, and the tokens' rights."""

import base64
import hmac
import json
from datetime import timedelta
from urllib.parse import quote_plus

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.core import clock
from app.core.ids import uuid7
from tests.accounts.services import call, new_admin, new_client_id, new_credential, new_service_account

TOKEN = "/oauth/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(65_537, 2_048),
}


@pytest.fixture
def admin(city):
    return new_admin(city)


@pytest.fixture
def hotline(city, admin):
    return new_service_account(admin, city)


def ask(city, form, headers=None, **options):
    return call(
        city, headers or {}, "POST", TOKEN, data={"grant_type": "client_credentials"} | form, **options
    )


def basic(client_id, secret):
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(joined.encode()).decode()}


def jwk_of(private, algorithm):
    return json.loads(jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key()))


def payload_of(client_id, **claims):
    now = int(clock.now().timestamp())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": "http://localhost/api/v1/oauth/token",
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid7()),
    } | claims


def assertion_form(token):
    return {"client_assertion_type": ASSERTION, "client_assertion": token}


def assert_refused(answer, error, status=400):
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.text
    assert set(answer.json) == {"error", "error_description"}
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Basic" in answer.headers.get("WWW-Authenticate", "")) == (status == 401)


@pytest.mark.parametrize("way", ["basic", "post"])
def test_hotline_files_a_case_with_a_token_for_its_secret(city, admin, hotline, way):
    secret = new_credential(admin, hotline, "client_secret")["secret"]
    assert secret.startswith("gws_")
    client_id = hotline["client_id"]
    form = {"client_id": client_id, "client_secret": secret} if way == "post" else {}
    answer = ask(city, form, basic(client_id, secret) if way == "basic" else None)
    assert answer.status_code == 200, answer.json
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == int(city.settings.access_token_life.total_seconds())
    assert "refresh_token" not in answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    token = {"Authorization": f"Bearer {answer.json['access_token']}"}
    report = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "路面积水"}
    filed = call(city, token, "POST", "/incidents", report | {"source": "public"})
    assert filed.status_code == 201, filed.json
    assert call(city, token, "GET", f"/incidents/{report['id']}").json["status"] == filed.json["status"]
    # The secret itself opens nothing, and no page of people.
    assert call(city, {"Authorization": f"Bearer {secret}"}, "GET", "/incidents").status_code == 401
    assert call(city, {"X-API-Key": secret}, "GET", "/incidents").status_code == 401
    assert call(city, token, "GET", "/me").json["code"] == "people_only"


@pytest.mark.parametrize("algorithm", KEYS)
def test_assertion_of_a_registered_key_is_exchanged_once(city, admin, hotline, algorithm):
    private = KEYS[algorithm]()
    new_credential(admin, hotline, "public_key", public_key=jwk_of(KEYS["ES256"](), "ES256"))
    new_credential(admin, hotline, "public_key", public_key=jwk_of(private, algorithm))
    signed = jwt.encode(payload_of(hotline["client_id"]), private, algorithm=algorithm)
    answer = ask(city, assertion_form(signed))
    assert answer.status_code == 200, answer.json
    token = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert call(city, token, "GET", "/incidents").status_code == 200
    assert_refused(ask(city, assertion_form(signed)), "invalid_client", 401)


@pytest.fixture
def signer(city, admin, hotline):
    """Return a function that signs an assertion with a registered key and changed claims, and asks for a token."""
    private = KEYS["ES256"]()
    new_credential(admin, hotline, "public_key", public_key=jwk_of(private, "ES256"))

    def send(key=private, algorithm="ES256", without=(), headers=None, **claims):
        payload = payload_of(hotline["client_id"], **claims)
        for name in without:
            del payload[name]
        return ask(city, assertion_form(jwt.encode(payload, key, algorithm=algorithm, headers=headers)))

    return send


def seconds(count):
    return int((clock.now() + timedelta(seconds=count)).timestamp())


def test_assertion_with_a_wrong_claim_is_refused(signer, hotline):
    assert signer().status_code == 200
    assert signer(aud="gridward").status_code == 200
    assert signer(aud=["https://other.example", "gridward"]).status_code == 200
    for wrong in (
        {"aud": "https://other.example/token"},
        {"aud": "http://localhost/api/v1/auth/token"},
        {"aud": []},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"exp": seconds(-1)},
        {"exp": seconds(3_600)},
        {"exp": seconds(400)},
        {"exp": "soon"},
        {"iat": seconds(120)},
        {"nbf": seconds(120)},
        {"jti": ""},
        {"jti": "x" * 201},
        {"jti": 7},
        {"without": ("jti",)},
        {"without": ("exp",)},
        {"without": ("aud",)},
        {"without": ("iss",)},
        {"without": ("sub",)},
    ):
        assert_refused(signer(**wrong), "invalid_client", 401)


def hmac_of_public_key(admin, hotline):
    """Return an assertion signed by HMAC with the stored public key as secret."""
    listed = admin.get(f"/service-accounts/{hotline['id']}/credentials").json["items"]

    def part(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = part(b'{"alg":"HS256","typ":"JWT"}')
    signed = head + b"." + part(json.dumps(payload_of(hotline["client_id"])).encode())
    secret = json.dumps(listed[0]["public_key"], separators=(",", ":")).encode()
    return (signed + b"." + part(hmac.digest(secret, signed, "sha256"))).decode()


def test_assertion_with_a_wrong_signature_is_refused(city, admin, signer, hotline):
    assert_refused(signer(key=KEYS["ES256"]()), "invalid_client", 401)
    assert_refused(signer(key=KEYS["EdDSA"](), algorithm="EdDSA"), "invalid_client", 401)
    assert_refused(signer(key="", algorithm="none"), "invalid_client", 401)
    # The public key is no secret of HMAC, and a key in the header is not looked at.
    assert_refused(ask(city, assertion_form(hmac_of_public_key(admin, hotline))), "invalid_client", 401)
    stranger = KEYS["ES256"]()
    assert_refused(signer(key=stranger, headers={"jwk": jwk_of(stranger, "ES256")}), "invalid_client", 401)
    for rubbish in ("x", "a.b.c", "e30.e30.", "." * 4):
        assert_refused(ask(city, assertion_form(rubbish)), "invalid_client", 401)
    wrong_type = {"client_assertion_type": "x", "client_assertion": "x"}
    assert_refused(ask(city, wrong_type), "invalid_request")


def test_assertion_of_another_client_is_refused(city, admin, hotline, signer):
    other = new_service_account(admin, city)
    assert_refused(signer(iss=other["client_id"], sub=other["client_id"]), "invalid_client", 401)


def test_wrong_requests_are_answered_by_rfc_6749(city, admin, hotline):
    secret = new_credential(admin, hotline, "client_secret")["secret"]
    api_key = new_credential(admin, hotline)["secret"]
    client_id = hotline["client_id"]
    good = {"client_id": client_id, "client_secret": secret}
    assert_refused(ask(city, {}), "invalid_client", 401)
    assert_refused(ask(city, good | {"client_secret": secret[:-1]}), "invalid_client", 401)
    assert_refused(ask(city, good | {"client_secret": api_key}), "invalid_client", 401)
    assert_refused(ask(city, good | {"client_id": new_client_id()}), "invalid_client", 401)
    assert_refused(ask(city, {}, basic(client_id, "wrong")), "invalid_client", 401)
    assert_refused(ask(city, {}, {"Authorization": "Basic !!!"}), "invalid_client", 401)
    assert_refused(ask(city, {}, {"Authorization": f"Bearer {secret}"}), "invalid_client", 401)
    assert_refused(ask(city, good | {"grant_type": "password"}), "unsupported_grant_type")
    assert_refused(ask(city, good | {"grant_type": ""}), "invalid_request")
    assert_refused(ask(city, good | {"scope": "incident:read"}), "invalid_scope")
    assert_refused(ask(city, good, basic(client_id, secret)), "invalid_request")
    assert_refused(ask(city, {"client_id": "x"}, basic(client_id, secret)), "invalid_request")
    assert ask(city, good, query_string={"client_id": client_id}).status_code == 422
    assert_refused(call(city, {}, "POST", TOKEN, json=good), "invalid_request")
    twice = {"grant_type": "client_credentials", "client_id": [client_id, client_id], "client_secret": secret}
    assert_refused(call(city, {}, "POST", TOKEN, data=twice), "invalid_request")
    assert ask(city, good | {"unknown": "ignored"}).status_code == 200
    person = city.worker("g1")
    assert_refused(ask(city, {}, basic(person.username, "gridward")), "invalid_client", 401)


def test_token_ends_when_its_credential_is_revoked(city, admin, hotline):
    made = new_credential(admin, hotline, "client_secret")
    headers = basic(hotline["client_id"], made["secret"])
    token = {"Authorization": f"Bearer {ask(city, {}, headers).json['access_token']}"}
    assert call(city, token, "GET", "/incidents").status_code == 200
    path = f"/service-accounts/{hotline['id']}/credentials/{made['id']}"
    assert admin.call("DELETE", path).status_code == 204
    answer = call(city, token, "GET", "/incidents")
    assert (answer.status_code, answer.json["code"]) == (401, "session_revoked")
    assert_refused(ask(city, {}, headers), "invalid_client", 401)


def test_private_weak_and_unknown_keys_are_refused(admin, hotline):
    weak = jwk_of(rsa.generate_private_key(65_537, 1_024), "RS256")
    curve = jwk_of(ec.generate_private_key(ec.SECP256K1()), "ES256K")
    private = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(KEYS["ES256"]()))
    good = jwk_of(KEYS["ES256"](), "ES256")
    path = f"/service-accounts/{hotline['id']}/credentials"
    for key, code in (
        (weak, "key_too_short"),
        (private, "key_is_private"),
        (curve, "not_one_of"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "not_one_of"),
        (good | {"x": "AAAA"}, "key_unsupported"),
        (good | {"crv": "Ed25519"}, "key_unsupported"),
        (None, "required"),
    ):
        body = {"form": "public_key", "label": "x"} | ({"public_key": key} if key else {})
        answer = admin.post(path, body)
        assert answer.status_code == 422, answer.json
        assert [e["code"] for e in answer.json["errors"]] == [code], key
    assert admin.post(path, {"form": "api_key", "label": "x", "public_key": good}).status_code == 422
    made = admin.post(path, {"form": "public_key", "label": "x", "public_key": good | {"use": "sig"}}).json
    assert made["public_key"] == good
    assert made["secret"] is None
