"""Rows about the account itself, such as its duty, shifts, calls for help and dead letters."""

import marshmallow as ma

from app.accounts.schemas.accounts import ROLES as ACCOUNT_ROLES
from app.areas.schemas import PlaceInWords
from app.boards.schemas.contests import CONTEST_OUTCOMES
from app.core.travel import TRAVEL_BASES
from app.http import fields
from app.http.smorest import Schema
from app.planning import schemas as planning
from app.sync.schemas.dead_letters import STATUSES
from app.sync.schemas.rows import columns
from app.sync.schemas.rows.columns import RowPerson
from app.workforce.schemas.people import ROLES
from app.workforce.schemas.sos import OUTCOMES


class AccountRole(Schema):
    """A role of the account, and where it holds."""

    role = columns.code(ACCOUNT_ROLES, "Role")
    area_id = columns.id_of("Area, with all areas below it", null="the role holds everywhere, or for a unit")
    unit_id = columns.id_of("Unit", null="the role holds for an area, or everywhere")


class AccountData(Schema):
    """The account that is signed in. An app shows and hides its actions by `permissions`."""

    id = columns.id_of("Id of the account; the same as of its worker")
    username = columns.text("User name")
    name = columns.text("Name of the person")
    roles = columns.parts(AccountRole, "Roles of the account")
    permissions = columns.list_of(
        ma.fields.String(), "What the roles allow together, such as `incident:report`; in alphabetical order"
    )


class WorkerData(Schema):
    """The worker of this account."""

    id = columns.id_of("Id of the worker; the same as of the account")
    name = columns.text("Name of the worker")
    capacity = columns.integer("Number of open assignments that the worker has room for, 0 to 100")
    skills = columns.list_of(ma.fields.String(), "Codes of the worker's skills")
    permits = columns.json_object(
        "Skills that expire: code of the skill, and the instant from which it is not counted"
    )


class ResponsibilityData(Schema):
    """A grid, or another area, that the worker is responsible for."""

    id = columns.id_of("Id of the responsibility")
    worker_id = columns.id_of("The worker")
    area_id = columns.id_of("The area")
    role = columns.code(ROLES, "In which role")
    since = columns.instant("Since when", null="no start is stored")
    until = columns.instant("Until when", null="no end is set")


class DutyData(Schema):
    """A period in which the worker is or was on duty."""

    id = columns.id_of("Id of the period")
    since = columns.instant("Start of duty")
    until = columns.instant("End of duty", null="the worker is on duty now")
    note = columns.text("Note of the worker", null="none")


class ShiftData(Schema):
    """A planned period of duty."""

    id = columns.id_of("Id of the shift")
    since = columns.instant("Planned start")
    until = columns.instant("Planned end", null="no end is set")
    note = columns.text("Note", null="none")


class SubstitutionData(Schema):
    """An absence in which another worker stands in."""

    id = columns.id_of("Id of the substitution")
    worker = columns.part(RowPerson, "Who is absent")
    substitute = columns.part(RowPerson, "Who stands in")
    since = columns.instant("Start of the absence")
    until = columns.instant("End of the absence", null="no end is set")
    reason = columns.text(
        "Reason; only for the absent worker and who recorded it", null="none, or not for this reader"
    )


class SosData(Schema):
    """A call for help: one's own, or one that the worker was told of."""

    id = columns.id_of("Id of the call")
    worker = columns.part(RowPerson, "Who called")
    raised_at = columns.instant("When the worker called, by the corrected clock")
    received_at = columns.instant("When the server received the call")
    on_duty = columns.flag("True: the worker was on duty")
    lon = columns.number(
        "Longitude in degrees, WGS 84", null="the phone had no position, or the place was erased"
    )
    lat = columns.number(
        "Latitude in degrees, WGS 84", null="the phone had no position, or the place was erased"
    )
    accuracy_m = columns.number("Accuracy of the position in metres", null="not known")
    near = columns.part(
        PlaceInWords, "The nearest address or landmark", null="none was near, or the place was erased"
    )
    place_erased_at = columns.instant("When the place was erased", null="it was not erased")
    note = columns.text("Text of the call", null="none")
    acknowledged_at = columns.instant("When somebody first answered the call", null="nobody has answered")
    acknowledged_by = columns.part(RowPerson, "Who first answered", null="nobody has answered")
    closed_at = columns.instant("When the call was closed", null="it is open")
    outcome = columns.code(OUTCOMES, "How it ended", null="it is open")
    closing_note = columns.text("Note of who closed it", null="none")


