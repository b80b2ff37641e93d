"""The rule of visibility of cases, for each shape of actor."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    or_,
    true,
)

from app.core.actor import Actor, ActorKind, Permission, Role
from app.core.db import RowRule
from app.incidents.models import Incident
from app.incidents.scope.conditions import (
    ME,
    SEES_NAMES,
    above_subject,
    is_ordinary,
    naming_the_actor,
    not_about_reader,
    not_about_resetter,
    tasked_to_own_units,
)
from app.workforce.scope import ScopeBranches, area_roots, is_within, scope_binds


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
        return condition_of(self, of)

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
        return branches_of(self, of)

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
def condition_of(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    """Return the whole rule; see `CaseVisibility.condition`."""
    branches = branches_of(rule, of)
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
    return RowRule(and_(exclusions, or_(is_ordinary(of), condition_of(rule, of))), "incident")


@lru_cache(maxsize=500)
def _shows_staff(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    if rule.is_directing or rule.handles is not None:
        return SEES_NAMES
    handled_roots = area_roots(_HANDLE_PREFIX)
    in_scope = and_(is_within(of.scope_path, handled_roots), _is_above_subject(rule, handled_roots, of))
    return or_(in_scope, *personal_grounds(rule, of))


@lru_cache(maxsize=500)
def branches_of(rule: CaseRule, of: Any) -> ScopeBranches | None:
    """Return the rule as branches; see `CaseVisibility.branches`."""
    if rule.is_everywhere:
        return None
    roots = area_roots(rule.prefix) if rule.has_scope else None
    above_subject = _is_above_subject(rule, roots, of)
    if rule.is_directing:
        return ScopeBranches(roots, (), above_subject, _exclusions(rule, of))
    return ScopeBranches(
        roots,
        personal_grounds(rule, of),
        above_subject if rule.handles and not rule.handles_everywhere else true(),
        _exclusions(rule, of),
    )


@lru_cache(maxsize=500)
def _exclusions(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    exclusions = not_about_reader(of)
    if rule.has_reset:
        exclusions = and_(exclusions, not_about_resetter(of))
    if rule.is_directing:
        return and_(exclusions, _is_above_subject(rule, None, of)) if rule.is_everywhere else exclusions
    if rule.handles is None:
        return and_(exclusions, or_(is_ordinary(of), _shows_staff(rule, of)))
    if not rule.handles:
        return and_(exclusions, is_ordinary(of))
    if rule.handles_everywhere and not rule.is_above_all:
        above_subject = _is_above_subject(rule, None, of)
        return and_(exclusions, or_(above_subject, *personal_grounds(rule, of)))
    return exclusions


def _is_above_subject(rule: CaseRule, roots: ColumnElement[Any] | None, of: Any) -> ColumnElement[bool]:
    """Return the condition that a case is about nobody, or the actor leads above its subject.

    An actor beside the subject, or below, does not see the case: the subject could open or take over such an account. Of actors
    who lead everywhere only an administrator of everything leads above: no other account can open, raise or take over theirs
    (`accounts.rules.granting`).

    Args:
        roots: The areas the actor looks after. None: everywhere.
    """
    if rule.is_above_all:
        return true()
    return above_subject(roots, of)


def is_above_all(actor: Actor) -> bool:
    """Return True if nobody can stand above or beside the actor."""
    return actor.kind is ActorKind.SYSTEM or any(
        g.role is Role.ADMIN and g.is_everywhere for g in actor.grants
    )


def personal_grounds(rule: CaseRule, of: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the grounds on which a case that names the actor is visible. Each has its index."""
    grounds: list[ColumnElement[bool]] = [of.reported_by == ME, of.id.in_(naming_the_actor())]
    if rule.has_units:
        grounds.append(of.id.in_(tasked_to_own_units()))
    return tuple(grounds)
