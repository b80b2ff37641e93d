"""Input and documentation of people's rights."""

import marshmallow as ma

from app.accounts.schemas import WithPurpose
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.smorest import Schema

OF_JOINED = "A report that joined the case; left out: the first one"


class EraseReporter(Schema):
    reason = fields.Words(
        max_length=500, min_length=4, required=True, metadata={"description": "Goes on the record"}
    )
    report_id = ma.fields.UUID(metadata={"description": OF_JOINED})


class ExportReporter(WithPurpose):
    report_id = ma.fields.UUID(metadata={"description": OF_JOINED})


class MediaGiven(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String()
    made_at = ma.fields.DateTime()


class ReplyGiven(Schema):
    at = ma.fields.DateTime()
    words = ma.fields.String(allow_none=True)


class ReportKnown(Schema):
    case_no = ma.fields.String()
    incident_id = ma.fields.UUID()
    report_id = ma.fields.UUID()
    received_at = ma.fields.DateTime()
    occurred_at = ma.fields.DateTime()
    source = ma.fields.String()
    category = ma.fields.String()
    words = ma.fields.String()
    attributes = ma.fields.Dict()
    lon = fields.Float()
    lat = fields.Float()
    coord_sys = ma.fields.String()
    status = ma.fields.String()
    ended_at = ma.fields.DateTime(allow_none=True)
    shown_to_handlers = fields.Boolean()
    replies = ma.fields.List(ma.fields.Nested(ReplyGiven))
    media = ma.fields.List(
        ma.fields.Nested(MediaGiven), metadata={"description": "Sent by whoever took the report down"}
    )


class Look(Schema):
    at = ma.fields.DateTime()
    act = ma.fields.String(metadata={"description": "personal.disclose, person.export"})
    purpose = ma.fields.String(allow_none=True)
    purpose_name = ma.fields.Dict(metadata={"description": "en, zh"})
    fields = ma.fields.List(ma.fields.String(), allow_none=True)  # type: ignore[assignment]
    by = ma.fields.List(ma.fields.String(), metadata={"description": "Roles at that time, and no names"})


class ImportedFrom(Schema):
    kind = ma.fields.String()
    imported_at = ma.fields.DateTime()


class PersonKnown(Schema):
    """All that is known of one person, unmasked, for that person. Other people are left out or blacked out (█)."""

    kind = fields.Choice(Enumeration("PersonKind", ("resident", "reporter")))
    made_at = ma.fields.DateTime()
    entry = ma.fields.Dict(metadata={"description": "What is stored of the person now"})
    reports = ma.fields.List(ma.fields.Nested(ReportKnown))
    reports_elsewhere = fields.Integer(
        metadata={"description": "Reports under the same name and number where the caller may not export"}
    )
    seen_by = ma.fields.List(ma.fields.Nested(Look))
    imported = ma.fields.List(ma.fields.Nested(ImportedFrom))


class ResidentKnown(PersonKnown):
    states_of_the_entry = ma.fields.List(ma.fields.Dict(), metadata={"description": "The newest first"})
    homes = ma.fields.List(ma.fields.Dict(), metadata={"description": "Household and premises, since when"})
    consents = ma.fields.List(ma.fields.Dict())
    care = ma.fields.List(ma.fields.Dict())
    visits = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "To the homes, while the person was there"}
    )
