"""Schemas of profiles, jurisdictions and categories."""

from typing import Any, ClassVar

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.profiles.rules.questions import KINDS

LEVELS = ("district", "street", "community", "grid")
POLYGONS = frozenset({"Polygon", "MultiPolygon"})


_PROFILE = (
    "The complete profile: categories with their conditions and limits, calendar, deadlines, dispatch, life cycle, "
    "addresses and further rules. `docs/reference/rules.md` beside the source code describes its members"
)
_CONDITIONS = (
    "Conditions of filing; a report gets the first one. Each has `code`, `name` and either `limit` (`unit`, `amount`) or "
    "`limits`, one for each stage (`stage`, `name`, `unit`, `amount`, `from`, `until`), of which `handle` is the whole. Units: "
    "urgent_hour runs around the clock, work_hour inside work hours; work_day is a day that is worked, natural_day any day"
)


def _profile(**options: Any) -> ma.fields.Dict:
    return ma.fields.Dict(metadata={"description": _PROFILE}, **options)


class ProfileNumber(Schema):
    number = fields.Integer()
    in_force_from = ma.fields.String()


class JurisdictionOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the jurisdiction"})
    code = ma.fields.String(metadata={"description": "Code of the jurisdiction"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the jurisdiction"})
    root_unit_id = ma.fields.UUID(
        metadata={"description": "Id of the unit that owns every case without another owner"}
    )
    version = fields.Integer()
    profile = ma.fields.Nested(
        ProfileNumber, metadata={"description": "Version of the profile that is in force"}
    )


class JurisdictionList(Schema):
    items = ma.fields.List(ma.fields.Nested(JurisdictionOut))


class ProfileOut(ProfileNumber):
    id = ma.fields.UUID(metadata={"description": "Id of the version"})
    data = _profile()


class PublishProfile(FreeText):
    """A new version of a profile. It may have all members of a version that was read."""

    free_text = ("reason",)

    data = _profile(required=True)
    in_force_from = fields.Instant(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "From when it applies (RFC 3339); absent, or the past instant of the version "
            "that was read: at once"
        },
    )
    reason = fields.Words(
        min_length=4,
        max_length=200,
        metadata={"description": "Why; stored in the audit trail. No personal data"},
    )
    id = ma.fields.UUID(metadata={"description": "Id of the version that was read; works as `number` does"})
    number = fields.Integer(
        metadata={
            "description": "Number of the version that was read: 412 if there is a newer one, as with "
            "`If-Match`"
        },
    )
    state = ma.fields.String(metadata={"description": "Taken as it was read, and ignored"})
    in_force_until = ma.fields.String(
        allow_none=True, metadata={"description": "Taken as it was read, and ignored"}
    )

    @ma.post_load
    def drop_derived(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if name not in ("state", "in_force_until")}


class ProfileVersionsQuery(Schema):
    limit = fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
    cursor = fields.Cursor()


class ProfileVersionOut(ProfileNumber):
    id = ma.fields.UUID(metadata={"description": "Id of the version"})
    state = fields.Choice(
        Enumeration(
            "ProfileVersionState",
            {
                "past": "it applied until a newer version came into force",
                "in_force": "it applies now",
                "scheduled": "it applies from a later instant",
                "superseded": "it never applies: a newer version applies from the same instant or an earlier one",
            },
        ),
        metadata={
            "description": "superseded: a newer version applies from before this one would have applied"
        },
    )
    in_force_until = ma.fields.String(
        allow_none=True,
        metadata={"description": "Until when it applies (RFC 3339); null: open end, or it never applies"},
    )


class ProfileVersionPage(Schema):
    items = ma.fields.List(ma.fields.Nested(ProfileVersionOut))
    next = ma.fields.String(allow_none=True)


class WholeProfileVersion(ProfileVersionOut):
    data = _profile()


class ProfileDiffQuery(Schema):
    to = fields.Integer(
        required=True,
        validate=ma.validate.Range(1, 2_147_483_647),
        metadata={"description": "Number of the version to compare with"},
    )


class ProfileChange(Schema):
    kind = ma.fields.String(
        metadata={
            "description": "Kind of change, such as category_added, limit_changed, rest_days_removed, "
            "weight_changed"
        }
    )
    pointer = ma.fields.String(
        metadata={
            "description": "JSON Pointer into the version `to`; for something removed, into the other version"
        }
    )
    subject = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of what changed, outermost first"}
    )
    old = ma.fields.Raw(allow_none=True, metadata={"description": "Value before; null: it was absent"})
    new = ma.fields.Raw(allow_none=True, metadata={"description": "Value after; null: it was removed"})
    sentence = ma.fields.Nested(
        fields.Named, metadata={"description": "The change as a sentence in both languages"}
    )


