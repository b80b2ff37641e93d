"""The rule of visibility of cases, built as SQL conditions for each kind of actor."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    false,
    or_,
    select,
    true,
    union_all,
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
from app.workforce.scope import ScopeBranches, area_reach, area_roots, has_same_areas, is_within, scope_binds

# The tables whose rows the rule selects: cases, the open ones for boards, their changes and numbers.
TABLES = ("incident", "open_case", "open_case_change", "open_case_count")


def reader_binds(actor: Actor) -> dict[str, Any]:
    """Return the binds of the reader that every statement about cases has.

    - `me`: id of the reader.
    - `my_units`, `units_worked_for`: ids of the reader's units.
    - `sees_names`: True if every grant (role) that shows the reader cases also shows the names of staff. If only some do,
      `CaseVisibility.shows_staff` decides for each case.
    - `reset_by`, `reset_at`: the person who reset the reader's password, and the time; only after a reset.
    """
    reset = {} if actor.reset is None else {"reset_by": actor.reset[0], "reset_at": actor.reset[1]}
    return reset | {
        "me": actor.id,
        "my_units": actor.unit_ids,
        "units_worked_for": actor.units_worked_for,
        "sees_names": _handles_all_cases(actor) is True,
    }


def _handles_all_cases(actor: Actor) -> bool | None:
    """Return True if the actor may handle cases by every grant that lets the actor read cases.

    A grant is a role of the actor for an area, for a unit or for everything. False: no grant allows handling. None: some
    do. The system, and an actor who may handle cases everywhere, always get True.
    """
    if actor.kind is ActorKind.SYSTEM or actor.everywhere_with(Permission.INCIDENT_HANDLE):
        return True
    reading = [g for g in actor.grants if actor.holds(g, Permission.INCIDENT_READ)]
    handling = [g for g in reading if actor.holds(g, Permission.INCIDENT_HANDLE)]
    if not handling:
        return False
    return True if len(handling) == len(reading) else None


class CaseRule(NamedTuple):
    """The properties of an actor that decide which SQL conditions make a case visible.

    Actors with equal properties share the same cached conditions; only their binds differ. The methods return conditions on
    the mapped class or alias `of`. A grant is a role of the actor for an area, for a unit or for everything.

    Attributes:
        prefix: Start of the names of the binds with the actor's areas, made from the permission.
        is_directing: Only cases in areas where a grant has the permission of `prefix`; cases that the actor reported, was
            offered or works on do not count.
        is_everywhere: A grant with the permission covers all areas.
        has_scope: The actor has areas.
        has_units: The actor works for units.
        has_reset: Another person has reset the password of the account.
        handles: Every grant that shows cases also allows handling them; None: some grants do.
        handles_everywhere: A grant that allows handling covers all areas.
        reads_addresses: The actor reads addresses: True: everywhere; None: in areas; False: nowhere.
        is_above_all: The actor is the system or an administrator of everything, whom no other account outranks.
        of_grants, of_responsibility: Where the areas of the actor come from.
        is_as_reading, is_as_addresses: The areas are those in which the actor reads cases, reads addresses.
    """

    prefix: str
    is_directing: bool
    is_everywhere: bool
    has_scope: bool
    has_units: bool
    has_reset: bool
    handles: bool | None
    handles_everywhere: bool
    reads_addresses: bool | None
    is_above_all: bool
    of_grants: bool
    of_responsibility: bool
    is_as_reading: bool
    is_as_addresses: bool

    @property
    def roots(self) -> ColumnElement[Any] | None:
        """Return the ltree[] expression with the areas of the actor. None: no areas, or all areas."""
        return area_roots(self.prefix) if self.has_scope and not self.is_everywhere else None

    def condition(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that the actor sees the case."""
        return condition_of(self, of)

    def still_visible(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition for listing cases that earlier statistics have counted.

        A case that has since become confidential, or got a subject, is listed only to actors who see the case itself.
        All other counted cases are listed.
        """
        return _still_visible(self, of)

    def shows_staff(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that the actor sees the names of staff on the case.

        It is true if a grant that allows handling cases makes the case visible.
        """
        return _shows_staff(self, of)

    def reads_address(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that the actor reads the address near the case.

        It is true in areas where the actor may read addresses, and for cases that the actor reported or works on.
        """
        return _reads_address(self, of)

    def place_in_words(self, of: Any = Incident) -> ColumnElement[Any]:
        """Return an SQL expression: the place of a case in words, without a number where the actor reads no addresses."""
        return _place_in_words(self, of)

    def reads_address_of_visible(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return a condition equal to `reads_address` for cases that meet `condition`; its SQL is often much shorter.

        The personal grounds are the same. If the areas are, too, the actor reads the addresses of all visible cases.
        """
        return true() if self._reads_all_visible else _reads_address(self, of)

    def place_of_visible(self, of: Any = Incident) -> ColumnElement[Any]:
        """Return the same as `place_in_words`, for cases that meet `condition`."""
        return of.place if self._reads_all_visible else _place_in_words(self, of)

    @property
    def _reads_all_visible(self) -> bool:
        return self.is_as_addresses and self.reads_addresses is not False

    @property
    def always_shows_staff(self) -> bool:
        """Return True if the actor sees the names of staff on every visible case."""
        return self.is_directing or self.handles is True

    def branches(self, of: Any = Incident) -> ScopeBranches | None:
        """Return the rule as separate SQL conditions, so that each can use its own index.

        None: the actor sees all cases that meet `exclusions`.
        """
        return branches_of(self, of)

    def exclusions(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that every visible case must meet, in addition to all others."""
        return _exclusions(self, of)


@dataclass(frozen=True, slots=True)
class CaseVisibility:
    """The rule of which cases an actor sees (`rule`), with the binds of this actor.

    A case is visible if it lies in one of the areas `roots` and meets `scoped_condition`, or if it meets one of the `grounds`
    (such as: the actor reported it). In both cases it must also meet `exclusions`. `branches` returns these four parts.
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
        """Return the SQL condition that the actor sees the case."""
        return self.rule.condition(of)

    def still_visible(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition for listing cases that earlier statistics have counted.

        A case that has since become confidential, or got a subject, is listed only to actors who see the case itself.
        """
        return self.rule.still_visible(of)

    def shows_staff(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that the actor sees the names of staff on the case."""
        return self.rule.shows_staff(of)

    def branches(self, of: Any = Incident) -> ScopeBranches | None:
        """Return the rule as separate SQL conditions, so that each can use its own index.

        None: the actor sees all cases that meet `exclusions`.
        """
        return self.rule.branches(of)

    def exclusions(self, of: Any = Incident) -> ColumnElement[bool]:
        """Return the SQL condition that every visible case must meet, in addition to all others."""
        return self.rule.exclusions(of)


def case_visibility(actor: Actor, now: datetime, permission: Permission | None = None) -> CaseVisibility:
    """Return the rule of which cases the actor sees, as SQL conditions with binds.

    A case is visible if one of the actor's grants shows it. A grant shows the cases in its areas (or in the areas the
    actor is responsible for), as the areas are now, and the cases that the actor reported, joined, was offered or has
    work on. A grant that does not allow handling cases shows no confidential case. Cases about the actor are never
    visible. Conditions that cannot apply to this actor are left out of the SQL.

    Args:
        permission: Restricts the rule to cases in areas where one of the grants has this permission; the actor's
            reports, offers and work do not count then. None: all cases that the actor may read.
    """
    rule, binds, instants = _visibility(actor, permission)
    return CaseVisibility(rule, {**binds, **dict.fromkeys(instants, now)})


# Stands for the instant of a request in binds that are cached without it.
_INSTANT = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=2_000)
def _visibility(
    actor: Actor, permission: Permission | None
) -> tuple[CaseRule, dict[str, Any], tuple[str, ...]]:
    """Return the rule of which cases the actor sees, its binds, and the names of the binds that are the instant of reading."""
    now = _INSTANT
    of_scope = permission or Permission.INCIDENT_READ
    prefix = f"{of_scope.value.replace(':', '_')}_scope"
    area_binds = scope_binds(actor, now, of_scope, prefix=prefix)
    handles = _handles_all_cases(actor)
    addresses = area_reach(actor, Permission.ADDRESS_READ, now)
    rule = CaseRule(
        prefix=prefix,
        is_directing=permission is not None,
        is_everywhere=actor.everywhere_with(of_scope),
        has_scope=bool(area_binds[f"{prefix}_area_ids"]) or area_binds[f"{prefix}_by_responsibility"],
        has_units=bool(actor.unit_ids),
        has_reset=actor.reset is not None,
        handles=handles,
        handles_everywhere=actor.everywhere_with(Permission.INCIDENT_HANDLE),
        reads_addresses=True if addresses.is_everywhere else False if addresses.is_nowhere else None,
        is_above_all=is_above_all(actor),
        of_grants=bool(area_binds[f"{prefix}_area_ids"]),
        of_responsibility=area_binds[f"{prefix}_by_responsibility"],
        is_as_reading=has_same_areas(actor, of_scope, Permission.INCIDENT_READ, _INSTANT),
        is_as_addresses=has_same_areas(actor, of_scope, Permission.ADDRESS_READ, _INSTANT),
    )
    binds = reader_binds(actor) | area_binds | addresses.binds | {"subject_now": now}
    if permission is not None:
        # Every role with a permission that is asked for here handles cases, too.
        binds["sees_names"] = actor.may(Permission.INCIDENT_HANDLE)
    elif handles is None:
        binds |= scope_binds(actor, now, Permission.INCIDENT_HANDLE, prefix=_HANDLE_PREFIX)
    return rule, binds, tuple(name for name, value in binds.items() if value is _INSTANT)


_HANDLE_PREFIX = "incident_handle_scope"
_ADDRESS_PREFIX = "address_read_scope"


@lru_cache(maxsize=500)
def _reads_address(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    if rule.reads_addresses is not None:
        return true() if rule.reads_addresses else false()
    return or_(is_within(of.scope_path, area_roots(_ADDRESS_PREFIX)), *personal_grounds(rule, of))


@lru_cache(maxsize=500)
def _place_in_words(rule: CaseRule, of: Any) -> ColumnElement[Any]:
    return case((_reads_address(rule, of), of.place), else_=of.public_place)


@lru_cache(maxsize=500)
def condition_of(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    """Return the SQL condition that an actor with these properties sees the case `of`."""
    branches = branches_of(rule, of)
    exclusions = _exclusions(rule, of)
    if branches is None:
        return RowRule(exclusions, *TABLES)
    grounds = list(branches.grounds)
    if branches.roots is not None:
        in_scope = is_within(of.scope_path, branches.roots)
        if branches.scoped_condition is not None:
            in_scope = and_(in_scope, branches.scoped_condition)
        grounds.insert(0, in_scope)
    return RowRule(and_(or_(false(), *grounds), exclusions), *TABLES)


@lru_cache(maxsize=500)
def _still_visible(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    exclusions = _exclusions(rule, of)
    return RowRule(and_(exclusions, or_(is_ordinary(of), condition_of(rule, of))), *TABLES)


@lru_cache(maxsize=500)
def _shows_staff(rule: CaseRule, of: Any) -> ColumnElement[bool]:
    if rule.is_directing or rule.handles is not None:
        return SEES_NAMES
    handled_roots = area_roots(_HANDLE_PREFIX)
    in_scope = and_(is_within(of.scope_path, handled_roots), _is_above_subject(rule, handled_roots, of))
    return or_(in_scope, *personal_grounds(rule, of))


@lru_cache(maxsize=500)
def branches_of(rule: CaseRule, of: Any) -> ScopeBranches | None:
    """Return the rule as separate SQL conditions on the case `of`, each with its own index.

    None: the actor sees all cases that meet the conditions for every visible case.
    """
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
    """Return the SQL condition that a case has no subject or the actor outranks the subject.

    An actor of the same rank as the subject, or lower, does not see the case, because the subject could create such an
    account or reset its password. Among actors who lead everything, only an administrator of everything outranks
    others: nobody else can create, promote or take over such an account (`accounts.rules.granting`).

    Args:
        roots: The ltree paths of the actor's areas (ltree[]). None: all areas.
    """
    if rule.is_above_all:
        return true()
    return above_subject(roots, of)


def is_above_all(actor: Actor) -> bool:
    """Return True for the system and for administrators of everything, whom no account outranks."""
    return actor.kind is ActorKind.SYSTEM or any(
        g.role is Role.ADMIN and g.is_everywhere for g in actor.grants
    )


def personal_grounds(rule: CaseRule, of: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions (grounds) that make a case visible outside the actor's areas.

    The actor reported or joined such a case, was offered it, or has work on it. An index supports each condition.
    """
    grounds: list[ColumnElement[bool]] = [of.reported_by == ME, of.id.in_(naming_the_actor())]
    if rule.has_units:
        grounds.append(of.id.in_(tasked_to_own_units()))
    return tuple(grounds)


@lru_cache(maxsize=500)
def personal_cases(rule: CaseRule) -> Any:
    """Return a select of the ids of all cases that meet one of `personal_grounds`, each found by its own index."""
    selects = [select(Incident.id).where(Incident.reported_by == ME), naming_the_actor()]
    if rule.has_units:
        selects.append(tasked_to_own_units())
    return union_all(*selects)
