"""Rows of cases, assignments, offers and notes."""

import marshmallow as ma

from app.areas.schemas import PlaceInWords
from app.core.enumerations import Enumeration
from app.dispatch.rules.states import ACTIVE
from app.http import fields
from app.http.smorest import Schema
from app.incidents.schemas import ASSIGNMENT_ROLES, STATUSES, UNIT_PARTS
from app.profiles.rules.lifecycle import SOURCES
from app.sync.schemas.rows import columns
from app.sync.schemas.rows.columns import RowMedia, RowPoint

NOT_MINE = "the reader neither reported nor joined the case"


class CaseDeadline(Schema):
    """The deadline for handling a case."""

    stage = columns.text("Always `handle`")
    condition = columns.text("Condition of the category under which the limit was chosen")
    started_at = columns.instant("Start of the clock")
    due_at = columns.instant("The deadline")
    paused_at = columns.instant("Since when the clock stands still", null="it runs")
    stopped_at = columns.instant("When the clock stopped", null="it runs")
    outcome = columns.text("`met`, `overdue`, `cancelled` or `replaced`", null="it is not decided")
    warned_at = columns.instant("When the worker was warned", null="no warning yet")
    told_me = columns.flag("True: the warning went to this worker")
    extended = columns.number("Time that was added, in the unit of the limit")
    first_due_at = columns.instant("The deadline before it was extended", null="it was not extended")


class CaseStage(Schema):
    """The stage of a case that is due next."""

    stage = columns.text("Code of the stage")
    name = ma.fields.Nested(
        fields.Named,
        required=True,
        allow_none=True,
        metadata={"description": "Name of the stage. Null: the profile gives none."},
    )
    ends_with = columns.text("Action that ends the stage; `done`: `stage_done`")
    started_at = columns.instant("Start of the clock")
    due_at = columns.instant("When it is due")
    paused_at = columns.instant("Since when the clock stands still", null="it runs")
    outcome = columns.text("`met`, `overdue`, `cancelled` or `replaced`", null="it is not decided")
    warned_at = columns.instant("When the worker was warned", null="no warning yet")
    told_me = columns.flag("True: the warning went to this worker")


class CaseWaiting(Schema):
    """The reason why nobody has the case, and since when."""

    since = columns.instant("Since when the case waits")
    reason = columns.text("Why, as a code")


class CaseReply(Schema):
    """An answer to those who reported a case."""

    words = columns.text("The answer")
    at = columns.instant("When")


class CasePart(Schema):
    """The part of one unit in a case that several units handle."""

    part = columns.code(UNIT_PARTS, "Whether the unit leads")
    state = columns.text("State of the part, as of an assignment")
    since = columns.instant("Since when")
    because = columns.text(
        "Why the unit does not have the part any more, as a code", null="the unit has it, or it is done"
    )
    unit_id = columns.id_of("The unit", null="no unit leads")


class SameCase(Schema):
    """The case into which this one was merged."""

    id = columns.id_of("Id of the other case")
    case_no = columns.text("Number of the other case")
    status = columns.code(STATUSES, "State of the other case")
    closed_at = columns.instant("When it was closed", null="it goes on")


class CaseLink(Schema):
    """Another case about the same matter that goes on by itself."""

    id = columns.id_of("Id of the other case")
    case_no = columns.text("Number of the other case")
    linked_at = columns.instant("When the cases were linked")
    closed_at = columns.instant("When the other case was closed", null="it goes on")
    ended_as = columns.text("State in which it ended", null="it goes on")


class CaseExtension(Schema):
    """A request for more time that waits for a decision."""

    since = columns.instant("When it was requested")
    amount = columns.number("Requested time, in the unit of the limit")


class CaseSupervision(Schema):
    """A supervisor follows the case closely."""

    since = columns.instant("Since when")
    level = columns.integer("1 ordinary, 2 key, 3 highest")
    until = columns.instant("By when it should be done", null="no date is set")


