"""The relations of an actor to a case, and the actions that the actor may take now."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping

from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Relation, Status


def relations_of(facts: RowMapping | Mapping[str, Any]) -> frozenset[Relation]:
    """Return the actor's relations to a case.

    Args:
        facts: Relations of the actor to the case and properties of the case: the row from `views.relation_facts`.
    """
    relations = {Relation.ANYONE}
    for name, relation in (
        ("is_offered", Relation.OFFERED),
        ("is_handler", Relation.HANDLER),
        ("is_part_asked", Relation.PART_ASKED),
        ("is_part_holder", Relation.PART_HOLDER),
        ("is_second", Relation.SECOND),
        ("is_checker", Relation.CHECKER),
        ("is_verifier", Relation.VERIFIER),
        ("is_reporter", Relation.REPORTER),
        ("is_director", Relation.DIRECTOR),
    ):
        if facts[name]:
            relations.add(relation)
    return frozenset(relations)


def allowed_actions_of(
    status: Status, relations: frozenset[Relation], facts: RowMapping | Mapping[str, Any]
) -> list[str]:
    """Return the actions that the actor may take now, by the names that clients use.

    An action that ends an order, or decides about a request, is left out if the case has no such order or request.

    Args:
        facts: Relations of the actor to the case and properties of the case: the row from `views.relation_facts`.
    """
    return list(_allowed_actions(status, relations, *[bool(facts[name]) for name in _FACTS]))


# The facts that decide about actions, in the order of the parameters of `_allowed_actions`.
_FACTS = (
    "is_locked",
    "is_pinned",
    "is_supervised",
    "is_extension_asked",
    "is_proposed",
    "has_stage",
    "has_open_parts",
    "is_own_order",
)


@lru_cache(maxsize=5_000)
def _allowed_actions(
    status: Status, relations: frozenset[Relation], *facts_in_order: bool
) -> tuple[str, ...]:
    """Return the allowed actions, from a cache: cases of one state and relation differ in few facts."""
    facts = dict(zip(_FACTS, facts_in_order, strict=True))
    excluded_actions = {"lock", "redispatch"} if facts["is_locked"] else {"unlock"}
    excluded_actions |= set() if facts["is_pinned"] else {"unpin"}
    excluded_actions |= set() if facts["is_supervised"] else {"end_supervision"}
    excluded_actions |= (
        {"ask_extension"} if facts["is_extension_asked"] else {"grant_extension", "refuse_extension"}
    )
    excluded_actions |= set() if facts["is_proposed"] else {"confirm"}
    excluded_actions |= set() if facts["has_stage"] else {"stage_done"}
    excluded_actions |= set() if facts["has_open_parts"] else {"withdraw_unit", "waive_parts"}
    excluded_actions |= {"defer"} if relations & {Relation.HANDLER, Relation.PART_HOLDER} else set()
    if facts["is_own_order"]:
        director_decisions = (
            transition
            for transition in lifecycle.TRANSITIONS
            if lifecycle.is_director_decision(transition, relations)
        )
        excluded_actions |= {transition.action for transition in director_decisions}
    actions = [action for action in lifecycle.allowed(status, relations) if action not in excluded_actions]
    return tuple(dict.fromkeys(lifecycle.client_action(action) for action in actions))
