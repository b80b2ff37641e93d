"""Request and response schemas of the desk: notes, merging, actions on many cases."""

from typing import Any, ClassVar
from uuid import UUID

import marshmallow as ma

from app.core.enumerations import Enumeration
from app.http import fields
from app.http.free_text import FreeText
from app.http.smorest import Schema
from app.http.variants import Variants, discriminator
from app.incidents.cases.schemas.corrections import IncidentPatch
from app.incidents.cases.schemas.filters import IncidentFilter
from app.incidents.lifecycle.schemas import Transition
from app.incidents.reporting.schemas.reports import ReportContent

AUDIENCES = Enumeration(
    "NoteAudience",
    {
        "desk": "those who direct the case",
        "handlers": "also those who handle or check it, or have an offer",
    },
)
ACTOR_KINDS = Enumeration(
    "ActorKind",
    {
        "account": "a person with an account",
        "device": "an app on a phone with a narrow token",
        "service": "another system with a service account",
        "system": "the server",
    },
)
_AUDIENCE = "desk: those who direct the case; handlers: also those who handle or check it, or have an offer"
AT_ONCE = 100


class NoteContent(FreeText):
    free_text = ("words",)

    words = fields.Words(
        max_length=4000, min_length=1, required=True, metadata={"description": "Text of the note"}
    )
    audience = fields.Choice(
        AUDIENCES,
        load_default="handlers",
        metadata={"description": _AUDIENCE},
    )


class Annotate(NoteContent):
    id = fields.Uuid7(
        metadata={
            "description": "Id of the note, a UUIDv7 made by the client; left out: the server makes one"
        }
    )


