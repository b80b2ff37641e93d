"""Redrawing siblings together: what is wrong with it, and the new versions.

Who lives and works there is re-homed by governance, in the same transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.queries import areas as queries
from app.areas.queries import units as unit_queries
from app.areas.rules.geometry import Finding, Severity, examine, redraw_findings
from app.areas.rules.plane import Plane
from app.areas.service.findings import answered, fault
from app.areas.service.imports import code_faults, store
from app.areas.service.placing import Node, node_of
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound, invalid_field
from app.core.ids import uuid7
from app.profiles.service import lock_jurisdiction, profile_at

TOLERANCE_M = 1.0


@dataclass(slots=True)
class RedrawPlan:
    """Siblings redrawn together.

    `moved` are the areas below retired ones, which get a new place in the tree. `heirs` are, for each replaced area,
    the other parts to which its people and units follow, the largest share of its land first: all that get land of
    a retired area, and the new ones that get land of a kept one.
    """

    jurisdiction_id: UUID
    parent: Node | None
    siblings: list[Node]
    replaced: list[Node]
    parts: list[Node]
    findings: list[Finding] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    moved: list[Node] = field(default_factory=list)
    heirs: dict[UUID, list[UUID]] = field(default_factory=dict)

    @property
    def untouched(self) -> list[Node]:
        return [node for node in self.siblings if node not in self.replaced]

    @property
    def retired(self) -> list[Node]:
        kept = {part.id for part in self.parts}
        return [node for node in self.replaced if node.id not in kept]

    @property
    def follows(self) -> list[tuple[UUID, UUID, bool]]:
        """Each replaced area with each of its heirs, and whether that one gets the largest share."""
        return [(old, new, new == heirs[0]) for old, heirs in self.heirs.items() for new in heirs]

    @property
    def new_ids(self) -> set[UUID]:
        """The parts that no replaced area goes on as."""
        return {part.id for part in self.parts} - {node.id for node in self.replaced}

    @property
    def level(self) -> str:
        return self.replaced[0].level

    @property
    def depth(self) -> int:
        """How many labels the path of such an area has."""
        return self.replaced[0].path.count(".") + 1

    @property
    def land_ids(self) -> list[UUID]:
        """The areas whose land it is, before or after."""
        return list({node.id for node in (*self.replaced, *self.parts)})

    @property
    def recoded(self) -> list[Node]:
        """Those whose own code, or the code of the area above, is not what it was."""
        before = {node.id: node.code for node in self.replaced}
        parts = [part for part in self.parts if before.get(part.id) != part.code]
        below = [child for child in self.children if child in self.moved or child.parent in parts]
        return parts + below

    @property
    def is_possible(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    @property
    def answered_findings(self) -> list[dict[str, Any]]:
        codes = {node.key: node.code for node in (*self.siblings, *self.children, *self.parts)}
        return answered(self.findings, codes)

    def add_fault(self, code: str, nodes: Iterable[Node], message: str) -> None:
        self.findings.append(fault(code, [node.key for node in nodes], message))

    def add_warning(self, code: str, nodes: Iterable[Node], message: str) -> None:
        keys = tuple(node.key for node in nodes)
        self.findings.append(Finding(code, keys, Severity.WARNING, message))


def plan_redraw(
    session: Session,
    actor: Actor,
    *,
    parent_id: UUID | None,
    replaces: Sequence[UUID],
    parts: Sequence[dict[str, Any]],
) -> RedrawPlan:
    """Examine a redraw. Its jurisdiction is held, so that what was examined is what will be redrawn."""
    plan = _begin(session, actor, parent_id, replaces)
    plan.parts = _parts(session, plan, parts)
    _find_taken_codes(session, plan)
    examined = examine(
        [part.part for part in plan.parts],
        [node.part for node in plan.untouched],
        plan.parent.outline if plan.parent else None,
        TOLERANCE_M,
    )
    plan.findings += examined.findings
    if examined.is_acceptable:
        for node, part in zip(plan.parts, examined.parts, strict=True):
            node.geometry = part.geometry
        plan.findings += redraw_findings(
            [node.part for node in plan.replaced], [node.part for node in plan.parts], TOLERANCE_M
        )
        _settle_below(session, plan)
        retired, new = plan.retired, [part for part in plan.parts if part.id in plan.new_ids]
        plan.heirs = {node.id: _heirs(node, plan.parts if node in retired else new) for node in plan.replaced}
    profile = profile_at(session, plan.jurisdiction_id, clock.now()).profile
    plan.findings += code_faults(profile, plan.recoded)
    return plan


def carry_out_redraw(session: Session, actor: Actor, plan: RedrawPlan, *, at: datetime, reason: str) -> int:
    """Write the versions of a plan without faults; how many units got another place."""
    retired = [node.id for node in plan.retired]
    changed = [*plan.replaced, *plan.moved]
    queries.close_versions(session, [node.id for node in changed], at)
    queries.touch(session, [node.id for node in changed if node.id not in retired])
    queries.touch(session, retired, deleted_at=at)
    store(session, actor, plan.jurisdiction_id, [*plan.parts, *plan.moved], at=at, reason=reason)
    rows = [{"id": uuid7(), **row} for row in unit_queries.competences_to_move(session, plan.follows)]
    unit_queries.insert_competences(session, rows)
    return unit_queries.move_units(session, [pair for pair in plan.follows if pair[0] in retired], at)


def _begin(session: Session, actor: Actor, parent_id: UUID | None, replaces: Sequence[UUID]) -> RedrawPlan:
    named = queries.current(session, [parent_id] if parent_id else replaces)
    if not named:
        raise NotFound("not_found")
    jurisdiction_id: UUID = named[0]["jurisdiction_id"]
    lock_jurisdiction(session, jurisdiction_id)
    parents = queries.current(session, [parent_id]) if parent_id else []
    siblings = [node_of(row) for row in queries.children(session, jurisdiction_id, parent_id)]
    replaced = [node for node in siblings if node.id in replaces]
    if parent_id and not parents:
        raise NotFound("not_found")
    if len(replaced) < len(set(replaces)):
        raise invalid_field("replaces", "reference_unknown")
    if not actor.everywhere_with(Permission.AREA_EDIT) and not queries.may_edit(
        session, area_ids=replaces, granted=actor.area_ids_with(Permission.AREA_EDIT)
    ):
        raise Forbidden("outside_own_areas")
    return RedrawPlan(jurisdiction_id, node_of(parents[0]) if parents else None, siblings, replaced, [])


def _parts(session: Session, plan: RedrawPlan, given: Sequence[dict[str, Any]]) -> list[Node]:
    replaced = {node.id for node in plan.replaced}
    parts = []
    for area in given:
        is_new = area.get("id") not in replaced
        part = Node(
            area.get("id") or uuid7(), plan.level, area["code"], area["name"], area["geometry"], is_new=is_new
        )
        part.hang_under(plan.parent)
        parts.append(part)
    times = Counter(part.id for part in parts)
    used = queries.used_ids(session, [part.id for part in parts if part.is_new])
    if used or any(count > 1 for count in times.values()):
        raise invalid_field("areas", "not_unique")
    return parts


def _find_taken_codes(session: Session, plan: RedrawPlan) -> None:
    """A code may be used again by a part, but not by two, nor when an area that stays has it."""
    times = Counter(part.code for part in plan.parts)
    given_up = {node.id for node in plan.replaced}
    rows = queries.with_codes(session, plan.jurisdiction_id, times)
    used = {row["code"] for row in rows if row["area_id"] not in given_up}
    for part in plan.parts:
        if times[part.code] > 1 or part.code in used:
            plan.add_fault("code_taken", [part], f"the code {part.code} is used by another area")


def _settle_below(session: Session, plan: RedrawPlan) -> None:
    """Children of a kept area must still lie inside it; those of a retired one go to the part they lie in."""
    held = {node.id: node for node in plan.replaced} | {part.id: part for part in plan.parts}
    retired = {node.id for node in plan.retired}
    replaced = {node.id for node in plan.replaced}
    below: dict[UUID, Node] = {}
    for row in queries.below(session, list(replaced)):
        node = below[row["area_id"]] = node_of(row)
        is_child = row["parent_id"] in replaced
        if row["parent_id"] in retired:
            parent = max(plan.parts, key=lambda part: float(part.geometry.intersection(node.geometry).area))
        else:
            parent = held[row["parent_id"]] if is_child else below[row["parent_id"]]
        if is_child:
            plan.children.append(node)
        if row["parent_id"] in retired or parent in plan.moved:
            plan.moved.append(node)
        node.hang_under(parent)
    for part in plan.parts:
        inside = examine([n.part for n in plan.children if n.parent is part], [], part.outline, TOLERANCE_M)
        plan.findings += [f for f in inside.findings if f.severity is Severity.ERROR]


def _heirs(replaced: Node, candidates: Sequence[Node]) -> list[UUID]:
    """Return the ids of the candidates that get more than a sliver of an area's land, the largest share first."""
    plane = Plane([replaced.geometry])
    land = plane.flat(replaced.geometry)
    shares = [(part, plane.flat(part.geometry).intersection(land)) for part in candidates]
    wide = [
        (share.area, part.code, part.id)
        for part, share in shares
        if not share.buffer(-TOLERANCE_M / 2).is_empty
    ]
    return [part_id for _, _, part_id in sorted(wide, key=lambda one: (-one[0], one[1]))]
