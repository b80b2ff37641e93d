"""Use cases of accounts: sign-in, sessions, tokens, roles, disclosure, audit trail."""

from app.accounts.queries.audit import edited_by_people
from app.accounts.rules.purposes import Reason
from app.accounts.service.access_tokens import list_tokens, make_token, revoke_token, token_authenticator
from app.accounts.service.accounts import (
    actor_by_username,
    actor_of,
    add_grant,
    create_account,
    raise_permission_epoch,
)
from app.accounts.service.audit import export_events, list_accesses_to_me, list_events, record, record_each
from app.accounts.service.authentication import authenticator, identifier, rememberer
from app.accounts.service.callers import actor_in_session
from app.accounts.service.client_tokens import ClientProof, issue_client_token
from app.accounts.service.configured_passwords import set_configured_password, usernames_with_password
from app.accounts.service.disclosure import (
    PERSON_EXPORT,
    disclose,
    disclosure_wait,
    require_disclosures_left,
    require_explained,
    require_person_exports_left,
)
from app.accounts.service.keys import derived_key
from app.accounts.service.managed_accounts import (
    allow_device,
    describe_account,
    disable_account,
    enable_account,
    give_one_time_password,
    grant_role,
    list_account_tokens,
    list_accounts,
    list_devices,
    rename_account,
    revoke_account_token,
    revoke_device,
    revoke_grant,
)
from app.accounts.service.me import change_password, describe_me
from app.accounts.service.new_accounts import (
    PlaceCodes,
    ensure_locked_account,
    open_account,
    open_account_at,
)
from app.accounts.service.passwords import StoredPassword, hash_password, require_hard_to_guess
from app.accounts.service.personal_tokens import (
    list_personal_tokens,
    make_personal_token,
    revoke_personal_token,
)
from app.accounts.service.reauthentication import require_password
from app.accounts.service.rotation import refresh
from app.accounts.service.service_accounts import (
    NewServiceAccount,
    change_service_account,
    create_service_account,
    create_service_account_at,
    describe_service_account,
    disable_service_account,
    enable_service_account,
    list_service_accounts,
    lock_service_account,
    require_service_permission,
    service_account_id_of,
    service_account_names,
)
from app.accounts.service.service_credentials import (
    caller_of_api_key,
    create_credential,
    list_credentials,
    revoke_credential,
    rotate_credential,
)
from app.accounts.service.sessions import (
    Caller,
    end_session,
    list_sessions,
    sign_in,
    sign_out,
    sign_out_with,
)
from app.accounts.service.tickets import (
    TICKET_SECONDS,
    access_ends,
    issue_ticket,
    redeem_ticket,
    session_epochs,
)

__all__ = [
    "PERSON_EXPORT",
    "TICKET_SECONDS",
    "Caller",
    "ClientProof",
    "NewServiceAccount",
    "PlaceCodes",
    "Reason",
    "StoredPassword",
    "access_ends",
    "actor_by_username",
    "actor_in_session",
    "actor_of",
    "add_grant",
    "allow_device",
    "authenticator",
    "caller_of_api_key",
    "change_password",
    "change_service_account",
    "create_account",
    "create_credential",
    "create_service_account",
    "create_service_account_at",
    "derived_key",
    "describe_account",
    "describe_me",
    "describe_service_account",
    "disable_account",
    "disable_service_account",
    "disclose",
    "disclosure_wait",
    "edited_by_people",
    "enable_account",
    "enable_service_account",
    "end_session",
    "ensure_locked_account",
    "export_events",
    "give_one_time_password",
    "grant_role",
    "hash_password",
    "identifier",
    "issue_client_token",
    "issue_ticket",
    "list_accesses_to_me",
    "list_account_tokens",
    "list_accounts",
    "list_credentials",
    "list_devices",
    "list_events",
    "list_personal_tokens",
    "list_service_accounts",
    "list_sessions",
    "list_tokens",
    "lock_service_account",
    "make_personal_token",
    "make_token",
    "open_account",
    "open_account_at",
    "raise_permission_epoch",
    "record",
    "record_each",
    "redeem_ticket",
    "refresh",
    "rememberer",
    "rename_account",
    "require_disclosures_left",
    "require_explained",
    "require_hard_to_guess",
    "require_password",
    "require_person_exports_left",
    "require_service_permission",
    "revoke_account_token",
    "revoke_credential",
    "revoke_device",
    "revoke_grant",
    "revoke_personal_token",
    "revoke_token",
    "rotate_credential",
    "service_account_id_of",
    "service_account_names",
    "session_epochs",
    "set_configured_password",
    "sign_in",
    "sign_out",
    "sign_out_with",
    "token_authenticator",
    "usernames_with_password",
]