class NoteAuthor(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the account"})
    name = ma.fields.String(allow_none=True, metadata={"description": "Name of the author; null: unknown"})


class NoteOut(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the note"})
    incident_id = ma.fields.UUID(
        metadata={"description": "Id of the case, or of a case that was merged into it"}
    )
    case_no = ma.fields.String(metadata={"description": "Number of that case"})
    audience = fields.Choice(
        AUDIENCES,
        metadata={"description": _AUDIENCE},
    )
    words = ma.fields.String(metadata={"description": "Text of the note"})
    author = ma.fields.Nested(NoteAuthor, metadata={"description": "Who wrote the note"})
    occurred_at = ma.fields.DateTime()


class NoteList(Schema):
    items = ma.fields.List(ma.fields.Nested(NoteOut))


class ReplyToReporters(FreeText):
    free_text = ("words",)

    words = fields.Words(
        max_length=2000,
        min_length=1,
        required=True,
        metadata={"description": "What the reporters read. The same words are sent to a case once"},
    )


class ReplyAuthor(NoteAuthor):
    kind = fields.Choice(ACTOR_KINDS, metadata={"description": "Kind of the author"})
    name = ma.fields.String(
        allow_none=True,
        metadata={"description": "Name of the account; null: the server, or a service account reads it"},
    )


class ReplyOut(Schema):
    words = ma.fields.String(metadata={"description": "What the reporters read"})
    author = ma.fields.Nested(
        ReplyAuthor, metadata={"description": "Who wrote it; reporters without an account are not told"}
    )
    occurred_at = ma.fields.DateTime()


def _reporters(words: str) -> fields.Integer:
    return fields.Integer(metadata={"description": f"Number of reporters {words}"})


class ReplyAudience(Schema):
    """Numbers of people who read a reply. A reporter with several ways counts in each `by_…`, in the other numbers once."""

    reporters = _reporters("and supporters of the case, and of the cases merged into it")
    reached = _reporters("who can read the reply themselves")
    by_account = _reporters("who read it with their account, in console or field app")
    by_link = _reporters(
        "with a secret link to the case, or with the link or code of a notice that they answered"
    )
    by_email = _reporters("who are told by e-mail that there is a reply")
    by_sms = _reporters("who are told by SMS that there is a reply")
    passed_on = _reporters("whom only the account reads for that recorded their report, such as a hotline")
    unreached = _reporters("who have no way to read it")


class Replies(Schema):
    items = ma.fields.List(ma.fields.Nested(ReplyOut))
    audience = ma.fields.Nested(
        ReplyAudience,
        allow_none=True,
        metadata={
            "description": "Who reads the next reply; null: the case is confidential, or about a person or unit"
        },
    )


class RepliedToCase(Schema):
    reply = ma.fields.Nested(ReplyOut, metadata={"description": "The reply as it is stored"})
    audience = ma.fields.Nested(ReplyAudience, metadata={"description": "Who reads it"})
    is_repeat = fields.Boolean(
        metadata={"description": "True: the case had a reply with these words, so nothing was sent"}
    )
    left = fields.Integer(
        metadata={
            "description": "Number of merged cases beyond 500; the same request with another key continues with them"
        }
    )


class WithReason(FreeText):
    """A change of two cases that needs a reason."""

    free_text = ("reason",)

    reason = fields.Words(
        max_length=2000,
        min_length=1,
        required=True,
        metadata={"description": "Why; stored in the history of both cases"},
    )


class Merge(WithReason):
    into_id = ma.fields.UUID(
        required=True, metadata={"description": "Id of the open case in which this one continues"}
    )


class Unmerge(WithReason):
    pass


class UrgeMany(FreeText):
    free_text = ("note",)

    note = fields.Words(
        max_length=2000,
        load_default=None,
        allow_none=True,
        metadata={"description": "Text for the history of each case"},
    )


class AssignMany(FreeText):
    free_text = ("note",)

    worker_id = ma.fields.UUID(metadata={"description": "Worker who gets the cases; instead of `unit_id`"})
    unit_id = ma.fields.UUID(metadata={"description": "Unit that gets the cases; instead of `worker_id`"})
    note = fields.Words(
        max_length=2000,
        min_length=1,
        required=True,
        metadata={"description": "Why; stored in the history of each case"},
    )


class AnnotateMany(NoteContent):
    pass


class BulkBody(Schema):
    """One act on many cases. `body`: as the act on one case takes it."""

    ids = ma.fields.List(
        ma.fields.UUID(),
        required=True,
        validate=ma.validate.Length(min=1, max=AT_ONCE),
        metadata={"description": "Ids of the cases, each once"},
    )

    @ma.validates_schema
    def each_once(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a list that names a case twice."""
        if len(set(data["ids"])) != len(data["ids"]):
            raise ma.ValidationError("not_unique", "ids")


def _bulk(action: str, body: type[Schema], description: str) -> BulkBody:
    is_optional = not any(field.required for field in body().fields.values()) and body is not Transition
    described: Any = {"metadata": {"description": "Body of the same action on one case"}}
    members = {
        "action": discriminator(action),
        "body": ma.fields.Nested(body, load_default=dict, **described)
        if is_optional
        else ma.fields.Nested(body, required=True, **described),
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

    ids = fields.CommaList(
        metadata={
            "description": "Ids of cases, separated by commas, at most 100; left out: all that the other filters leave"
        }
    )
    limit = fields.Integer(load_default=AT_ONCE, validate=ma.validate.Range(1, AT_ONCE))

    @ma.post_load
    def read_ids(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Parse the ids of the cases to print."""
        if "ids" in data:
            try:
                data["ids"] = [UUID(each) for each in data["ids"]]
            except ValueError:
                raise ma.ValidationError("invalid", "ids") from None
        return data


class BulkResult(Schema):
    id = ma.fields.UUID(metadata={"description": "Id of the case"})
    ok = fields.Boolean(metadata={"description": "True: the action was applied, now or before"})
    version = fields.Integer(
        allow_none=True, metadata={"description": "Version of the case after the action; null: it failed"}
    )
    is_repeat = fields.Boolean(
        metadata={"description": "True: the action was applied before under the same Idempotency-Key"}
    )
    code = ma.fields.String(allow_none=True, metadata={"description": "Code of the error; null: no error"})
    message = ma.fields.String(
        allow_none=True,
        metadata={"description": "Message of the error in the caller's language; null: no error"},
    )
    errors = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Faults of single fields; empty: none"}
    )


class BulkResults(Schema):
    items = ma.fields.List(
        ma.fields.Nested(BulkResult), metadata={"description": "Result of each case, in the order of `ids`"}
    )
    done = fields.Integer(metadata={"description": "Number of cases with the action applied"})
    failed = fields.Integer(metadata={"description": "Number of cases with an error"})


class JoinIncident(ReportContent):
    """A further report about an existing case."""

    id = fields.Uuid7(
        metadata={
            "description": "Id of the report, a UUIDv7 made by the client; left out: the server makes one"
        }
    )


class LinkCases(WithReason):
    to_id = ma.fields.UUID(required=True, metadata={"description": "Id of the other case"})
