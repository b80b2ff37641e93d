"""Schemas of imports: options, runs, refused rows, undoing."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.exchange.rules.contract import KINDS
from app.exchange.rules.exports import FORMAT_TEXTS
from app.http import fields
from app.http.smorest import Schema
from app.settings import Settings

LIMITS = Settings()


class ImportOptions(Schema):
    """Options of an import, as those of `gridward import` (docs/how-to/imports.md)."""

    kind = fields.Choice(
        KINDS,
        required=True,
        metadata={
            "description": "What the rows are: areas, units, households, workers, incidents or components"
        },
    )
    name = fields.Words(
        required=True,
        min_length=1,
        max_length=200,
        metadata={
            "description": "Name of the file; its ending decides the format: csv, xlsx, geojson, gpkg or "
            "zip (Shapefile)"
        },
    )
    jurisdiction = fields.Words(
        min_length=1,
        max_length=64,
        metadata={"description": "Code of the jurisdiction; absent: the default jurisdiction of the caller"},
    )
    map = ma.fields.List(
        fields.Words(max_length=300),
        load_default=list,
        metadata={
            "description": "`column=field`: which field a column is; `column=` ignores the column; may be "
            "repeated"
        },
    )
    map_value = ma.fields.List(
        fields.Words(max_length=500),
        load_default=list,
        metadata={"description": "`field:A=B`: where the file has A, store B; may be repeated"},
    )
    crs = fields.Words(
        max_length=20,
        metadata={
            "description": "Coordinate system: `EPSG:n`, `gcj02` or `bd09`; absent: that of the file, else"
            " WGS 84"
        },
    )
    timezone = fields.Words(
        max_length=60,
        metadata={"description": "IANA time zone of times without a zone; absent: that of the jurisdiction"},
    )
    day_first = fields.Boolean(load_default=False, metadata={"description": "True: 01/02/2026 is 1 February"})
    layer = fields.Words(
        max_length=200,
        metadata={"description": "Name of the layer of a GeoPackage, or of the sheet of a workbook"},
    )
    level = fields.Words(
        max_length=64, metadata={"description": "Level of all areas in the file, if no column has it"}
    )
    dry_run = fields.Boolean(
        load_default=False,
        data_key="dry_run",
        attribute="is_dry",
        metadata={"description": "True: everything is validated and counted, nothing is stored"},
    )
    partial = fields.Boolean(
        load_default=False,
        attribute="is_partial",
        metadata={"description": "True: valid rows are stored although others are refused"},
    )  # type: ignore[assignment]
    live = fields.Boolean(
        load_default=False,
        attribute="is_live",
        metadata={"description": "True: open cases are dispatched now; false: they wait for a supervisor"},
    )
    accept_findings = fields.Boolean(
        load_default=False,
        attribute="accepts_findings",
        metadata={
            "description": "True: areas with a fault of their outline are stored inactive; false: they are"
            " refused"
        },
    )


TEMPLATE_FORMATS = Enumeration("TemplateFormat", {name: FORMAT_TEXTS[name] for name in ("csv", "xlsx")})


class TemplateOptions(Schema):
    """Parameters of a template: kind, format and jurisdiction."""

    kind = fields.Choice(KINDS, required=True, metadata={"description": "What the rows are"})
    format = fields.Choice(
        TEMPLATE_FORMATS, load_default="xlsx", metadata={"description": "Format of the file"}
    )
    jurisdiction = fields.Words(
        load_default=None,
        min_length=1,
        max_length=64,
        metadata={"description": "Code of the jurisdiction; absent: the default jurisdiction of the caller"},
    )


class ImportColumnsOptions(Schema):
    """A file and the kind of its rows."""

    kind = fields.Choice(KINDS, required=True, metadata={"description": "What the rows are"})
    name = fields.Words(
        required=True,
        min_length=1,
        max_length=200,
        metadata={"description": "Name of the file; its ending decides the format, as in `POST /imports`"},
    )
    jurisdiction = fields.Words(
        min_length=1,
        max_length=64,
        metadata={"description": "Code of the jurisdiction; absent: the default jurisdiction of the caller"},
    )
    layer = fields.Words(
        max_length=200,
        metadata={"description": "Name of the layer of a GeoPackage, or of the sheet of a workbook"},
    )


class ImportColumn(ma.Schema):
    """A column of a file, with the field that is suggested for it."""

    name = ma.fields.String(required=True, metadata={"description": "Name of the column in the file"})
    values = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "The first different values; none of columns that are never stored"},
    )
    recognised = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The field that an import reads from this column without a mapping; null: none"
        },
    )
    field = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "The suggested field; null: none"}
    )
    reason = fields.Choice(
        Enumeration(
            "ColumnReason",
            {
                "name": "the name of the column is a name of the field",
                "similar": "the name of the column is like a name of the field",
                "values": "the first values can be read as the field",
                "place": "the first values are coordinates within the jurisdiction",
                "personal": "it may be a personal field, which a person has to choose",
                "taken": "another column is the field already",
                "forbidden": "data of this kind are never stored",
                "unnamed": "the column has no name, or the name of another column",
            },
        ),
        required=True,
        allow_none=True,
        metadata={"description": "Why the field is suggested, or none; null: nothing is known of the column"},
    )
    sentence = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The reason as a sentence in the language of `Accept-Language`"},
    )


class ImportField(ma.Schema):
    """A field that a kind of import can read from a column."""

    name = ma.fields.String(required=True, metadata={"description": "Name of the field in mappings"})
    title = ma.fields.String(
        required=True, metadata={"description": "Name for people, in the language of `Accept-Language`"}
    )
    note = ma.fields.String(
        required=True, metadata={"description": "What the values are, in the language of `Accept-Language`"}
    )
    is_required = fields.Boolean(
        required=True,
        metadata={"description": "True: the file, or each of its rows, is refused without a column for it"},
    )
    is_personal = fields.Boolean(
        required=True, metadata={"description": "True: a column is read as it only where a mapping says so"}
    )
    needs = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Name of the field without which this one is not read; null: none"},
    )
    words = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "One word for each value that can be read; empty: any text or number"},
    )


class ImportColumns(ma.Schema):
    """The columns of a file, and the fields of its kind of import."""

    kind = fields.Choice(KINDS, required=True, metadata={"description": "What the rows are"})
    format = ma.fields.String(required=True, metadata={"description": "Format of the file"})
    rows_expected = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Estimated number of rows of the file; null: not known"},
    )
    has_shapes = fields.Boolean(
        required=True,
        metadata={"description": "True: the file has geometries, so no column is needed for coordinates"},
    )
    columns = ma.fields.List(
        ma.fields.Nested(ImportColumn), required=True, metadata={"description": "In the order of the file"}
    )
    fields = ma.fields.List(  # type: ignore[assignment]
        ma.fields.Nested(ImportField), required=True, metadata={"description": "All fields of the kind"}
    )


class RunFilter(Schema):
    kind = fields.Choice(KINDS, metadata={"description": "Only imports of this kind"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class ImportRun(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(
        required=True,
        metadata={
            "description": "What the rows are: areas, units, households, workers, incidents or components"
        },
    )
    state = ma.fields.String(
        required=True,
        metadata={
            "description": "waiting, running, done, refused (some rows), failed (all rows) or interrupted"
        },
    )
    jurisdiction_id = ma.fields.UUID(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    finished_at = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the import ended (RFC 3339, UTC); null: it has not ended"},
    )
    rows_seen = fields.Integer(required=True, metadata={"description": "Number of rows read so far"})
    rows_expected = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Estimated number of rows of the file; null: not known"},
    )
    name = ma.fields.String(required=True, metadata={"description": "Name of the file"})
    dry_run = fields.Boolean(required=True, metadata={"description": "True: nothing was stored"})
    partial = fields.Boolean(
        required=True, metadata={"description": "True: valid rows are stored although others are refused"}
    )  # type: ignore[assignment]
    has_errors = fields.Boolean(
        required=True,
        metadata={
            "description": "True: the refused rows can be downloaded; the server erases them after some days"
        },
    )
    outcome = ma.fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "Counts of rows stored, unchanged and refused, by reason; columns; findings; "
            "null: the import has not ended"
        },
    )


class RunPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ImportRun), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FaultFilter(Schema):
    code = fields.Words(max_length=60, metadata={"description": "Only rows with a fault of this code"})
    limit = fields.Integer(
        load_default=LIMITS.page_limit_default, validate=ma.validate.Range(1, LIMITS.page_limit_max)
    )
    cursor = fields.Cursor()


class FaultSentence(ma.Schema):
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class RowFault(ma.Schema):
    code = ma.fields.String(required=True, metadata={"description": "Code of the fault"})
    column = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Column of the file, by its name there; null: the row as a whole"},
    )
    sentence = ma.fields.Nested(
        FaultSentence, required=True, metadata={"description": "What is wrong, as a sentence"}
    )


class FaultyRow(ma.Schema):
    row = fields.Integer(required=True, metadata={"description": "Number of the row in the file"})
    faults = ma.fields.List(
        ma.fields.Nested(RowFault), required=True, metadata={"description": "All faults of the row"}
    )


class FaultPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FaultyRow), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class UndoImport(Schema):
    dry_run = fields.Boolean(
        load_default=False,
        attribute="is_dry",
        metadata={"description": "True: nothing is removed, the answer is what would be"},
    )
    whole = fields.Boolean(
        load_default=False,
        attribute="is_whole",
        metadata={"description": "True: nothing is removed if any object has to stay"},
    )


class KeptThing(ma.Schema):
    entity = ma.fields.String(required=True, metadata={"description": "Type of the object"})
    id = ma.fields.UUID(required=True)
    reason = ma.fields.String(
        required=True, metadata={"description": "Code of the reason why the object stays"}
    )
    sentence = ma.fields.Nested(
        FaultSentence, required=True, metadata={"description": "Why the object stays, as a sentence"}
    )


class UndoneImport(ma.Schema):
    run_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(
        required=True,
        metadata={
            "description": "What the rows are: areas, units, households, workers, incidents or components"
        },
    )
    dry_run = fields.Boolean(
        required=True, attribute="is_dry", metadata={"description": "True: nothing was removed"}
    )
    taken_back = ma.fields.Dict(
        keys=ma.fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={
            "description": "Number of removed objects by type; in a dry run: of those that would be removed"
        },
    )
    kept_total = fields.Integer(required=True, metadata={"description": "Number of all objects that stay"})
    kept = ma.fields.List(
        ma.fields.Nested(KeptThing),
        required=True,
        metadata={"description": "The first 1,000 objects that stay"},
    )
