"""The rule of visibility of cases: which cases an actor may see, and which they direct.

`case_visibility` is the one rule. Lists, counts, maps, tiles, exports, figures, synchronisation and planning take it and
nothing else. Its conditions are made once for each shape of actor; what differs between actors of one shape are binds.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

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
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from app.accounts.models import AccountGrant
from app.core.actor import Actor, ActorKind, Permission, Role
from app.core.db import Fragment, Ltree, RowRule
from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import HELD
from app.dispatch.scope import constant
from app.incidents.models import Incident, Report
from app.profiles.models import ProfileVersion
from app.workforce.scope import ScopeBranches, area_roots, is_within, scope_binds

ENDED_STATES = ("not_filed", "closed", "force_closed")
# The clock of a case is stopped while it is deferred or on the books, and from the handler's feedback until a check sends
# the case back.
_STOPPED_STATES = ("deferred", "on_books", "fed_back", "checking")

_ME = bindparam("me", None, Uuid())
_RESET_BY = bindparam("reset_by", None, Uuid())
# Where all grants of the reader show the names of the staff alike; see `reader_binds`.
SEES_NAMES = bindparam("sees_names", None, Boolean())
NOW = bindparam("now", None, DateTime(timezone=True))
_SUBJECT_NOW = bindparam("subject_now", None, DateTime(timezone=True))

# Aliases for fragments that name a case `i`, and another case of the same matter `t`.
CASE_I = aliased(Incident, name="i")
CASE_T = aliased(Incident, name="t")


@lru_cache
def has_ended(of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition that a case has ended: not filed, closed or closed by force."""
    condition: ColumnElement[bool] = of.status.in_([constant(state) for state in ENDED_STATES])
    return condition