class IncidentData(Schema):
    """A case. Cases about a person, and confidential ones, come only to those who may see them."""

    id = columns.id_of("Id of the case")
    case_no = columns.text("Number that people use")
    status = columns.code(STATUSES, "State of the case")
    category = columns.text("Code of the category")
    priority = columns.integer("Priority; 1 is the most urgent")
    description = columns.text("Words of the first report", null="the report was erased")
    source = columns.code(SOURCES, "Where the case comes from", null="the report was erased")
    location = columns.part(RowPoint, "Location")
    place = columns.part(
        PlaceInWords,
        "The nearest address or landmark; the street without the number for those who may not read addresses",
        null="none was near",
    )
    area_id = columns.id_of("Smallest area that contains the location", null="no area does")
    grid_id = columns.id_of("Grid that contains the location", null="no grid does")
    owner_unit_id = columns.id_of("Unit that owns the case", null="none yet")
    component_id = columns.id_of("Component that the case is about", null="none")
    due_at = columns.instant("Deadline for handling", null="no deadline runs")
    deadline = columns.part(CaseDeadline, "The deadline for handling in detail", null="there is none")
    next_stage = columns.part(CaseStage, "The stage that is due next", null="no stage runs")
    waiting = columns.part(CaseWaiting, "Why nobody has the case", null="the case does not wait")
    reported_at = columns.instant("When it was reported")
    updated_at = columns.instant("When it last changed")
    closed_at = columns.instant("When it was closed; the row is held for 30 more days", null="it is open")
    rework_count = columns.integer("How often it was sent back after a check")
    reported_by_me = columns.flag("True: this account reported it")
    handled_by_me = columns.flag("True: this account handles or handled it")
    joined_by_me = columns.flag("True: this account added a report to it")
    replies = columns.parts(
        CaseReply, "The newest three answers, oldest first", null=f"there is none, or {NOT_MINE}"
    )
    report_count = columns.integer("Number of reports of this matter")
    parts = columns.parts(
        CasePart, "Parts of several units, the lead first; empty where one unit handles the case"
    )
    merged_into = columns.id_of(
        "The case into which this one was merged", null=f"it was not merged, or {NOT_MINE}"
    )
    same_as = columns.part(SameCase, "The case of `merged_into`", null=f"it was not merged, or {NOT_MINE}")
    linked = columns.parts(CaseLink, "Linked cases, the newest link first", null=NOT_MINE)
    pinned_to_me = columns.flag("True: a supervisor gave it to this worker by order")
    locked_at = columns.instant("Since when only people move the case", null="it is not locked")
    returned_count = columns.integer("How often a unit gave it back as not its own")
    contested_count = columns.integer("How often a reporter contested its end")
    urged_count = columns.integer("How often it was urged")
    extended_count = columns.integer("How often it was extended")
    ended_reason = columns.text("Why it was not filed or closed by order, as a code", null="it was neither")
    review_at = columns.instant(
        "When a deferred case, or one on long-term hold, is looked at again", null="no day is set"
    )
    extension = columns.part(CaseExtension, "A request for more time that waits", null="none waits")
    supervised = columns.part(CaseSupervision, "Supervision", null="the case is not supervised")
    media = columns.parts(RowMedia, "Photos and voice notes that the reader may have")


class AssignmentData(Schema):
    """The worker's or the unit's part in a case."""

    id = columns.id_of("Id of the assignment")
    incident_id = columns.id_of("The case")
    role = columns.code(ASSIGNMENT_ROLES, "What is asked for")
    state = columns.code(
        Enumeration(
            "AssignmentState", ACTIVE.meanings | {"withdrawn": "taken away; `ended_because` has the reason"}
        ),
        "State",
    )
    reason = columns.text("Why the rules or a person chose this worker or unit")
    worker_id = columns.id_of("The worker", null="a unit has it, or nobody yet")
    unit_id = columns.id_of("The unit", null="a worker has it, or nobody yet")
    account_id = columns.id_of("Account that holds it", null="nobody has accepted it")
    created_at = columns.instant("When it was made")
    accepted_at = columns.instant("When it was accepted", null="not yet")
    en_route_at = columns.instant("When the worker set out", null="not yet")
    on_scene_at = columns.instant("When the worker arrived", null="not yet")
    ended_at = columns.instant("When it ended", null="it goes on")
    ended_because = columns.text("Why it was taken away, as a code", null="it goes on")


class OfferData(Schema):
    """A question to the worker: do you take this assignment?"""

    id = columns.id_of("Id of the offer")
    assignment_id = columns.id_of("The assignment")
    incident_id = columns.id_of("The case")
    round = columns.integer("Round of offers, from 1")
    ring = columns.text("Which circle of workers is asked")
    state = columns.code(
        Enumeration(
            "RowOfferState",
            {
                "offered": "the worker can answer until `expires_at`",
                "withdrawn": "taken back; `because` has the reason",
            },
        ),
        "State",
    )
    because = columns.text("Why it was withdrawn, as a code", null="it is open")
    offered_at = columns.instant("When the worker was asked")
    expires_at = columns.instant("Until when the worker can accept")


class NoteAuthorData(Schema):
    """The author of a note."""

    id = columns.id_of("Account of the author", null="the server wrote it")
    name = columns.text("Name of the author", null="the account is gone")


class IncidentNoteData(Schema):
    """A note for those who handle a case. Notes of the desk stay at the desk."""

    id = columns.id_of("Id of the note")
    incident_id = columns.id_of("The case")
    words = columns.text("The note")
    author = columns.part(NoteAuthorData, "Who wrote it")
    occurred_at = columns.instant("When it was written, by the corrected clock")
