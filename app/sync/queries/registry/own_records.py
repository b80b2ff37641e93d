"""Synchronised entities about the reader's own account, such as duties and day plans."""

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import aliased, join

from app.accounts.models import Account
from app.areas.scope import nearest_address
from app.core.db import Fragment
from app.dispatch.models import FigureContest
from app.planning import service as planning
from app.planning.models import DayPlan
from app.sync.queries.registry.entity import (
    ME,
    RESOLVED_RETENTION,
    Bucket,
    Clause,
    Entity,
    Reader,
    after,
    end_of_day,
    json_object,
    same_for_all,
)
from app.workforce.models import Duty, Responsibility, Shift, Sos, SosRecipient, Substitution, Worker

_ROLES = Fragment(
    """(select coalesce(json_agg(json_build_object('role', g.role, 'area_id', g.area_id, 'unit_id', g.unit_id)
                               order by g.id), '[]')
        from account_grant g where g.account_id = {account_id} and g.revoked_at is null and g.deleted_at is null)""",
    account_id=Account.id,
)
_ACCOUNT_ITEM = json_object(
    id=Account.id,
    username=Account.username,
    name=Account.name,
    roles=_ROLES,
    permissions=cast(bindparam("permissions", None, ARRAY(Text())), ARRAY(Text())),
)


