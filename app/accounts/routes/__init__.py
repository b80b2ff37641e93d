"""Routes of accounts."""

from app.accounts.routes import accounts, audit, auth, browser, me, oauth, service_accounts, tokens
from app.http.smorest import API_KEY_HEADER

BLUEPRINTS = (
    auth.blp,
    browser.blp,
    me.blp,
    tokens.blp,
    accounts.blp,
    service_accounts.blp,
    oauth.blp,
    audit.blp,
)

SECURITY_SCHEMES = {
    "client_credentials": {
        "type": "oauth2",
        "description": "For service accounts: an access token by client credentials (RFC 6749 4.4). The permissions are "
        "those of the service account, so no scope is requested. The host of `tokenUrl` is a placeholder: the operation is "
        "`POST /api/v1/oauth/token` of this server.",
        "flows": {"clientCredentials": {"tokenUrl": f"https://gridward.example{oauth.PATH}", "scopes": {}}},
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": API_KEY_HEADER,
        "description": "An API key of a service account (`gwk_…`). `Authorization: Bearer` takes it, too. No operation takes "
        "it in an address.",
    },
}
