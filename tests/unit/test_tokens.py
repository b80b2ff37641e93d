"""Access tokens, refresh tokens and the signing key."""

import base64
import json
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.accounts.rules import tokens
from app.accounts.service.keys import keys_of
from app.core.errors import Unauthenticated
from app.core.ids import uuid7

NOW = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
LIFE = timedelta(minutes=10)
KEYS = tokens.Keys.of(Ed25519PrivateKey.generate())
CLAIMS = tokens.Claims(uuid7(), uuid7(), uuid7())


def sign(**kwargs):
    return tokens.sign_access(KEYS, CLAIMS, issuer="here", now=NOW, life=LIFE, **kwargs)


def read(token, *, at=NOW, keys=KEYS, issuer="here"):
    return tokens.read_access(keys, token, issuer=issuer, now=at)


def forged(*, drop=(), header=None, key=KEYS.private, algorithm="EdDSA", **claims):
    payload = jwt.decode(sign(), options={"verify_signature": False}) | claims
    for name in drop:
        del payload[name]
    return jwt.encode(
        payload, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": KEYS.kid} | (header or {})
    )


def code_of(token, **kwargs):
    with pytest.raises(Unauthenticated) as caught:
        read(token, **kwargs)
    return caught.value.code


def test_access_token_has_account_session_and_device_claims_only():
    assert read(sign()) == CLAIMS
    assert jwt.get_unverified_header(sign()) == {"alg": "EdDSA", "kid": KEYS.kid, "typ": "at+jwt"}
    assert set(jwt.decode(sign(), options={"verify_signature": False})) == set(tokens.CLAIMS)


def test_access_token_expires_after_ten_minutes():
    assert read(sign(), at=NOW + LIFE - timedelta(seconds=1)) == CLAIMS
    assert code_of(sign(), at=NOW + LIFE) == "token_expired"
    assert code_of(sign(), at=NOW - timedelta(minutes=1)) == "token_invalid"


@pytest.mark.parametrize("claim", tokens.CLAIMS)
def test_access_token_without_claim_is_invalid(claim):
    assert code_of(forged(drop=[claim])) == "token_invalid"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "elsewhere"},
        {"aud": "something-else"},
        {"sub": "nobody"},
        {"sid": 7},
        {"did": None},
        {"exp": "soon"},
        {"exp": None},
        {"nbf": []},
        {"header": {"typ": "JWT"}},
        {"header": {"kid": "another"}},
        {"header": {"kid": None}},
    ],
    ids=str,
)
def test_signed_token_of_other_kind_is_invalid(wrong):
    wrong = dict(wrong)
    if wrong.get("header") == {"kid": None}:
        token = jwt.encode(
            jwt.decode(sign(), options={"verify_signature": False}),
            KEYS.private,
            algorithm="EdDSA",
            headers={"typ": "at+jwt"},
        )
    else:
        token = forged(**wrong)
    assert code_of(token) == "token_invalid"


def test_token_signed_by_other_key_is_invalid():
    other = Ed25519PrivateKey.generate()
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(other.public_key()))
    assert code_of(forged(key=other)) == "token_invalid"
    assert code_of(forged(key=other, header={"jwk": jwk})) == "token_invalid"


def test_token_with_other_algorithm_is_invalid():
    public = KEYS.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert code_of(forged(key=public, algorithm="HS256")) == "token_invalid"
    assert code_of(forged(key=None, algorithm="none")) == "token_invalid"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_altered_token_is_invalid(position):
    parts = sign().split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[position] + "=="))
    raw[len(raw) // 2] ^= 1
    parts[position] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert code_of(".".join(parts)) == "token_invalid"


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "\ud800", "0" * 5000])
def test_malformed_token_is_invalid(token):
    assert code_of(token) == "token_invalid"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "unauthenticated"),
        ("", "unauthenticated"),
        ("Bearer", "token_invalid"),
        ("Bearer ", "token_invalid"),
        ("Basic YTpi", "token_invalid"),
    ],
)
def test_authorization_header_without_bearer_token_is_rejected(header, code):
    with pytest.raises(Unauthenticated) as caught:
        tokens.bearer(header)
    assert caught.value.code == code


def test_bearer_scheme_is_case_insensitive():
    assert tokens.bearer("bearer abc") == "abc"


def test_refresh_token_has_one_successor_for_each_key():
    first = tokens.new_refresh()
    other = tokens.Keys.of(Ed25519PrivateKey.generate())
    assert first != tokens.new_refresh()
    assert tokens.successor(KEYS, first) == tokens.successor(KEYS, first) != first
    assert tokens.successor(other, first) != tokens.successor(KEYS, first)
    assert tokens.successor(KEYS, tokens.successor(KEYS, first)) != first


def test_signing_key_is_stored_readable_by_owner_only(tmp_path):
    path = tmp_path / "new" / "key.pem"
    old_mask = os.umask(0)
    try:
        made = keys_of(path)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys_of.cache_clear()
    assert keys_of(path).kid == made.kid
    assert [p.name for p in path.parent.iterdir()] == ["key.pem"]


def _kid(path):
    return keys_of(path).kid


def test_concurrent_processes_agree_on_one_signing_key(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_kid, [tmp_path / "warm-up"] * 4))
        for round_ in range(8):
            kids = set(pool.map(_kid, [tmp_path / f"key-{round_}"] * 4))
            assert len(kids) == 1
