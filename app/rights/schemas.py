"""Schemas of exports and erasures of one person's data."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema

OF_JOINED = "Id of a report that was added to the case; absent: the first report"


class EraseReporter(Schema):
    reason = fields.Words(
        max_length=500,
        min_length=4,
        required=True,
        metadata={"description": "Reason of the erasure, stored in the audit trail"},
    )
    report_id = ma.fields.UUID(metadata={"description": OF_JOINED})


class ExportReporter(WithPurpose):
    report_id = ma.fields.UUID(metadata={"description": OF_JOINED})


class MediaGiven(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(metadata={"description": "Kind of the media: photo or voice note"})
    made_at = ma.fields.DateTime()


class ReplyGiven(Schema):
    at = ma.fields.DateTime(metadata={"description": "When the reply was given (RFC 3339)"})
    words = ma.fields.String(allow_none=True, metadata={"description": "Text of the reply; null: none"})


class ReportKnown(Schema):
    case_no = ma.fields.String()
    incident_id = ma.fields.UUID()
    report_id = ma.fields.UUID(metadata={"description": "Id of the report"})
    received_at = ma.fields.DateTime()
    occurred_at = ma.fields.DateTime()
    source = ma.fields.String(metadata={"description": "Channel through which the report was received"})
    category = ma.fields.String()
    words = ma.fields.String(metadata={"description": "Text of the report"})
    attributes = ma.fields.Dict()
    lon = fields.Float(metadata={"description": "Longitude in degrees, as it was reported, in `coord_sys`"})
    lat = fields.Float(metadata={"description": "Latitude in degrees, as it was reported, in `coord_sys`"})
    coord_sys = ma.fields.String(
        metadata={"description": "Coordinate system of `lon` and `lat`: wgs84, gcj02 or bd09"}
    )
    status = ma.fields.String(metadata={"description": "Status of the case now"})
    ended_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When the case ended (RFC 3339); null: it is open"}
    )
    shown_to_handlers = fields.Boolean(
        metadata={"description": "True: handlers of the case can see the reporter's name and number"}
    )
    replies = ma.fields.List(
        ma.fields.Nested(ReplyGiven), metadata={"description": "Replies to the reporter"}
    )
    media = ma.fields.List(
        ma.fields.Nested(MediaGiven),
        metadata={"description": "Photos and voice notes that were sent with the report"},
    )


class Look(Schema):
    at = ma.fields.DateTime(metadata={"description": "When the data were read (RFC 3339)"})
    act = ma.fields.String(
        metadata={"description": "Action in the audit trail: personal.disclose or person.export"}
    )
    purpose = ma.fields.String(
        allow_none=True, metadata={"description": "Code of the purpose; null: not known"}
    )
    purpose_name = ma.fields.Dict(
        metadata={"description": "Name of the purpose in English (`en`) and Chinese (`zh`)"}
    )
    fields = ma.fields.List(
        ma.fields.String(),
        allow_none=True,
        metadata={"description": "Names of the fields that were read; null: not known"},
    )  # type: ignore[assignment]
    by = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Roles that the reader held then; the reader is not named"},
    )


class ImportedFrom(Schema):
    kind = ma.fields.String(metadata={"description": "Kind of the import"})
    imported_at = ma.fields.DateTime(metadata={"description": "When the row was imported (RFC 3339)"})


class PersonKnown(Schema):
    """All stored data of one person, unmasked, for that person.

    Other people are left out or blacked out (█).
    """

    kind = fields.Choice(
        Enumeration(
            "PersonKind",
            {
                "resident": "a person who is registered in a household",
                "reporter": "a person who reported a case",
            },
        ),
        metadata={"description": "What the person is in the stored data"},
    )
    made_at = ma.fields.DateTime(metadata={"description": "When the export was made (RFC 3339, UTC)"})
    entry = ma.fields.Dict(metadata={"description": "What is stored about the person now"})
    reports = ma.fields.List(
        ma.fields.Nested(ReportKnown), metadata={"description": "Reports of the person, the newest first"}
    )
    reports_elsewhere = fields.Integer(
        metadata={
            "description": "Number of reports under the same name and number where the caller may not export"
        }
    )
    seen_by = ma.fields.List(
        ma.fields.Nested(Look), metadata={"description": "Who has read the person's data, the newest first"}
    )
    imported = ma.fields.List(
        ma.fields.Nested(ImportedFrom), metadata={"description": "Imports from which the data came"}
    )


class ResidentKnown(PersonKnown):
    states_of_the_entry = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Earlier states of the entry, the newest first"}
    )
    homes = ma.fields.List(
        ma.fields.Dict(),
        metadata={
            "description": "Households and premises where the resident lived, with `since` and `until`"
        },
    )
    consents = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": "Consents of the resident and of the household, the newest first"},
    )
    care = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Care tags of the resident, also those that have ended"}
    )
    visits = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Visits to the homes while the resident lived there"}
    )
    notices = ma.fields.List(
        ma.fields.Dict(),
        metadata={
            "description": "Notices to the homes while the resident lived there, with state and deliveries"
        },
    )
