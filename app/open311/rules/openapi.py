"""The OpenAPI document of /open311. Paths have the form of GeoReport v2, so they are not in the document of /api/v1."""

from typing import Any

from app.core.release import VERSION
from app.open311.rules.documents import FORMATS
from app.open311.rules.parameters import ROWS_MAX, STATUSES
from app.open311.rules.reports import DESCRIPTION_MAX, UPDATE_STATUSES

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
_TEXT: dict[str, Any] = {"type": "string"}
_OPTIONAL_TEXT: dict[str, Any] = {"type": "string", "nullable": True}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
_ID = {"type": "string", "description": "Id, as text"}
_SERVICE = {
    "service_code": _TEXT,
    "service_name": _TEXT,
    "description": _TEXT,
    "metadata": {"type": "boolean", "description": "The service has attributes"},
    "type": {"type": "string", "enum": ["realtime", "batch"]},
    "keywords": _TEXT,
    "group": _TEXT,
}
_VALUE = {"key": _TEXT, "name": _TEXT}
_REQUEST = {
    "service_request_id": _ID,
    "status": {"type": "string", "enum": list(STATUSES)},
    "status_notes": _TEXT,
    "agency_responsible": _TEXT,
    "service_name": _TEXT,
    "service_code": _TEXT,
    "description": _OPTIONAL_TEXT | {"description": "Words that a person released; null: none"},
    "requested_datetime": _INSTANT,
    "updated_datetime": _INSTANT,
    "expected_datetime": _INSTANT,
    "address": _OPTIONAL_TEXT,
    "address_id": _OPTIONAL_TEXT,
    "zipcode": _OPTIONAL_TEXT,
    "lat": {"type": "number", "description": "Of the centre of a cell of about 100 m (WGS 84)"},
    "long": {"type": "number"},
    "media_url": _OPTIONAL_TEXT,
}
# Members that a request lacks if it has no value for them.
AT_TIMES = frozenset({"status_notes", "agency_responsible", "expected_datetime"})
_UPDATE = {
    "update_id": _ID,
    "service_request_id": _ID,
    "status": {"type": "string"},
    "updated_datetime": _INSTANT,
    "description": _TEXT,
    "media_url": _OPTIONAL_TEXT,
}
_JURISDICTION = {
    "name": "jurisdiction_id",
    "in": "query",
    "description": "Code of the jurisdiction; required if the server has several",
    "schema": _TEXT,
}
_RANGE = [
    {"name": "start_date", "in": "query", "description": "First instant, with a zone", "schema": _INSTANT},
    {"name": "end_date", "in": "query", "description": "Last instant, with a zone", "schema": _INSTANT},
]
_PAGES = [
    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}},
    {"name": "page_size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": ROWS_MAX}},
]
_PERSON = dict.fromkeys(("email", "first_name", "last_name", "phone"), _TEXT)
_PHOTOS = {"type": "array", "maxItems": 5, "items": {"type": "string", "format": "binary"}}
_REPORT_FORM = {
    "api_key": _TEXT,
    "jurisdiction_id": _TEXT,
    "service_code": _TEXT,
    "lat": {"type": "number"},
    "long": {"type": "number"},
    "address_string": _TEXT,
    "address_id": _TEXT,
    "description": {"type": "string", "maxLength": DESCRIPTION_MAX},
    "media_url": _TEXT,
    **_PERSON,
}
_UPDATE_FORM = {
    "api_key": _TEXT,
    "jurisdiction_id": _TEXT,
    "service_request_id": _TEXT,
    "update_id": _TEXT,
    "status": {"type": "string", "enum": sorted(UPDATE_STATUSES)},
    "updated_datetime": _INSTANT,
    "description": {"type": "string", "maxLength": DESCRIPTION_MAX},
    "media_url": _TEXT,
    **_PERSON,
}


