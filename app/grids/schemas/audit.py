"""Schemas of the audit of grids."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.grids.rules.audit import KINDS, SEVERITIES
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page

FINDING_KINDS = Enumeration("GridFindingKind", {code: " / ".join(kind.title) for code, kind in KINDS.items()})


class GridAuditQuery(Schema):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only findings that touch this area or an area below it"}
    )


class AuditedShapes(Schema):
    audited_at = ma.fields.DateTime(
        allow_none=True,
        metadata={
            "description": "When the oldest of the audited areas was audited (RFC 3339); null: some never "
            "were"
        },
    )
    is_current = fields.Boolean(
        metadata={"description": "True: no shape changed since; false: the next audit begins within a minute"}
    )


class KindOfFinding(Schema):
    kind = fields.Choice(FINDING_KINDS, metadata={"description": "Kind of finding"})
    severity = fields.Choice(SEVERITIES, metadata={"description": "How severe findings of this kind are"})
    title = ma.fields.Nested(Sentence, metadata={"description": "Title of the kind in both languages"})
    findings = ma.fields.Nested(Figure, metadata={"description": "How many, with the path of their list"})


class GridAudit(Schema):
    at = ma.fields.DateTime(metadata={"description": "When it was counted (RFC 3339)"})
    shapes = ma.fields.Nested(AuditedShapes, metadata={"description": "How current the audit of shapes is"})
    findings = ma.fields.Nested(
        Figure, metadata={"description": "How many of all kinds, with the path of their list"}
    )
    by_kind = ma.fields.List(
        ma.fields.Nested(KindOfFinding),
        metadata={"description": "Counts by kind, most severe first; kinds without findings are absent"},
    )


class GridFindingsQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Only findings that touch this area or an area below it"}
    )
    kind = fields.CommaList(
        choices=list(KINDS), metadata={"description": "Only these kinds, separated by commas"}
    )
    severity = fields.CommaList(
        choices=list(SEVERITIES),
        metadata={"description": "Only these severities, separated by commas: error, warning, info"},
    )


class FindingFigure(Schema):
    value = fields.Float(metadata={"description": "What was measured or counted, in `unit`"})
    standard = fields.Float(
        allow_none=True, metadata={"description": "What the profile allows; null: no standard"}
    )
    unit = ma.fields.String(metadata={"description": "m2, workers, premises, households or cases"})


class GridFinding(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the finding; the same as long as the finding exists"})
    kind = fields.Choice(FINDING_KINDS, metadata={"description": "Kind of finding"})
    severity = fields.Choice(SEVERITIES, metadata={"description": "How severe it is"})
    sentence = ma.fields.Nested(
        Sentence, metadata={"description": "The finding as a sentence in both languages"}
    )
    area = ma.fields.Nested(
        BoardArea,
        allow_none=True,
        metadata={"description": "The grid, or the area that its grids should cover"},
    )
    area_m2 = fields.Float(
        allow_none=True, metadata={"description": "Size of the land in square metres; null: not about land"}
    )
    width_m = fields.Float(
        allow_none=True,
        metadata={
            "description": "Width in metres: of the widest disk in the land, for a strip the mean width; "
            "null: not about land"
        },
    )
    figure = ma.fields.Nested(
        FindingFigure, metadata={"description": "What was measured, beside the standard"}
    )
    members = ma.fields.Nested(
        Figure, metadata={"description": "How many objects it is about, with the path of their list"}
    )
    place = ma.fields.Dict(metadata={"description": "GeoJSON MultiPolygon of the place, WGS 84"})


class GridFindings(Schema):
    items = ma.fields.List(ma.fields.Nested(GridFinding))
    next = ma.fields.String(allow_none=True)


class FindingMember(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the object"})
    kind = ma.fields.String(metadata={"description": "Level of an area, or premises, household or incident"})
    code = ma.fields.String(
        allow_none=True, metadata={"description": "Code or number of the object; null: it has none"}
    )
    name = ma.fields.Nested(
        fields.Named, allow_none=True, metadata={"description": "Name of the object; null: it has none"}
    )
    href = ma.fields.String(metadata={"description": "Path of the object"})


class FindingMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(FindingMember))
    next = ma.fields.String(allow_none=True)
