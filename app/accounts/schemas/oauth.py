"""Schemas of the token endpoint of OAuth 2.0."""

import marshmallow as ma

from app.accounts.rules import client_assertions
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema


class TokenRequest(Schema):
    grant_type = ma.fields.String(
        required=True,
        validate=ma.validate.Equal("client_credentials"),
        metadata={"description": "The grant: `client_credentials`"},
    )
    client_id = ma.fields.String(
        metadata={"description": "Client id of the service account; left out with HTTP Basic or an assertion"}
    )
    client_secret = ma.fields.String(
        metadata={"description": "Client secret, unless it is sent by HTTP Basic"}
    )
    client_assertion_type = ma.fields.String(
        validate=ma.validate.Equal(client_assertions.TYPE),
        metadata={"description": "Type of the assertion (RFC 7523 2.2)"},
    )
    client_assertion = ma.fields.String(
        validate=ma.validate.Length(max=client_assertions.MAX_LENGTH),
        metadata={"description": "JWT that the client signed with its private key"},
    )
    scope = ma.fields.String(
        metadata={"description": "Must be left out: the permissions are those of the service account"}
    )


class ClientTokenOut(Schema):
    access_token = ma.fields.String(
        required=True, metadata={"description": "Access token, for `Authorization: Bearer`"}
    )
    token_type = ma.fields.String(required=True, metadata={"description": "Always `Bearer`"})
    expires_in = fields.Integer(
        required=True, metadata={"description": "Seconds until the access token expires"}
    )


class OAuthError(Schema):
    error = fields.Choice(
        Enumeration(
            "OAuthErrorCode",
            {
                "invalid_request": "a parameter is missing, repeated or wrong",
                "invalid_client": "the client is unknown or disabled, or its credential is not valid",
                "unsupported_grant_type": "only `client_credentials` is supported",
                "invalid_scope": "scopes cannot be requested",
            },
        ),
        required=True,
        metadata={"description": "Code of the error (RFC 6749 5.2)"},
    )
    error_description = ma.fields.String(
        required=True, metadata={"description": "What is wrong, in English, for developers"}
    )