def document(url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document, with paths relative to `url`, which is that of `/open311`."""
    named = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in ("id",)]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Gridward Open311",
            "version": VERSION,
            "description": "Open311 GeoReport v2 with the service request updates of FixMyStreet.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": [{"url": url}],
        "paths": {
            "/discovery.{form}": _get(
                "readDiscovery", "Describe the service", {"type": "object"}, plain=True
            ),
            "/v2/services.{form}": _get("listServices", "List services", _list(_SERVICE)),
            "/v2/services/{id}.{form}": _get(
                "readServiceDefinition", "Describe the attributes of a service", _definition(), named
            ),
            "/v2/requests.{form}": _get(
                "listRequests", "List service requests", _list(_REQUEST, AT_TIMES), _filters()
            )
            | _post("createRequest", "Create a service request", _REPORT_FORM, ["api_key", "service_code"]),
            "/v2/requests/{id}.{form}": _get(
                "readRequest", "Read one service request", _list(_REQUEST, AT_TIMES), named
            ),
            "/v2/tokens/{id}.{form}": _get(
                "readToken",
                "Return the id of the service request of a token",
                _list({"service_request_id": _ID, "token": _TEXT}),
                named,
            ),
            "/v2/servicerequestupdates.{form}": _get(
                "listUpdates",
                "List what became of service requests",
                _list(_UPDATE),
                [{"name": "service_request_id", "in": "query", "schema": _TEXT}, *_RANGE, *_PAGES],
            )
            | _post(
                "createUpdate",
                "Add an update to a service request",
                _UPDATE_FORM,
                ["api_key", "service_request_id"],
            ),
        },
        "components": {
            "schemas": {"errors": _list({"code": {"type": "integer"}, "description": _TEXT})},
            "responses": {
                "Errors": {
                    "description": "What is wrong, in the format asked for",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/errors"}},
                        "text/xml": {"schema": _TEXT},
                    },
                }
            },
        },
    }


def _filters() -> list[dict[str, Any]]:
    listed = {"type": "array", "items": _TEXT}
    several = {"style": "form", "explode": False}
    return [
        {
            "name": "service_request_id",
            "in": "query",
            "description": "Ids; all other parameters are then ignored",
            "schema": listed,
            **several,
        },
        {"name": "service_code", "in": "query", "schema": listed, **several},
        *_RANGE,
        {
            "name": "status",
            "in": "query",
            "schema": {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}},
            **several,
        },
        *_PAGES,
    ]


def _definition() -> dict[str, Any]:
    attribute = {
        "variable": {"type": "boolean"},
        "code": _TEXT,
        "datatype": _TEXT,
        "required": {"type": "boolean"},
        "datatype_description": _OPTIONAL_TEXT,
        "order": {"type": "integer"},
        "description": _TEXT,
        "values": _list(_VALUE),
    }
    members = {"service_code": _TEXT, "attributes": _list(attribute, frozenset({"values"}))}
    return {"type": "object", "required": list(members), "properties": members}


def _list(members: dict[str, Any], at_times: frozenset[str] = frozenset()) -> dict[str, Any]:
    required = [name for name in members if name not in at_times]
    return {"type": "array", "items": {"type": "object", "required": required, "properties": members}}


def _get(
    operation: str,
    summary: str,
    schema: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    *,
    plain: bool = False,
) -> dict[str, Any]:
    """Return the OpenAPI object of a read operation.

    Args:
        plain: The operation has no jurisdiction.
    """
    common = [] if plain else [_JURISDICTION]
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": [_form(), *(parameters or []), *common],
            "responses": _responses(summary, schema),
        }
    }


def _post(operation: str, summary: str, fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    form = {"schema": {"type": "object", "required": required, "properties": fields}}
    photos = {"type": "object", "required": required, "properties": fields | {"media": _PHOTOS}}
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "parameters": [_form()],
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": form,
                    "multipart/form-data": {"schema": photos},
                },
            },
            "responses": _responses(summary, {"type": "array", "items": {"type": "object"}}),
        }
    }


def _form() -> dict[str, Any]:
    return {
        "name": "form",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(FORMATS)},
    }


def _responses(summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    errors = {"$ref": "#/components/responses/Errors"}
    content = {"application/json": {"schema": schema}, "text/xml": {"schema": _TEXT}}
    return {
        "200": {"description": summary, "content": content},
        **dict.fromkeys(("400", "403", "404", "429", "503"), errors),
    }
