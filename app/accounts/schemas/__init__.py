"""Request and response schemas of accounts.

The schemas of the audit trail are in `audit.py`.
"""

from app.accounts.schemas.access_tokens import AccessTokenPage, MakePersonalToken, PersonalTokenMade
from app.accounts.schemas.accounts import (
    AccountFilter,
    AccountOpened,
    AccountOut,
    AccountPage,
    AccountPatch,
    CreateAccount,
    GrantOut,
    GrantRole,
    MeOut,
    OneTimePasswordOut,
)
from app.accounts.schemas.pages import Page
from app.accounts.schemas.passwords import ChangePassword, OwnPassword
from app.accounts.schemas.purposes import WithPurpose, WithWorkerPurpose
from app.accounts.schemas.sessions import (
    BrowserTokensOut,
    DeviceOut,
    DevicePage,
    Refresh,
    SessionOut,
    SessionPage,
    SignIn,
    TokensOut,
)

__all__ = [
    "AccessTokenPage",
    "AccountFilter",
    "AccountOpened",
    "AccountOut",
    "AccountPage",
    "AccountPatch",
    "BrowserTokensOut",
    "ChangePassword",
    "CreateAccount",
    "DeviceOut",
    "DevicePage",
    "GrantOut",
    "GrantRole",
    "MakePersonalToken",
    "MeOut",
    "OneTimePasswordOut",
    "OwnPassword",
    "Page",
    "PersonalTokenMade",
    "Refresh",
    "SessionOut",
    "SessionPage",
    "SignIn",
    "TokensOut",
    "WithPurpose",
    "WithWorkerPurpose",
]
