"""SQL conditions on cases: state, deadline, confidentiality, subject, relation to the actor.

The *subject* of a case is the person or unit that the case is about. `of` is the mapped class `Incident` or an alias of
it.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    not_,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from app.accounts.models import AccountGrant
from app.core.db import Fragment, Ltree
from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import HELD
from app.dispatch.scope import constant
from app.incidents.models import Incident, OpenCase, Report
from app.profiles.models import ProfileVersion

ENDED_STATES = ("not_filed", "closed", "force_closed")
# The clock of a case is stopped while it is deferred or on long-term hold, and from the handler's feedback until a check sends
# the case back.
_STOPPED_STATES = ("deferred", "on_books", "fed_back", "checking")

ME = bindparam("me", None, Uuid())
_RESET_BY = bindparam("reset_by", None, Uuid())
# Where all grants of the reader show the names of the staff alike; see `reader_binds`.
SEES_NAMES = bindparam("sees_names", None, Boolean())
NOW = bindparam("now", None, DateTime(timezone=True))
_SUBJECT_NOW = bindparam("subject_now", None, DateTime(timezone=True))

# Aliases for fragments that name a case `i`, and another case of the same matter `t`. A row of `open_case` has the columns
# of its case that visibility and deadline are judged by.
CASE_I = aliased(Incident, name="i")
OPEN_I = aliased(OpenCase, name="i")
CASE_T = aliased(Incident, name="t")


@lru_cache
def has_ended(of: Any = Incident) -> ColumnElement[bool]:
    """Return the SQL condition that a case has ended: not filed, closed or closed by force."""
    condition: ColumnElement[bool] = of.status.in_([constant(state) for state in ENDED_STATES])
    return condition


@lru_cache
def is_open(of: Any = Incident) -> ColumnElement[bool]:
    """Return the SQL condition that a case has not ended, in the form that partial indexes need."""
    return not_(has_ended(of))


@lru_cache
def is_late(at: Any, of: Any = Incident) -> ColumnElement[bool]:
    """Return the SQL condition that a case is overdue at the instant `at`.

    A case is overdue if its clock runs and its deadline has passed. The condition is NULL for a case without a
    deadline.
    """
    stopped = of.status.in_([constant(state) for state in _STOPPED_STATES])
    return and_(not_(has_ended(of)), not_(stopped), of.due_at < at)


@lru_cache
def is_ordinary(of: Any = Incident) -> ColumnElement[bool]:
    """Return the SQL condition that a case is neither confidential nor about a person or unit.

    The profile (the city's rules) says which categories are confidential. Users who only read (GIS) see only such ordinary
    cases, and exported files contain only ordinary cases.
    """
    confidential = select(ProfileVersion.id, func.unnest(ProfileVersion.confidential))
    return and_(of.about_kind.is_(None), tuple_(of.profile_version_id, of.category).not_in(confidential))


def not_about_reader(of: Any) -> ColumnElement[bool]:
    """Return the SQL condition that a case is about neither the reader nor the reader's unit.

    It hides such cases from the reader, whatever the reader's role.
    """
    own_units = bindparam("units_worked_for", None, ARRAY(Uuid()))
    return or_(
        of.about_kind.is_(None),
        and_(
            not_(and_(of.about_kind.in_([constant("worker"), constant("account")]), of.about_id == ME)),
            not_(and_(of.about_kind == constant("unit"), of.about_id == any_(own_units))),
        ),
    )


def not_about_resetter(of: Any) -> ColumnElement[bool]:
    """Return the condition that hides cases about the person who reset the reader's password.

    That person knows the new password and may have signed in to the account. Therefore cases that were reported about
    this person, or about a unit of theirs, before the reset are hidden from the account, even the account's own
    reports.
    """
    grant = (
        select(AccountGrant.id)
        .where(
            AccountGrant.account_id == _RESET_BY,
            AccountGrant.unit_id == of.about_id,
            AccountGrant.revoked_at.is_(None),
        )
        .correlate(of)
    )
    return or_(
        of.about_kind.is_(None),
        of.reported_at > bindparam("reset_at", None, DateTime(timezone=True)),
        and_(of.about_id != _RESET_BY, not_(grant.exists())),
    )


@lru_cache
def stands_above_subject(of: Any = Incident) -> ColumnElement[bool]:
    """Return the SQL condition that the subject of a case leads no area that contains the case.

    It is true for cases without a subject. The bind `:subject_now` is the instant for which the subject's roles are read.
    Statistics leave out cases that do not meet the condition, because the subject got a role for the area of the case later. If
    such a case were counted, supervisors above the subject would see one case more than the subject sees for the same area.

    The function holds a subquery on the case, because PostgreSQL scans no table by parallel workers for such a subquery.
    """
    return Fragment(
        """({about_kind} is null
          or not leads_area_at({about_id}, {scope_path}, cast(:subject_now as timestamptz)))""",
        about_kind=of.about_kind,
        about_id=of.about_id,
        scope_path=of.scope_path,
    )


def above_subject(roots: ColumnElement[Any] | None, of: Any) -> ColumnElement[bool]:
    """Return the condition that the actor leads an area of the case, and its subject does not.

    The SQL condition is true for cases without a subject. It has the bind `:subject_now`.

    Args:
        roots: The ltree paths of the actor's areas (ltree[]). One of them must contain the case and lie in no area that
            the subject leads. None: the actor leads everything.
        of: A mapped class with `about_kind`, `about_id` and `scope_path`.
    """
    paths = cast(null(), ARRAY(Ltree())) if roots is None else roots
    stands_above = func.stands_above_subject(paths, of.scope_path, of.about_id, _SUBJECT_NOW, type_=Boolean())
    return or_(of.about_kind.is_(None), stands_above)


def naming_the_actor() -> Any:
    """Return a select of the ids of cases that the actor joined, was offered or was assigned."""
    states = [constant("offered"), constant("accepted")]
    return union_all(
        select(Offer.incident_id).where(Offer.worker_id == ME, Offer.state.in_(states)),
        select(Assignment.incident_id).where(Assignment.account_id == ME),
        select(Report.incident_id).where(Report.joined_by == ME),
    )


def tasked_to_own_units() -> Any:
    """Return a select of the ids of cases on which a unit of the actor has work.

    Work is an assignment in the queue of the unit or accepted by a member, or a finished part in joint handling.
    """
    active = [constant(state) for state in ("queued", *HELD)]
    return select(Assignment.incident_id).where(
        Assignment.unit_id == any_(bindparam("my_units", None, ARRAY(Uuid()))),
        or_(
            Assignment.state.in_(active),
            and_(Assignment.role == constant("joint"), Assignment.state == constant("done")),
        ),
    )
