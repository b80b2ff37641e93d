"""Schemas of exports: requests, decisions, runs."""

from typing import Any
from urllib.parse import parse_qsl

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.exchange.rules.exports import AT_ONCE, FORMAT_TEXTS, LANGUAGE, LANGUAGES, LIST, STATES
from app.http import fields
from app.http.smorest import Schema
from app.incidents.cases.schemas import IncidentFilter
from app.settings import Settings

LIMITS = Settings()


class AskAtOnce(Schema):
    """The rows of a collection of `/ogc` to export, and the file format."""

    collection = fields.Words(
        required=True,
        min_length=1,
        max_length=64,
        metadata={"description": "Id of the collection of `/ogc/collections`"},
    )
    format = fields.Choice(AT_ONCE, required=True, metadata={"description": "Format of the file"})
    query = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.Length(1, 64)),
        values=ma.fields.String(validate=ma.validate.Length(max=16_384)),
        load_default=dict,
        metadata={
            "description": "The parameters of `/ogc/collections/{id}/items`: bbox, bbox-crs, datetime, filter, "
            "filter-lang, filter-crs, properties, sortby, crs, and any property that is to have a value; "
            "`within_area_id`: only rows in this area or in an area below it (cases, households, premises, components); "
            "`list`: the query string of `GET /incidents`, only cases that pass these filters (cases); and `language` "
            "(xlsx): `en` or `zh`, a sheet for people: heads, states and categories in words, times in the time zone "
            "of the city, no ids of other rows"
        },
    )
    purpose = fields.Words(
        min_length=4,
        max_length=500,
        metadata={"description": "What the export is for, recorded in the audit trail"},
    )

    @ma.validates("query")
    def _validate_list(self, query: dict[str, str], **_: Any) -> None:
        """Validate the filters of the list of cases as its own request does."""
        if LIST in query:
            filters = dict(parse_qsl(query[LIST], keep_blank_values=True))
            schema = IncidentFilter(exclude=("sort", "counts", "limit", "cursor"))
            schema.reads_text = True
            faults = schema.validate(filters)
            if faults:
                raise ma.ValidationError({LIST: faults})

    @ma.validates_schema
    def _validate_language(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a language of a file for programs, and one that the server does not have."""
        language = data.get("query", {}).get(LANGUAGE)
        if language is None:
            return
        if data.get("format") != "xlsx":
            raise ma.ValidationError({"query": {LANGUAGE: ["Only for xlsx."]}})
        if language not in LANGUAGES:
            raise ma.ValidationError({"query": {LANGUAGE: ["Must be one of: en, zh."]}})

    @ma.post_load
    def _default_purpose(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"purpose": None, **data}


class AskExport(AskAtOnce):
    format = fields.Choice(
        Enumeration("ExportFormat", FORMAT_TEXTS),
        required=True,
        metadata={"description": "Format of the file"},
    )


class Decision(Schema):
    note = fields.Words(
        min_length=2,
        max_length=500,
        metadata={"description": "Note of the decision, recorded in the audit trail"},
    )


class Refusal(Schema):
    note = fields.Words(
        required=True,
        min_length=2,
        max_length=500,
        metadata={"description": "Why the export is refused, recorded in the audit trail"},
    )


class ExportFilter(Schema):
    state = fields.Choice(STATES, metadata={"description": "Only exports in this state"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class _Somebody(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"description": "Name of the account's holder"})


class ExportRun(ma.Schema):
    id = ma.fields.UUID(required=True)
    collection = ma.fields.String(
        required=True, metadata={"description": "Id of the collection of `/ogc/collections`"}
    )
    format = ma.fields.String(
        required=True, metadata={"description": "Format of the file: geojson, csv, xlsx, gpkg, fgb or shp"}
    )
    query = ma.fields.Dict(
        required=True, metadata={"description": "Query parameters of the rows, as they were requested"}
    )
    state = fields.Choice(STATES, required=True, metadata={"description": "State of the export"})
    purpose = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What the export is for; null: none was given"},
    )
    requested_by = ma.fields.Nested(
        _Somebody,
        required=True,
        allow_none=True,
        metadata={"description": "Who requested the export; null for callers who may not approve exports"},
    )
    needs_approval = fields.Boolean(
        required=True, metadata={"description": "True: the export needs the approval of a second person"}
    )
    decided_by = ma.fields.Nested(
        _Somebody,
        required=True,
        allow_none=True,
        metadata={
            "description": "Who approved or refused the export; null: nobody yet, or the caller may not "
            "approve exports"
        },
    )
    decided_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the export was approved or refused (RFC 3339, UTC); null: it was not"},
    )
    decision_note = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Note of the decision; null: none"}
    )
    created_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the export ended (RFC 3339, UTC); null: it has not ended"},
    )
    rows = fields.Integer(required=True, metadata={"description": "Number of rows written so far"})
    rows_expected = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Number of rows of the whole; null: not counted yet"},
    )
    outcome = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "`notes`: what the format could not hold; `fault`: why there is no file; null: "
            "the export has not ended"
        },
    )
    size = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Size of the file in bytes; null: there is no file"},
    )
    sha256 = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "SHA-256 of the file, hexadecimal; null: there is no file"},
    )
    expires_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={
            "description": "Until when the file can be downloaded (RFC 3339, UTC); null: there is no file"
        },
    )
    has_file = fields.Boolean(required=True, metadata={"description": "True: the file can be downloaded"})


class ExportPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ExportRun), required=True)
    next = ma.fields.String(required=True, allow_none=True)
