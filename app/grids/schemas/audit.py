"""Input and documentation of the audit of grids."""

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.grids.rules.audit import KINDS, SEVERITIES
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import Sentence
from app.statistics.schemas.linked_counts import BoardArea, Figure, Page

FINDING_KINDS = Enumeration("GridFindingKind", KINDS)


class GridAuditQuery(Schema):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Findings that touch this area or one under it"}
    )


class AuditedShapes(Schema):
    audited_at = ma.fields.DateTime(
        allow_none=True, metadata={"description": "When the oldest of them were audited; null: some never"}
    )
    is_current = fields.Boolean(
        metadata={"description": "Nothing was redrawn since; else the next audit begins within a minute"}
    )


class KindOfFinding(Schema):
    kind = fields.Choice(FINDING_KINDS)
    severity = fields.Choice(SEVERITIES)
    title = ma.fields.Nested(Sentence)
    findings = ma.fields.Nested(Figure)


class GridAudit(Schema):
    at = ma.fields.DateTime()
    shapes = ma.fields.Nested(AuditedShapes)
    findings = ma.fields.Nested(Figure)
    by_kind = ma.fields.List(ma.fields.Nested(KindOfFinding))


class GridFindingsQuery(Page):
    area_id = ma.fields.UUID(
        attribute="within", metadata={"description": "Findings that touch this area or one under it"}
    )
    kind = fields.CommaList(choices=list(KINDS))
    severity = fields.CommaList(choices=list(SEVERITIES))


class FindingFigure(Schema):
    value = fields.Float()
    standard = fields.Float(allow_none=True, metadata={"description": "What the profile, or reason, allows"})
    unit = ma.fields.String(metadata={"description": "m2, workers, premises, households or cases"})


class GridFinding(Schema):
    id = ma.fields.UUID(metadata={"description": "The same for as long as the finding stands"})
    kind = fields.Choice(FINDING_KINDS)
    severity = fields.Choice(SEVERITIES)
    sentence = ma.fields.Nested(Sentence)
    area = ma.fields.Nested(
        BoardArea,
        allow_none=True,
        metadata={"description": "The grid, or the area that its grids are to cover"},
    )
    area_m2 = fields.Float(allow_none=True)
    width_m = fields.Float(
        allow_none=True,
        metadata={"description": "Of land: of the widest disk in it; of a sliver its mean width"},
    )
    figure = ma.fields.Nested(FindingFigure)
    members = ma.fields.Nested(Figure)
    place = ma.fields.Dict(metadata={"description": "GeoJSON MultiPolygon"})


class GridFindings(Schema):
    items = ma.fields.List(ma.fields.Nested(GridFinding))
    next = ma.fields.String(allow_none=True)


class FindingMember(Schema):
    id = ma.fields.UUID()
    kind = ma.fields.String(
        metadata={"description": "The level of an area, or premises, household or incident"}
    )
    code = ma.fields.String(allow_none=True)
    name = ma.fields.Nested(fields.Named, allow_none=True)
    href = ma.fields.String(metadata={"description": "Path of the thing itself"})


class FindingMembers(Schema):
    items = ma.fields.List(ma.fields.Nested(FindingMember))
    next = ma.fields.String(allow_none=True)