class ProfileDiff(Schema):
    jurisdiction = ma.fields.String(metadata={"description": "Code of the jurisdiction"})
    number = fields.Integer(metadata={"description": "Number of the version before"})
    to = fields.Integer(metadata={"description": "Number of the version after"})
    items = ma.fields.List(
        ma.fields.Nested(ProfileChange), metadata={"description": "The changes; empty: none"}
    )


class CategoryFilter(Schema):
    jurisdiction = fields.Words(
        max_length=64, metadata={"description": "Code of the jurisdiction; absent: that of the caller"}
    )


QUESTION_KINDS = Enumeration("QuestionKind", {code: meaning for code, (meaning, _) in KINDS.items()})


class QuestionChoice(Schema):
    code = ma.fields.String(metadata={"description": "Code of the choice, as the answer has it"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "The choice in words"})


class CategoryQuestion(Schema):
    code = ma.fields.String(
        metadata={"description": "Code of the question: the member of `attributes` of a report"}
    )
    name = ma.fields.Nested(fields.Named, metadata={"description": "The question"})
    kind = fields.Choice(QUESTION_KINDS, metadata={"description": "Kind of the answer"})
    required = fields.Boolean(
        metadata={"description": "True: forms ask for an answer before they send a report"}
    )
    hint = ma.fields.Nested(
        fields.Named, metadata={"description": "How to answer; absent: there is no hint", "x-optional": True}
    )
    choices = ma.fields.List(
        ma.fields.Nested(QuestionChoice),
        metadata={"description": "Choices of a list; absent: another kind", "x-optional": True},
    )


class CategoryOut(Schema):
    code = ma.fields.String(metadata={"description": "Code of the category"})
    name = ma.fields.Nested(fields.Named, metadata={"description": "Name of the category"})
    kind = ma.fields.String(metadata={"description": "Kind of the category: event or component"})
    handled_by = ma.fields.String(
        metadata={"description": "Who handles its cases first: grid workers or units"}
    )
    on_the_spot = fields.Boolean(
        metadata={"description": "True: small enough for a worker to handle alone at once"}
    )
    conduct = fields.Boolean(
        metadata={"description": "True: about a worker, a grid chief or a unit, which never sees the case"}
    )
    urgent = fields.Boolean(metadata={"description": "True: its cases are urgent"})
    confidential = fields.Boolean(metadata={"description": "True: its cases are confidential"})
    publicity = ma.fields.String(
        metadata={
            "description": "What people without an account see of its cases: `public`, `public_without_photo` or "
            "`not_public`; absent: not public",
            "x-optional": True,
        }
    )
    skills = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of the skills that a worker needs"}
    )
    priority = fields.Integer(metadata={"description": "Priority of its cases; 1 is the most urgent"})
    conditions = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": _CONDITIONS},
    )
    questions = ma.fields.List(
        ma.fields.Nested(CategoryQuestion),
        metadata={
            "description": "What forms ask with a report; the answers are its `attributes`. Absent: nothing",
            "x-optional": True,
        },
    )

    class Meta:
        include: ClassVar = {
            "class": ma.fields.Nested(
                fields.Named, metadata={"description": "Name of the class that the category belongs to"}
            )
        }


class CategoryList(Schema):
    jurisdiction = ma.fields.String(metadata={"description": "Code of the jurisdiction"})
    taxonomy_version = ma.fields.String(
        metadata={"description": "Version of the list of categories, as the profile names it"}
    )
    profile_number = fields.Integer(metadata={"description": "Number of the version of the profile"})
    items = ma.fields.List(
        ma.fields.Nested(CategoryOut), metadata={"description": "The categories, in the order of the profile"}
    )
