"""The client of a sign-in or refresh, read from the request: address, program and proof."""

from flask import request

from app.accounts.rules import proofs
from app.accounts.service import Caller
from app.core import clock

AGENT_MAX_LENGTH = 200
PROOF_PARAMETER = {
    "in": "header",
    "name": proofs.HEADER,
    "required": False,
    "schema": {"type": "string", "maxLength": proofs.MAX_LENGTH},
    "description": "DPoP proof of the key of the device (RFC 9449); a session that starts with one needs the same key later",
}


def caller() -> Caller:
    """Return the client of the current request: address, program and verified proof.

    Raises:
        Malformed: The proof is invalid.
    """
    proof_token = request.headers.get(proofs.HEADER)
    proof = None
    if proof_token is not None:
        path = request.root_path + request.path
        proof = proofs.read_proof(
            proof_token, method=request.method, host=request.host, path=path, now=clock.now()
        )
    return Caller(request.remote_addr or "", request.user_agent.string[:AGENT_MAX_LENGTH], proof)