@lru_cache
def is_open(of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition that a case has not ended, as partial indexes have it."""
    return not_(has_ended(of))


@lru_cache
def is_late(at: Any, of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition that a case is late at the instant `at`.

    Its clock runs and its deadline has passed.

    NULL for a case without deadline.
    """
    stopped = of.status.in_([constant(state) for state in _STOPPED_STATES])
    return and_(not_(has_ended(of)), not_(stopped), of.due_at < at)


@lru_cache
def is_ordinary(of: Any = Incident) -> ColumnElement[bool]:
    """Return the condition that a case is about nobody and not confidential by its profile.

    Only such cases are shown to roles that only read (GIS), and leave in files. The pairs of profile and category are an
    uncorrelated sub-select, hashed once per statement.
    """
    confidential = select(ProfileVersion.id, func.unnest(ProfileVersion.confidential))
    return and_(of.about_kind.is_(None), tuple_(of.profile_version_id, of.category).not_in(confidential))


def _not_about_reader(of: Any) -> ColumnElement[bool]:
    """Return the condition that a case is not about the reader or a unit of theirs.

    It holds for every role.
    """
    own_units = bindparam("units_worked_for", None, ARRAY(Uuid()))
    return or_(
        of.about_kind.is_(None),
        and_(
            not_(and_(of.about_kind.in_([constant("worker"), constant("account")]), of.about_id == _ME)),
            not_(and_(of.about_kind == constant("unit"), of.about_id == any_(own_units))),
        ),
    )


def _not_about_resetter(of: Any) -> ColumnElement[bool]:
    """Return the condition that a case is not about the person who reset the account's password.

    Nor about a unit of that person.

    That person may have signed in with the password. What was reported about them before the reset is hidden from the
    account from then on, even if it is the account's own report.
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
    """Return the condition that the subject of a case does not lead where it lies.

    Needs :subject_now.

    A subject who was given a role later may lead there. Figures leave the case out then: readers from above would count
    one case more in the subject's own area than the subject does.
    """
    return Fragment(
        """({about_kind} is null or not exists (
          select 1 from subject_leads({about_id}, cast(:subject_now as timestamptz)) leads(path)
          where {scope_path} <@ leads.path))""",
        about_kind=of.about_kind,
        about_id=of.about_id,
        scope_path=of.scope_path,
    )


def reader_binds(actor: Actor) -> dict[str, Any]:
    """Return the binds of every statement about cases.

    They are the reader, their units, and whether all grants show names.

    Where the grants of the reader differ, names of staff are shown case by case: `CaseVisibility.shows_staff`.
    """
    reset = {} if actor.reset is None else {"reset_by": actor.reset[0], "reset_at": actor.reset[1]}
    return reset | {
        "me": actor.id,
        "my_units": actor.unit_ids,
        "units_worked_for": actor.units_worked_for,
        "sees_names": _handles_all_cases(actor) is True,
    }


def _handles_all_cases(actor: Actor) -> bool | None:
    """Return whether all visible cases are shown by a grant that handles cases; None: some are."""
    if actor.kind is ActorKind.SYSTEM or actor.everywhere_with(Permission.INCIDENT_HANDLE):
        return True
    reading = [g for g in actor.grants if actor.holds(g, Permission.INCIDENT_READ)]
    handling = [g for g in reading if actor.holds(g, Permission.INCIDENT_HANDLE)]
    if not handling:
        return False
    return True if len(handling) == len(reading) else None


class CaseRule(NamedTuple):
    """The rule of which cases an actor sees, as conditions on the mapped class or alias `of`.

    It has what of an actor changes the text of the conditions. Actors of one shape have equal rules, and the conditions of
    equal rules are the same objects, so a statement is made once for each rule.

    `is_directing`: only cases where a grant holds the permission of `prefix`, without personal grounds.
    `handles`: every case that the actor sees is shown by a grant that handles cases; None: some are.
    `is_above_all`: nobody can stand above or beside the actor.
    """

    prefix: str
    is_directing: bool
    is_everywhere: bool
    has_scope: bool
    has_units: bool
    has_reset: bool
    handles: bool | None
    handles_everywhere: bool
    is_above_all: bool

    @property
    def roots(self) -> ColumnElement[Any] | None:
        """Return the ltree[] of the areas the actor looks after. None: no scope."""
        return area_roots(self.prefix) if self.has_scope and not self.is_everywhere else None

    def condition(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the whole rule."""
        return _condition(self, of)

    def still_visible(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the rule for cases that were counted earlier where the actor has a grant.

        A case that has become confidential or about somebody since is listed only to those who see the case itself.
        """
        return _still_visible(self, of)

    def shows_staff(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the condition that a grant which handles cases shows the case.

        Such a case is shown in full, with the names of the staff.
        """
        return _shows_staff(self, of)

    @property
    def always_shows_staff(self) -> bool:
        """Return True if `shows_staff` holds for every visible case."""
        return self.is_directing or self.handles is True

    def branches(self, of: Any = Incident) -> ScopeBranches | None:
        """Return the rule as branches with an index each. None: everywhere, but for `exclusions`."""
        return _branches(self, of)

    def exclusions(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the condition that every visible case meets."""
        return _exclusions(self, of)


@dataclass(frozen=True, slots=True)
class CaseVisibility:
    """The rule of which cases an actor sees, with the binds of this actor.

    Visible are cases under `roots` that meet `scoped_condition`, and cases that meet one of `grounds`; all of them only if
    they meet `exclusions`.
    """

    rule: CaseRule
    binds: dict[str, Any]

    @property
    def is_everywhere(self) -> bool:
        return self.rule.is_everywhere

    @property
    def roots(self) -> ColumnElement[Any] | None:
        return self.rule.roots

    def condition(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the whole rule, as `CaseRule.condition`."""
        return self.rule.condition(of)

    def still_visible(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the rule for cases that were counted earlier, as `CaseRule.still_visible`."""
        return self.rule.still_visible(of)

    def shows_staff(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the condition that the names of the staff are shown, as `CaseRule.shows_staff`."""
        return self.rule.shows_staff(of)

    def branches(self, of: Any = Incident) -> ScopeBranches | None:
        """Return the rule as branches, as `CaseRule.branches`."""
        return self.rule.branches(of)

    def exclusions(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the condition that every visible case meets, as `CaseRule.exclusions`."""
        return self.rule.exclusions(of)


def case_visibility(actor: Actor, now: datetime, permission: Permission | None = None) -> CaseVisibility:
    """Return which cases the actor sees.

    It is what each grant shows, taken together, less what is about the actor.

    A grant shows the subtree of its areas valid now, or what the actor is responsible for, and what the actor reported or
    joined, or was offered, assigned or tasked. A grant that does not handle cases shows nothing confidential of all that.
    Nothing is written that this actor cannot have.

    Args:
        permission: Only cases that lie where one of the grants holds it, and no others that name the actor.
    """
    of_scope = permission or Permission.INCIDENT_READ
    prefix = f"{of_scope.value.replace(':', '_')}_scope"
    area_binds = scope_binds(actor, now, of_scope, prefix=prefix)
    handles = _handles_all_cases(actor)
    rule = CaseRule(
        prefix=prefix,
        is_directing=permission is not None,
        is_everywhere=actor.everywhere_with(of_scope),
        has_scope=bool(area_binds[f"{prefix}_area_ids"]) or area_binds[f"{prefix}_by_responsibility"],
        has_units=bool(actor.unit_ids),
        has_reset=actor.reset is not None,
        handles=handles,
        handles_everywhere=actor.everywhere_with(Permission.INCIDENT_HANDLE),
        is_above_all=actor.kind is ActorKind.SYSTEM
        or any(g.role is Role.ADMIN and g.is_everywhere for g in actor.grants),
    )
    binds = reader_binds(actor) | area_binds | {"subject_now": now}
    if permission is not None:
        # Every role with a permission that is asked for here handles cases, too.
        binds["sees_names"] = actor.may(Permission.INCIDENT_HANDLE)
    elif handles is None:
        binds |= scope_binds(actor, now, Permission.INCIDENT_HANDLE, prefix=_HANDLE_PREFIX)
    return CaseVisibility(rule, binds)


_HANDLE_PREFIX = "incident_handle_scope"


@lru_cache(maxsize=500)
def _condition(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    branches = _branches(rule, of)
    exclusions = _exclusions(rule, of)
    if branches is None:
        return RowRule(exclusions, "incident")
    grounds = list(branches.grounds)
    if branches.roots is not None:
        in_scope = is_within(of.scope_path, branches.roots)
        if branches.scoped_condition is not None:
            in_scope = and_(in_scope, branches.scoped_condition)
        grounds.insert(0, in_scope)
    return RowRule(and_(or_(false(), *grounds), exclusions), "incident")


@lru_cache(maxsize=500)
def _still_visible(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    exclusions = _exclusions(rule, of)
    return RowRule(and_(exclusions, or_(is_ordinary(of), _condition(rule, of))), "incident")


@lru_cache(maxsize=500)
def _shows_staff(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    if rule.is_directing or rule.handles is not None:
        return SEES_NAMES
    handled_roots = area_roots(_HANDLE_PREFIX)
    in_scope = and_(is_within(of.scope_path, handled_roots), _is_above_subject(rule, handled_roots, of))
    return or_(in_scope, *_personal_grounds(rule, of))


@lru_cache(maxsize=500)
def _branches(rule: CaseRule, of: Any) -> ScopeBranches | None:
    if rule.is_everywhere:
        return None
    roots = area_roots(rule.prefix) if rule.has_scope else None
    above_subject = _is_above_subject(rule, roots, of)
    if rule.is_directing:
        return ScopeBranches(roots, (), above_subject, _exclusions(rule, of))
    return ScopeBranches(
        roots,
        _personal_grounds(rule, of),
        above_subject if rule.handles and not rule.handles_everywhere else true(),
        _exclusions(rule, of),
    )


@lru_cache(maxsize=500)
def _exclusions(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    exclusions = _not_about_reader(of)
    if rule.has_reset:
        exclusions = and_(exclusions, _not_about_resetter(of))
    if rule.is_directing:
        return and_(exclusions, _is_above_subject(rule, None, of)) if rule.is_everywhere else exclusions
    if rule.handles is None:
        return and_(exclusions, or_(is_ordinary(of), _shows_staff(rule, of)))
    if not rule.handles:
        return and_(exclusions, is_ordinary(of))
    if rule.handles_everywhere and not rule.is_above_all:
        above_subject = _is_above_subject(rule, None, of)
        return and_(exclusions, or_(above_subject, *_personal_grounds(rule, of)))
    return exclusions


def _is_above_subject(rule: CaseRule, roots: ColumnElement[Any] | None, of: Any) -> ColumnElement[bool]:
    """Return the condition that a case is about nobody, or the actor stands above its subject.

    An actor beside the subject, or below, is kept out: the subject could open or take over such an account. Nobody stands
    above an actor who leads everywhere but an administrator of everything, whose account no other account can open, raise
    or take over (`accounts.rules.granting`).

    Args:
        roots: The areas the actor looks after. None: everywhere.
    """
    if rule.is_above_all:
        return true()
    return above_subject(roots, of)


def above_subject(roots: ColumnElement[Any] | None, of: Any) -> ColumnElement[bool]:
    """Return the condition that an actor with `roots` stands above the subject of a row.

    It holds for rows about nobody.

    `of`: a mapped class with `about_kind`, `about_id` and `scope_path`. Needs :subject_now.
    """
    paths = cast(null(), ARRAY(Ltree())) if roots is None else roots
    stands_above = func.stands_above_subject(paths, of.scope_path, of.about_id, _SUBJECT_NOW, type_=Boolean())
    return or_(of.about_kind.is_(None), stands_above)


def is_above_all(actor: Actor) -> bool:
    """Return True if nobody can stand above or beside the actor."""
    return actor.kind is ActorKind.SYSTEM or any(
        g.role is Role.ADMIN and g.is_everywhere for g in actor.grants
    )


def _personal_grounds(rule: CaseRule, of: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the grounds on which a case that names the actor is visible. Each has its index."""
    grounds: list[ColumnElement[bool]] = [of.reported_by == _ME, of.id.in_(_naming_the_actor())]
    if rule.has_units:
        grounds.append(of.id.in_(_tasked_to_own_units()))
    return tuple(grounds)


def _naming_the_actor() -> Any:
    states = [constant("offered"), constant("accepted")]
    return union_all(
        select(Offer.incident_id).where(Offer.worker_id == _ME, Offer.state.in_(states)),
        select(Assignment.incident_id).where(Assignment.account_id == _ME),
        select(Report.incident_id).where(Report.joined_by == _ME),
    )


def _tasked_to_own_units() -> Any:
    """Return the cases whose tasks the actor's units have or had.

    These are queued, held, and joint parts that are done.
    """
    active = [constant(state) for state in ("queued", *HELD)]
    return select(Assignment.incident_id).where(
        Assignment.unit_id == any_(bindparam("my_units", None, ARRAY(Uuid()))),
        or_(
            Assignment.state.in_(active),
            and_(Assignment.role == constant("joint"), Assignment.state == constant("done")),
        ),
    )


class MapVisibility(NamedTuple):
    """The rule of which cases an actor sees on maps.

    With its binds, and as branches (None: everywhere).
    """

    condition: ColumnElement[bool]
    binds: dict[str, Any]
    branches: ScopeBranches | None


def visible_on_maps(actor: Actor, now: datetime, of: Any = Incident) -> MapVisibility:
    """Return `case_visibility` without cases that only those involved see on maps.

    Confidential cases and cases about somebody are left out, unless the actor directs them or is named in them.

    A map is looked at, copied and passed on by more people than a case is.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    scope_keys = ("area_ids", "by_responsibility")
    directs_all = directed.is_everywhere or (
        visibility.roots is not None
        and all(
            visibility.binds[f"{visibility.rule.prefix}_{key}"]
            == directed.binds[f"{directed.rule.prefix}_{key}"]
            for key in scope_keys
        )
    )
    if directs_all:
        # The actor directs the whole scope, and is named in all other visible cases.
        return MapVisibility(visibility.condition(of), visibility.binds, visibility.branches(of))
    condition, branches = _map_rule(visibility.rule, directed.rule, of)
    return MapVisibility(condition, directed.binds | visibility.binds, branches)


@lru_cache(maxsize=500)
def _map_rule(
    rule: CaseRule, directed: CaseRule, of: Any
) -> tuple[ColumnElement[bool], ScopeBranches | None]:
    is_open = or_(is_ordinary(of), _condition(directed, of), *_personal_grounds(rule, of))
    condition = RowRule(and_(_condition(rule, of), is_open), "incident")
    branches = _branches(rule, of)
    if branches is None:
        return condition, None
    scoped = is_open if branches.scoped_condition is None else and_(is_open, branches.scoped_condition)
    return condition, ScopeBranches(branches.roots, branches.grounds, scoped, branches.exclusions)


def map_version_inputs(actor: Actor, now: datetime) -> tuple[ColumnElement[Any], dict[str, Any]]:
    """Return a text that changes with `visible_on_maps` even if no case changed, and its binds.

    Areas are not part of it, as the reader's roots are a part of the version of their own. Cases about somebody are, since
    the subject's roles decide about them.
    """
    rule = visible_on_maps(actor, now, CASE_I)
    return _map_version(rule.condition), rule.binds


@lru_cache(maxsize=500)
def _map_version(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return Fragment(
        """(select md5(concat_ws('|',
          coalesce((select string_agg(cast(named.incident_id as text), ',' order by named.incident_id) from (
            select distinct incident_id from ({naming_the_actor} union {tasked_to_own_units}) naming) named), ''),
          (select string_agg(cast(i.id as text), ',' order by i.id) from incident i
           where i.about_kind is not null and {condition}),
          (select count(*) from profile_version))))""",
        naming_the_actor=_naming_the_actor(),
        tasked_to_own_units=_tasked_to_own_units(),
        condition=condition,
    )
