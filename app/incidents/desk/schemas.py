"""Input and documentation of the desk: notes, merging, acts on many cases."""

from typing import Any, ClassVar
from uuid import UUID

import marshmallow as ma

from app.core.coordinates import COORDINATE_SYSTEMS
from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.http.variants import Variants
from app.incidents.cases.schemas.cases import IncidentFilter, IncidentPatch
from app.incidents.lifecycle.schemas import Transition
from app.incidents.reporting.schemas.reports import ReporterIn

AUDIENCES = Enumeration("NoteAudience", ("desk", "handlers"))
AT_ONCE = 100


class Annotate(FreeText):
    free_text = ("words",)

    id = fields.Uuid7()
    words = fields.Words(max_length=4000, min_length=1, required=True)
    audience = fields.Choice(
        AUDIENCES,
        load_default="handlers",
        metadata={"description": "desk: those who direct; handlers: them and whoever handles or checks"},
    )


class NoteAuthor(Schema):
    id = ma.fields.UUID()
    name = ma.fields.String(allow_none=True)


class NoteOut(Schema):
    id = ma.fields.UUID()
    incident_id = ma.fields.UUID()
    case_no = ma.fields.String()
    audience = fields.Choice(AUDIENCES)
    words = ma.fields.String()
    author = ma.fields.Nested(NoteAuthor)
    occurred_at = ma.fields.DateTime()


class NoteList(Schema):
    items = ma.fields.List(ma.fields.Nested(NoteOut))


class Merge(FreeText):
    free_text = ("reason",)

    into_id = ma.fields.UUID(required=True)
    reason = fields.Words(max_length=2000, min_length=1, required=True)


class Unmerge(FreeText):
    free_text = ("reason",)

    reason = fields.Words(max_length=2000, min_length=1, required=True)


class UrgeMany(FreeText):
    free_text = ("note",)

    note = fields.Words(max_length=2000, load_default=None, allow_none=True)


class AssignMany(FreeText):
    free_text = ("note",)

    worker_id = ma.fields.UUID()
    unit_id = ma.fields.UUID()
    note = fields.Words(max_length=2000, min_length=1, required=True)


class AnnotateMany(FreeText):
    free_text = ("words",)

    words = fields.Words(max_length=4000, min_length=1, required=True)
    audience = fields.Choice(AUDIENCES, load_default="handlers")


class BulkBody(Schema):
    """One act on many cases. `body`: as the act on one case takes it."""

    ids = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(min=1, max=AT_ONCE))

    @ma.validates_schema
    def each_once(self, data: dict[str, Any], **_: object) -> None:
        if len(set(data["ids"])) != len(data["ids"]):
            raise ma.ValidationError("not_unique", "ids")


def _bulk(action: str, body: type[Schema], description: str) -> BulkBody:
    is_optional = not any(field.required for field in body().fields.values()) and body is not Transition
    members = {
        "action": ma.fields.String(required=True, validate=ma.validate.Equal(action)),
        "body": ma.fields.Nested(body, load_default=dict)
        if is_optional
        else ma.fields.Nested(body, required=True),
        "Meta": type("Meta", (BulkBody.Meta,), {"description": description}),
    }
    schema: BulkBody = type(f"Bulk{action.capitalize()}", (BulkBody,), members)()
    return schema


class BulkAct(Variants):
    """One act on many cases, each by itself. The schema of `body` depends on the action."""

    class Meta(Variants.Meta):
        description = "One act on many cases, each by itself. The schema of `body` depends on `action`."

    variants: ClassVar = {
        "urge": _bulk("urge", UrgeMany, "Remind the workers or units that have the cases."),
        "transition": _bulk("transition", Transition, "Take one action of the life cycle on each case."),
        "assign": _bulk("assign", AssignMany, "Reassign each case to a worker or to a unit."),
        "correct": _bulk("correct", IncidentPatch, "Correct category, place or owning unit of each case."),
        "note": _bulk("note", AnnotateMany, "Add a note to each case."),
        "merge": _bulk("merge", Merge, "End each case as the same matter as another case."),
    }


class PrintFilter(IncidentFilter):
    """The cases of a listing with the same filters, or those named, as many as a sheet holds."""

    ids = fields.CommaList(metadata={"description": "These cases"})
    limit = fields.Integer(load_default=AT_ONCE, validate=ma.validate.Range(1, AT_ONCE))

    @ma.post_load
    def read_ids(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if "ids" in data:
            try:
                data["ids"] = [UUID(each) for each in data["ids"]]
            except ValueError:
                raise ma.ValidationError("invalid", "ids") from None
        return data


class BulkResult(Schema):
    id = ma.fields.UUID()
    ok = fields.Boolean()
    version = fields.Integer(allow_none=True)
    is_repeat = fields.Boolean(metadata={"description": "It took effect before, under the same key"})
    code = ma.fields.String(allow_none=True)
    message = ma.fields.String(allow_none=True)
    errors = ma.fields.List(ma.fields.Dict())


class BulkResults(Schema):
    items = ma.fields.List(ma.fields.Nested(BulkResult))
    done = fields.Integer()
    failed = fields.Integer()


class JoinIncident(Schema):
    """A further report about an existing case."""

    id = fields.Uuid7()
    lon = fields.Longitude(required=True)
    lat = fields.Latitude(required=True)
    coord_sys = fields.Choice(COORDINATE_SYSTEMS, load_default="wgs84")
    accuracy_m = fields.Float(validate=ma.validate.Range(0, 100_000), allow_none=True)
    description = fields.Words(max_length=4000, load_default="")
    occurred_at = fields.Instant()
    attributes = fields.Attributes(
        keys=ma.fields.String(), load_default=dict, validate=ma.validate.Length(max=50)
    )
    reporter = ma.fields.Nested(ReporterIn)


class LinkCases(FreeText):
    free_text = ("reason",)

    to_id = ma.fields.UUID(required=True)
    reason = fields.Words(max_length=2000, min_length=1, required=True)