def _account_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of an account, with present roles and permissions."""
    return Clause(_ACCOUNT_ITEM, {"permissions": sorted(p.value for p in reader.actor.permissions)})


def _person(person: Any) -> ColumnElement[Any]:
    """Return the SQL expression for a JSON object with the id and name of a worker or account."""
    return json_object(id=person.id, name=person.name)


ACCOUNT = Entity(
    name="account",
    source=Account,
    id=Account.id,
    buckets={"worker": Bucket(condition=Account.id == ME)},
    live=Account.deleted_at.is_(None),
    version=Account.version,
    item=_account_json,
)

WORKER = Entity(
    name="worker",
    source=Worker,
    id=Worker.id,
    buckets={"worker": Bucket(condition=Worker.id == ME)},
    live=Worker.deleted_at.is_(None),
    version=Worker.version,
    unscoped={"worker": "the worker's own row"},
    item=same_for_all(
        json_object(
            id=Worker.id,
            name=Worker.name,
            capacity=Worker.capacity,
            skills=Worker.skills,
            permits=Worker.permits,
        )
    ),
)

RESPONSIBILITY = Entity(
    name="responsibility",
    source=Responsibility,
    id=Responsibility.id,
    buckets={"worker": Bucket(condition=Responsibility.worker_id == ME)},
    live=Responsibility.deleted_at.is_(None),
    until=func.upper(Responsibility.valid),
    version=Responsibility.version,
    item=same_for_all(
        json_object(
            id=Responsibility.id,
            worker_id=Responsibility.worker_id,
            area_id=Responsibility.area_id,
            role=Responsibility.role,
            since=func.lower(Responsibility.valid),
            until=func.upper(Responsibility.valid),
        )
    ),
)


def _spell(name: str, model: Any) -> Entity:
    """Return the entity for duties or for shifts: the time ranges of a worker, with a note."""
    return Entity(
        name=name,
        source=model,
        id=model.id,
        buckets={"worker": Bucket(condition=model.worker_id == ME)},
        live=model.deleted_at.is_(None),
        until=after(func.upper(model.during), RESOLVED_RETENTION),
        version=model.version,
        item=same_for_all(
            json_object(
                id=model.id,
                since=func.lower(model.during),
                until=func.upper(model.during),
                note=model.note,
            )
        ),
    )


DUTY = _spell("duty", Duty)
SHIFT = _spell("shift", Shift)

_SUBSTITUTE = aliased(Worker, name="substitute")
SUBSTITUTION = Entity(
    name="substitution",
    source=join(
        join(Substitution, Worker, Worker.id == Substitution.worker_id),
        _SUBSTITUTE,
        _SUBSTITUTE.id == Substitution.substitute_id,
    ),
    id=Substitution.id,
    buckets={
        "worker": Bucket(condition=or_(Substitution.worker_id == ME, Substitution.substitute_id == ME)),
    },
    live=Substitution.deleted_at.is_(None),
    until=func.upper(Substitution.during),
    version=Substitution.version,
    unscoped={"worker": "names of the absent worker and the substitute, of whom the reader is one"},
    item=same_for_all(
        json_object(
            id=Substitution.id,
            worker=_person(Worker),
            substitute=_person(_SUBSTITUTE),
            since=func.lower(Substitution.during),
            until=func.upper(Substitution.during),
            # Only the absent worker and the account that entered the substitution get the reason.
            reason=Fragment(
                "case when {me} in ({recorded_by}, {worker_id}) then {reason} end",
                me=ME,
                recorded_by=Substitution.recorded_by,
                worker_id=Substitution.worker_id,
                reason=Substitution.reason,
            ),
        )
    ),
)

_IS_RECIPIENT = (
    select(SosRecipient.id)
    .where(SosRecipient.sos_id == Sos.id, SosRecipient.recipient_id == ME, SosRecipient.deleted_at.is_(None))
    .correlate(Sos)
    .exists()
)
_ACKNOWLEDGED_BY = Fragment(
    "(select json_build_object('id', a.id, 'name', a.name) from account a where a.id = {account_id})",
    account_id=Sos.acknowledged_by,
)
# Whoever is notified of a call may read the address in `near`.
SOS = Entity(
    name="sos",
    source=join(Sos, Worker, Worker.id == Sos.worker_id),
    id=Sos.id,
    # Calls by the worker, and calls of which the account was informed.
    buckets={"worker": Bucket(condition=or_(Sos.worker_id == ME, _IS_RECIPIENT))},
    live=Sos.deleted_at.is_(None),
    until=after(Sos.closed_at, RESOLVED_RETENTION),
    version=Sos.version,
    unscoped={"worker": "name of the worker whose call the reader made or was told of"},
    item=same_for_all(
        json_object(
            id=Sos.id,
            worker=_person(Worker),
            raised_at=Sos.raised_at,
            received_at=Sos.received_at,
            on_duty=Sos.is_on_duty,
            lon=Sos.lon,
            lat=Sos.lat,
            accuracy_m=Sos.accuracy_m,
            near=nearest_address(Sos.lon, Sos.lat),
            place_erased_at=Sos.place_erased_at,
            note=Sos.note,
            acknowledged_at=Sos.acknowledged_at,
            acknowledged_by=_ACKNOWLEDGED_BY,
            closed_at=Sos.closed_at,
            outcome=Sos.outcome,
            closing_note=Sos.closing_note,
        )
    ),
)

_PLAN = DayPlan


def _day_plan_json(reader: Reader) -> Clause:
    """Return the SQL expression for the JSON of a day plan.

    Cases that the reader may not see are left out.
    """
    return Clause(*planning.device_plan(reader.actor, reader.now, _PLAN))


# A whole day: stops are in their order, and refer to households and cases by id.
DAY_PLAN = Entity(
    name="day_plan",
    source=_PLAN,
    id=_PLAN.id,
    buckets={"worker": Bucket(condition=_PLAN.worker_id == ME)},
    live=_PLAN.deleted_at.is_(None),
    until=end_of_day(_PLAN.day, _PLAN.jurisdiction_id),
    version=_PLAN.version,
    item=_day_plan_json,
)

# Contests by the worker of figures about the worker, and their outcome.
FIGURE_CONTEST = Entity(
    name="figure_contest",
    source=FigureContest,
    id=FigureContest.id,
    buckets={"worker": Bucket(condition=FigureContest.worker_id == ME)},
    live=FigureContest.deleted_at.is_(None),
    until=after(FigureContest.resolved_at, RESOLVED_RETENTION),
    version=FigureContest.version,
    item=same_for_all(
        json_object(
            id=FigureContest.id,
            figure=FigureContest.figure,
            member_id=FigureContest.member_id,
            words=FigureContest.words,
            made_at=FigureContest.made_at,
            resolved_at=FigureContest.resolved_at,
            outcome=FigureContest.outcome,
            reason=FigureContest.reason,
        )
    ),
)
