"""The rule of visibility of cases on maps, and the values that decide when a map changes."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    or_,
)

from app.core.actor import Actor, Permission
from app.core.db import Fragment, RowRule
from app.incidents.models import Incident
from app.incidents.scope.conditions import is_ordinary, naming_the_actor, tasked_to_own_units
from app.incidents.scope.visibility import (
    CaseRule,
    branches_of,
    case_visibility,
    condition_of,
    personal_cases,
    personal_grounds,
)
from app.workforce.scope import ScopeBranches


class MapVisibility(NamedTuple):
    """The rule of which cases an actor sees on maps, as an SQL condition with its binds.

    Attributes:
        branches: The same rule as separate conditions, each supported by an index; None: the actor sees cases
            everywhere.
        reads_address: Condition on cases that meet `condition`: the actor reads the address near the case.
        personal_cases: Select of the ids of cases that the actor reported, joined, was offered or has work on. All others
            are visible by their area, category and subject alone.
    """

    condition: ColumnElement[bool]
    binds: dict[str, Any]
    branches: ScopeBranches | None
    reads_address: ColumnElement[bool]
    personal_cases: Any


def visible_on_maps(actor: Actor, now: datetime, of: Any = Incident) -> MapVisibility:
    """Return the rule of `case_visibility`, restricted for maps.

    Confidential cases and cases about a person or unit are left out, unless the actor directs them, reported them or
    has work on them. The rule is stricter because a map is shown, copied and forwarded to more people than a single
    case.
    """
    visibility = case_visibility(actor, now)
    directed = case_visibility(actor, now, Permission.INCIDENT_DIRECT)
    reads_address = visibility.rule.reads_address_of_visible(of)
    own = personal_cases(visibility.rule)
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
        return MapVisibility(
            visibility.condition(of), visibility.binds, visibility.branches(of), reads_address, own
        )
    condition, branches = _map_rule(visibility.rule, directed.rule, of)
    return MapVisibility(condition, directed.binds | visibility.binds, branches, reads_address, own)


@lru_cache(maxsize=500)
def _map_rule(
    rule: CaseRule, directed: CaseRule, of: Any
) -> tuple[ColumnElement[bool], ScopeBranches | None]:
    is_open = or_(is_ordinary(of), condition_of(directed, of), *personal_grounds(rule, of))
    condition = RowRule(and_(condition_of(rule, of), is_open), "incident")
    branches = branches_of(rule, of)
    if branches is None:
        return condition, None
    scoped = is_open if branches.scoped_condition is None else and_(is_open, branches.scoped_condition)
    return condition, ScopeBranches(branches.roots, branches.grounds, scoped, branches.exclusions)


@lru_cache(maxsize=500)
def map_version_inputs(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """Return an SQL expression that changes when `visible_on_maps` changes.

    The value is a text that is part of the version (ETag) of a map. So the version also changes if the reader may see other
    cases than before, although no case has changed. The areas of the reader are not in the text, because the version contains
    them already. Cases with a subject are in the text, because the roles of the subject decide who sees them.

    Args:
        condition: The condition of `visible_on_maps` on a case `i`. The expression has the same binds.
    """
    return Fragment(
        """(select md5(concat_ws('|',
          coalesce((select string_agg(cast(named.incident_id as text), ',' order by named.incident_id) from (
            select distinct incident_id from ({naming_the_actor} union {tasked_to_own_units}) naming) named), ''),
          (select string_agg(cast(i.id as text), ',' order by i.id) from incident i
           where i.about_kind is not null and {condition}),
          (select count(*) from profile_version))))""",
        naming_the_actor=naming_the_actor(),
        tasked_to_own_units=tasked_to_own_units(),
        condition=condition,
    )
