"""Input and documentation of cases by hour of the week."""

import marshmallow as ma

from app.http import fields
from app.http.smorest import Schema
from app.statistics.schemas.figure_queries import FIRST_DAY, LAST_DAY, MEASURES, FiguresQuery
from app.statistics.schemas.linked_counts import BoardArea


class HoursQuery(FiguresQuery):
    class Meta:
        exclude = ("group_by", "compare", "weekday", "hour")


class HoursOfWeek(Schema):
    measure = fields.Choice(MEASURES, metadata={"description": "Measure that counts the cases"})
    counts = ma.fields.List(
        ma.fields.List(fields.Integer()),
        metadata={"description": "Seven days, Monday first, of 24 numbers of cases, by local hour"},
    )


class HoursPeriod(Schema):
    from_ = ma.fields.Date(data_key="from", metadata={"description": FIRST_DAY})
    to = ma.fields.Date(metadata={"description": LAST_DAY})
    timezone = ma.fields.String(metadata={"description": "IANA time zone of days and hours"})


class HoursOfPeriod(HoursOfWeek):
    at = ma.fields.DateTime(metadata={"description": "As of when the cases were counted (RFC 3339, UTC)"})
    snapshot = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Opaque text by which a later request counts the same; null: `as_of` was sent"
        },
    )
    period = ma.fields.Nested(HoursPeriod, metadata={"description": "The period"})
    area = ma.fields.Nested(
        BoardArea, allow_none=True, metadata={"description": "The area of the request; null: none was named"}
    )
    members_template = ma.fields.String(
        metadata={
            "description": "URI template (RFC 6570) of the list of the cases of an hour, with the variables "
            "`weekday` (1 is Monday) and `hour`"
        }
    )
