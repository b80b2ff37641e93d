"""Use case of the token endpoint: exchange a secret or a signed assertion of a service account for an access token."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.queries import service_credentials as queries
from app.accounts.rules import client_assertions, tokens
from app.accounts.rules import service_accounts as rules
from app.accounts.service.keys import keys_of
from app.core import clock
from app.core.errors import Unauthenticated
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class ClientProof:
    """The proof with which a client asks for an access token: a secret or a signed assertion, exactly one of them.

    Attributes:
        client_id: None: the client that the assertion names.
    """

    client_id: str | None
    secret: str | None = None
    assertion: str | None = None


def issue_client_token(
    session: Session, proof: ClientProof, *, settings: Settings, audiences: Collection[str]
) -> dict[str, Any]:
    """Verify the proof of a client and return an access token for it (RFC 6749 5.1). There is no refresh token.

    Args:
        audiences: Names of this server that an assertion may have as audience.

    Raises:
        Unauthenticated: The client is unknown or disabled, or the proof is not valid or was used before.
    """
    now = clock.now()
    claims = (
        _claims_of_assertion(session, proof, audiences)
        if proof.assertion is not None
        else _claims_of_secret(session, proof)
    )
    queries.note_use(session, claims.credential_id, at=now, before=now - rules.USE_NOTED_EACH)
    life = settings.access_token_life
    keys = keys_of(settings.signing_key_file)
    token = tokens.sign_access(keys, claims, issuer=settings.issuer, now=now, life=life)
    return {"access_token": token, "token_type": "Bearer", "expires_in": int(life.total_seconds())}


def _claims_of_secret(session: Session, proof: ClientProof) -> tokens.ClientClaims:
    sent = rules.digest(proof.secret or "")
    credentials = queries.client_credentials(
        session, client_id=proof.client_id or "", form=rules.CLIENT_SECRET, now=clock.now()
    )
    for credential in credentials:
        if hmac.compare_digest(credential.secret_hash, sent):
            return tokens.ClientClaims(credential.account_id, credential.id)
    raise Unauthenticated("token_invalid")


def _claims_of_assertion(
    session: Session, proof: ClientProof, audiences: Collection[str]
) -> tokens.ClientClaims:
    assertion, now = proof.assertion or "", clock.now()
    client_id = client_assertions.client_id_of(assertion)
    if proof.client_id not in (None, client_id):
        raise Unauthenticated("token_invalid")
    credentials = queries.client_credentials(session, client_id=client_id, form=rules.PUBLIC_KEY, now=now)
    index, verified = client_assertions.verified(
        assertion,
        [credential.public_key for credential in credentials],
        client_id=client_id,
        audiences=audiences,
        now=now,
    )
    credential = credentials[index]
    # Kept a little longer than the assertion is accepted.
    if not queries.use_assertion(
        session,
        account_id=credential.account_id,
        id_hash=rules.digest(verified.id),
        expires_at=verified.expires_at + client_assertions.LEEWAY,
    ):
        raise Unauthenticated("token_invalid")
    return tokens.ClientClaims(credential.account_id, credential.id)