class DeadLetterData(Schema):
    """An operation of this account that waits for a person: rejected, in conflict, or applied late."""

    id = columns.id_of("Id of the dead letter")
    op_id = columns.text("`op_id` of the operation as it was sent", null="it had none")
    status = columns.code(
        STATUSES, "`applied`: it took effect, and a supervisor is told because it came late"
    )
    code = columns.text("Why; docs/reference/sync-reference.md lists the codes")
    entity = columns.text("`entity` of the operation", null="it had none")
    op = columns.text("`op` of the operation", null="it had none")
    row_id = columns.id_of("`id` of the operation", null="it had none")
    fields = columns.json_object(  # type: ignore[assignment]
        "With `conflict`: for each field `base`, `mine` and `theirs`; personal values masked",
        null="no field is in conflict",
    )
    happened_at = columns.instant(
        "When the worker did it, by the corrected clock", null="the operation had no time"
    )
    arrived_at = columns.instant("When the server received it")
    resolution = columns.text("`discard`, `retry` or `apply_mine`", null="it is open")
    resolved_at = columns.instant("When somebody resolved it", null="it is open")
    note = columns.text("Note of who resolved it", null="none")


class FigureContestData(Schema):
    """A figure about the worker that the worker contests, and the decision."""

    id = columns.id_of("Id of the contest")
    figure = columns.text("Name of the figure, as in `GET /me/figures`")
    member_id = columns.id_of("The case or visit that should not count", null="the whole figure is contested")
    words = columns.text("What the worker wrote")
    made_at = columns.instant("When")
    resolved_at = columns.instant("When it was decided", null="it waits")
    outcome = columns.code(CONTEST_OUTCOMES, "The decision", null="it waits")
    reason = columns.text("Reason of the decision", null="none")


class PlanPin(Schema):
    """The decision of a person about a stop."""

    at = columns.instant("Fixed time", null="no time is fixed")
    place = columns.integer("Place in the manual order, from 0", null="none")


class PlanLeftOut(Schema):
    """Something that is not in the plan of the day."""

    id = columns.text("Id of the household or case")
    kind = columns.code(planning.KINDS, "What would be done")
    lon = columns.number("Longitude in degrees, WGS 84", null="no place")
    lat = columns.number("Latitude in degrees, WGS 84", null="no place")
    due_on = columns.day("Day on which a visit is due", null="not a visit, or never visited")
    due_at = columns.instant("Deadline of the case", null="not a case, or without deadline")
    tasks = columns.integer("Number of care tasks due in the household", null="not a visit")
    pin = columns.part(PlanPin, "What a person fixed about it", null="nothing")
    reason = columns.code(planning.LEFT_OUT_REASONS, "Why it is left out")
    reason_text = columns.part(fields.Named, "The reason as a sentence, in Chinese and English")


class PlanStop(Schema):
    """A stop of the plan of the day, or a break."""

    id = columns.text("Id of the household or case; a break has a name")
    kind = columns.code(planning.KINDS, "What is done")
    state = columns.code(planning.STOP_STATES, "Whether it is done")
    lon = columns.number("Longitude in degrees, WGS 84", null="no place")
    lat = columns.number("Latitude in degrees, WGS 84", null="no place")
    arrive = columns.instant("Arrival")
    begin = columns.instant("Start of the work; later than `arrive` where the worker waits")
    end = columns.instant("End of the work")
    earliest = columns.instant("Earliest start", null="no limit")
    latest = columns.instant("Latest start", null="no limit")
    travel_s = columns.integer("Travel time from the stop before, in seconds", null="not known")
    travel_m = columns.integer("Distance from the stop before, in metres", null="not known")
    due_on = columns.day("Day on which a visit is due", null="not a visit, or never visited")
    due_at = columns.instant("Deadline of the case", null="not a case, or without deadline")
    tasks = columns.integer("Number of care tasks due in the household", null="not a visit")
    pin = columns.part(PlanPin, "What a person fixed about it", null="nothing")


class DayPlanData(Schema):
    """The plan of the worker's day. It is advice."""

    id = columns.id_of("Id of the plan")
    day = columns.day("The day, where the jurisdiction is")
    since = columns.instant("Start of the planned hours", null="no hours are planned")
    until = columns.instant("End of the planned hours", null="no hours are planned")
    stops = columns.parts(PlanStop, "Stops and breaks in their order")
    left_out = columns.parts(PlanLeftOut, "What is not in the plan")
    more_due = columns.integer("Number of households due that were not considered")
    solver = columns.text("`vroom`, `nearest` or `none`")
    solver_note = columns.text("Why `vroom` was not used", null="it was, or there was nothing to plan")
    travel_basis = columns.code(TRAVEL_BASES, "How travel times were computed")
    cause = columns.code(planning.PLAN_CAUSES, "Why the plan was made")
    made_at = columns.instant("When the plan was made")
