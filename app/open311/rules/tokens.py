"""Tokens of service requests, for portals that ask for the id of a request later. Source: GeoReport v2, *GET tokens*."""

_PREFIX = "t-"


def token_of(service_request_id: str) -> str:
    """Return the token of a service request."""
    return f"{_PREFIX}{service_request_id}"


def id_of_token(token: str) -> str:
    """Return the id of the service request of a token; empty: the text is no token."""
    return token.removeprefix(_PREFIX) if token.startswith(_PREFIX) else ""
