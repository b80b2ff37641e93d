"""Use cases of accounts."""

from app.accounts.service.accounts import add_grant, create_account
from app.accounts.service.audit import record
from app.accounts.service.passwords import hash_password
from app.accounts.service.sessions import authenticator, refresh, sign_in, sign_out

__all__ = [
    "add_grant",
    "authenticator",
    "create_account",
    "hash_password",
    "record",
    "refresh",
    "sign_in",
    "sign_out",
]
