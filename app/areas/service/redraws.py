"""Redraw of areas: replaces areas under one parent by new areas, called parts.

A part with the id of a replaced area continues that area as its next version. A replaced area that no part continues is
retired. In the same transaction, `app.grids` re-assigns households, cases, workers and roles to the new areas.
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
from app.areas.service.findings import blocking_finding, serialize_findings
from app.areas.service.imports import code_faults, store
from app.areas.service.tree_nodes import Node, node_of
from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Forbidden, NotFound, invalid_field
from app.core.ids import uuid7
from app.profiles.service import lock_jurisdiction, profile_at

TOLERANCE_M = 1.0


@dataclass(slots=True)
class RedrawPlan:
    """A plan to replace sibling areas by new parts, with the findings about it.

    Attributes:
        children: Areas directly under the replaced areas.
        moved: Areas under retired areas, which get a new position in the tree.
        heirs: For each replaced area the ids of its heirs: the parts that get its workers and units. The part with most of its
            land comes first. For a retired area these are all parts that get some of its land; for a continued area, only
            the new areas among these parts.
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
        """Return the areas under the same parent that the redraw does not replace."""
        return [node for node in self.siblings if node not in self.replaced]

    @property
    def retired(self) -> list[Node]:
        """Return the replaced areas that no new part continues."""
        continued_ids = {part.id for part in self.parts}
        return [node for node in self.replaced if node.id not in continued_ids]

    @property
    def follows(self) -> list[tuple[UUID, UUID, bool]]:
        """Return (id of a replaced area, id of an heir, True for its first heir) for each heir."""
        return [(old, new, new == heirs[0]) for old, heirs in self.heirs.items() for new in heirs]

    @property
    def new_ids(self) -> set[UUID]:
        """Return the ids of the parts that are new areas and continue no replaced area."""
        return {part.id for part in self.parts} - {node.id for node in self.replaced}

    @property
    def level(self) -> str:
        """Return the name of the level of the redrawn areas."""
        return self.replaced[0].level

    @property
    def depth(self) -> int:
        """Return the number of labels in the path of a redrawn area."""
        return self.replaced[0].path.count(".") + 1

    @property
    def land_ids(self) -> list[UUID]:
        """Return the ids of all replaced areas and all new parts."""
        return list({node.id for node in (*self.replaced, *self.parts)})

    @property
    def recoded(self) -> list[Node]:
        """Return the new parts and children whose own code or whose parent's code changes."""
        codes_before = {node.id: node.code for node in self.replaced}
        parts = [part for part in self.parts if codes_before.get(part.id) != part.code]
        affected_children = [child for child in self.children if child in self.moved or child.parent in parts]
        return parts + affected_children

    @property
    def is_possible(self) -> bool:
        """Return True if no finding is an error, so that the redraw can be applied."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    @property
    def answered_findings(self) -> list[dict[str, Any]]:
        """Return the findings as JSON for a response, with codes of areas instead of keys."""
        codes = {node.key: node.code for node in (*self.siblings, *self.children, *self.parts)}
        return serialize_findings(self.findings, codes)

    def add_fault(self, code: str, nodes: Iterable[Node], message: str) -> None:
        """Add a finding of severity error, which forbids the redraw."""
        self.findings.append(blocking_finding(code, [node.key for node in nodes], message))

    def add_warning(self, code: str, nodes: Iterable[Node], message: str) -> None:
        """Add a finding of severity warning."""
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
    """Examine a redraw and return its plan. Nothing is stored.

    The jurisdiction is locked until the transaction ends.

    Args:
        parent_id: The parent of the siblings; None: they are at the top of the tree.
        parts: New areas or, with the id of a replaced area, the next version of that area.

    Raises:
        Forbidden: `outside_own_areas`.
        Invalid: An area to replace does not exist under the parent, or an id is in use.
        NotFound: The parent does not exist.
    """
    plan = _start_plan(session, actor, parent_id, replaces)
    plan.parts = _parts(session, plan, parts)
    _find_taken_codes(session, plan)
    examination = examine(
        [part.part for part in plan.parts],
        [node.part for node in plan.untouched],
        plan.parent.outline if plan.parent else None,
        TOLERANCE_M,
    )
    plan.findings += examination.findings
    if examination.is_acceptable:
        for node, part in zip(plan.parts, examination.parts, strict=True):
            node.geometry = part.geometry
        plan.findings += redraw_findings(
            [node.part for node in plan.replaced], [node.part for node in plan.parts], TOLERANCE_M
        )
        _reattach_descendants(session, plan)
        retired, new = plan.retired, [part for part in plan.parts if part.id in plan.new_ids]
        plan.heirs = {node.id: _heirs(node, plan.parts if node in retired else new) for node in plan.replaced}
    profile = profile_at(session, plan.jurisdiction_id, clock.now()).profile
    plan.findings += code_faults(profile, plan.recoded)
    return plan


def apply_redraw(session: Session, actor: Actor, plan: RedrawPlan, *, at: datetime, reason: str) -> int:
    """Store the new area versions of a plan without errors; return the number of moved units."""
    retired = [node.id for node in plan.retired]
    changed = [*plan.replaced, *plan.moved]
    queries.close_versions(session, [node.id for node in changed], at)
    queries.raise_versions(session, [node.id for node in changed if node.id not in retired])
    queries.raise_versions(session, retired, deleted_at=at)
    store(session, actor, plan.jurisdiction_id, [*plan.parts, *plan.moved], at=at, reason=reason)
    rows = [{"id": uuid7(), **row} for row in unit_queries.competences_to_move(session, plan.follows)]
    unit_queries.insert_competences(session, rows)
    return unit_queries.move_units(session, [pair for pair in plan.follows if pair[0] in retired], at)


def _start_plan(
    session: Session, actor: Actor, parent_id: UUID | None, replaces: Sequence[UUID]
) -> RedrawPlan:
    rows = queries.current_areas(session, [parent_id] if parent_id else replaces)
    if not rows:
        raise NotFound("not_found")
    jurisdiction_id: UUID = rows[0]["jurisdiction_id"]
    lock_jurisdiction(session, jurisdiction_id)
    parents = queries.current_areas(session, [parent_id]) if parent_id else []
    siblings = [node_of(row) for row in queries.child_areas(session, jurisdiction_id, parent_id)]
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


def _parts(session: Session, plan: RedrawPlan, areas: Sequence[dict[str, Any]]) -> list[Node]:
    replaced = {node.id for node in plan.replaced}
    parts = []
    for area in areas:
        is_new = area.get("id") not in replaced
        part = Node(
            area.get("id") or uuid7(), plan.level, area["code"], area["name"], area["geometry"], is_new=is_new
        )
        part.attach_to(plan.parent)
        parts.append(part)
    id_counts = Counter(part.id for part in parts)
    used_ids = queries.used_ids(session, [part.id for part in parts if part.is_new])
    if used_ids or any(count > 1 for count in id_counts.values()):
        raise invalid_field("areas", "not_unique")
    return parts


def _find_taken_codes(session: Session, plan: RedrawPlan) -> None:
    """Add an error to the plan for each part whose code is in use for another area."""
    code_counts = Counter(part.code for part in plan.parts)
    replaced_ids = {node.id for node in plan.replaced}
    rows = queries.areas_with_codes(session, plan.jurisdiction_id, code_counts)
    used_codes = {row["code"] for row in rows if row["area_id"] not in replaced_ids}
    for part in plan.parts:
        if code_counts[part.code] > 1 or part.code in used_codes:
            plan.add_fault("code_taken", [part], f"The code {part.code} is in use for another area.")


def _reattach_descendants(session: Session, plan: RedrawPlan) -> None:
    """Attach the children of retired areas to new parts, and move all their descendants.

    Add an error to the plan for each child that does not lie within its new parent.
    """
    nodes_by_id = {node.id: node for node in plan.replaced} | {part.id: part for part in plan.parts}
    retired = {node.id for node in plan.retired}
    replaced = {node.id for node in plan.replaced}
    descendants: dict[UUID, Node] = {}
    for row in queries.descendants(session, list(replaced)):
        node = descendants[row["area_id"]] = node_of(row)
        is_child = row["parent_id"] in replaced
        if row["parent_id"] in retired:
            parent = max(plan.parts, key=lambda part: float(part.geometry.intersection(node.geometry).area))
        else:
            parent = nodes_by_id[row["parent_id"]] if is_child else descendants[row["parent_id"]]
        if is_child:
            plan.children.append(node)
        if row["parent_id"] in retired or parent in plan.moved:
            plan.moved.append(node)
        node.attach_to(parent)
    for part in plan.parts:
        examination = examine(
            [n.part for n in plan.children if n.parent is part], [], part.outline, TOLERANCE_M
        )
        plan.findings += [f for f in examination.findings if f.severity is Severity.ERROR]


def _heirs(replaced: Node, candidates: Sequence[Node]) -> list[UUID]:
    """Return the ids of the candidates that get land of a replaced area, largest share first.

    A share that is only a sliver does not count.
    """
    plane = Plane([replaced.geometry])
    land = plane.flat(replaced.geometry)
    shares = [(part, plane.flat(part.geometry).intersection(land)) for part in candidates]
    shares_by_size = [
        (share.area, part.code, part.id)
        for part, share in shares
        if not share.buffer(-TOLERANCE_M / 2).is_empty
    ]
    return [part_id for _, _, part_id in sorted(shares_by_size, key=lambda share: (-share[0], share[1]))]
