"""Use cases of accounts."""

from app.accounts.service.accounts import add_grant, create_account
from app.accounts.service.audit import record
from app.accounts.service.me import change_password, describe_me
from app.accounts.service.passwords import hash_password
from app.accounts.service.sessions import authenticator, refresh, sign_in, sign_out

__all__ = [
    "add_grant",
    "authenticator",
    "change_password",
    "create_account",
    "describe_me",
    "hash_password",
    "record",
    "refresh",
    "sign_in",
    "sign_out",
]
