"""Use cases that import areas from a file: all or none, or only areas without a fault."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.areas.queries import areas as queries
from app.areas.rules.geometry import SHAPE_FAULTS, Finding, Severity, examine
from app.areas.service.findings import blocking_finding, require_acceptable, serialize_findings
from app.areas.service.tree_nodes import Node, attach_to_parents, new_nodes, node_of
from app.core import clock
from app.core.actor import Actor, ActorKind, Permission
from app.core.errors import Forbidden
from app.core.ids import uuid7
from app.profiles.rules.profile import Profile
from app.profiles.service import jurisdiction_named, lock_jurisdiction, profile_at


def import_areas(
    session: Session,
    actor: Actor,
    *,
    features: Iterable[dict[str, Any]],
    jurisdiction: str | None = None,
    reason: str = "import",
    type: str = "FeatureCollection",
) -> dict[str, Any]:
    """Store all new areas of a file, of any levels, or none if one of them has a fault.

    Return the created areas and the findings.

    Args:
        jurisdiction: Code of the jurisdiction; None: the actor's jurisdiction.

    Raises:
        Forbidden: `outside_own_areas`.
        Invalid: `findings`: an area has a fault.
    """
    jurisdiction_id = jurisdiction_named(session, jurisdiction, actor)
    lock_jurisdiction(session, jurisdiction_id)
    profile = profile_at(session, jurisdiction_id, clock.now()).profile
    new = new_nodes(features)
    codes = {node.key: node.code for node in new}

    findings = _examine(session, jurisdiction_id, profile, new, codes)
    require_may_import(session, actor, new)
    require_acceptable(findings, codes)

    store(session, actor, jurisdiction_id, new, at=clock.now(), reason=reason)
    accounts.record(
        session,
        actor,
        action="area.import",
        entity="jurisdiction",
        entity_id=jurisdiction_id,
        detail={"created": dict(Counter(node.level for node in new)), "area_ids": [node.id for node in new]},
    )
    return {"created": [node.ref for node in new], "findings": serialize_findings(findings, codes)}


@dataclass(frozen=True, slots=True)
class AreaImportResult:
    """Result of an import that stores the areas without a fault and refuses the others.

    Attributes:
        stored: Ids of the stored areas.
        refused: Faults of areas that were not stored, by the area's id.
        inactive: Faults of areas that were stored but are never in force, by the area's id.
        mended: Findings about slivers that were closed.
    """

    stored: list[UUID]
    refused: dict[UUID, Finding]
    inactive: dict[UUID, Finding]
    mended: list[Finding]


def import_acceptable_areas(
    session: Session,
    actor: Actor,
    *,
    jurisdiction_id: UUID,
    features: Sequence[dict[str, Any]],
    accepts_findings: bool = False,
    reason: str = "import",
) -> AreaImportResult:
    """Store the areas that have no fault, and refuse the others.

    Of two areas that overlap, the first one is stored. If an area is refused, the areas under it are refused, too.

    Args:
        accepts_findings: Do not refuse areas with a faulty geometry, but store them as inactive. An inactive area can be read
            and repaired, but is never in force, and other areas can use its code.

    Raises:
        Forbidden: `outside_own_areas`.
    """
    lock_jurisdiction(session, jurisdiction_id)
    profile = profile_at(session, jurisdiction_id, clock.now()).profile
    selection = _select_acceptable(session, jurisdiction_id, profile, new_nodes(features))
    accepted, rejected = selection.accepted, selection.rejected
    require_may_import(session, actor, accepted)
    inactive = {node: f for node, f in rejected.items() if accepts_findings and f.code in SHAPE_FAULTS}
    for node in inactive:
        node.attach_to(node.parent if node.parent in accepted else None)
    at = clock.now()
    for nodes, is_active in ((accepted, True), (list(inactive), False)):
        if nodes:
            store(session, actor, jurisdiction_id, nodes, at=at, reason=reason, is_active=is_active)
    if accepted or inactive:
        accounts.record(
            session,
            actor,
            action="area.import",
            entity="jurisdiction",
            entity_id=jurisdiction_id,
            detail={
                "created": dict(Counter(node.level for node in accepted)),
                "area_ids": [node.id for node in accepted],
                "inactive": [node.id for node in inactive],
            },
        )
    return AreaImportResult(
        [node.id for node in accepted],
        {node.id: finding for node, finding in rejected.items() if node not in inactive},
        {node.id: finding for node, finding in inactive.items()},
        [finding for finding in selection.findings if finding.severity is not Severity.ERROR],
    )


@dataclass(frozen=True, slots=True)
class _Selection:
    """The areas of an import, divided into accepted and rejected areas.

    Attributes:
        rejected: For each area with a fault, the finding that rejects it.
        findings: Findings about the accepted areas.
    """

    accepted: list[Node]
    rejected: dict[Node, Finding]
    findings: list[Finding]


def _select_acceptable(
    session: Session, jurisdiction_id: UUID, profile: Profile, nodes: Sequence[Node]
) -> _Selection:
    """Divide areas into accepted areas, which have no fault, and rejected areas.

    Areas are rejected in rounds until the remaining areas have no fault. Each round starts from the original geometries,
    because without a rejected area its neighbours are fitted differently, and the areas under it have no parent.
    """
    shapes = {node: node.geometry for node in nodes}
    codes = {node.key: node.code for node in nodes}
    rejected: dict[Node, Finding] = {}
    while True:
        accepted = [node for node in nodes if node not in rejected]
        for node in accepted:
            node.parent, node.path, node.geometry = None, "", shapes[node]
        findings = _examine(session, jurisdiction_id, profile, accepted, codes)
        newly_rejected = _blamed(findings, accepted)
        if not newly_rejected:
            return _Selection(accepted, rejected, findings)
        for node in newly_rejected:
            node.geometry = shapes[node]
        rejected |= newly_rejected


def _examine(
    session: Session, jurisdiction_id: UUID, profile: Profile, new: Sequence[Node], codes: dict[str, str]
) -> list[Finding]:
    """Attach new areas to their parents, fit their geometries, and return the findings.

    Args:
        codes: Codes of areas by key. The function adds those of the siblings.
    """
    findings = _identity_faults(session, jurisdiction_id, new)
    findings += attach_to_parents(session, jurisdiction_id, profile, new)
    findings += code_faults(profile, new)
    for level in profile.levels:
        of_level = [node for node in new if node.level == level.level]
        findings += _fit_level(session, jurisdiction_id, of_level, codes)
    return findings


def _blamed(findings: Iterable[Finding], nodes: Sequence[Node]) -> dict[Node, Finding]:
    """Choose the new areas to reject, and return each with the error that rejects it.

    If an error is about several new areas, the last one of them in the file is rejected.
    """
    by_key = {node.key: node for node in nodes}
    positions = {node: position for position, node in enumerate(nodes)}
    blamed: dict[Node, Finding] = {}
    for finding in findings:
        involved = [by_key[key] for key in finding.keys if key in by_key]
        if finding.severity is Severity.ERROR and involved:
            blamed.setdefault(max(involved, key=lambda node: positions[node]), finding)
    return blamed


def require_may_import(session: Session, actor: Actor, new: Sequence[Node]) -> None:
    """Refuse new areas outside the areas in which the actor may edit.

    An area at the top of the tree needs the permission for the whole installation.

    Raises:
        Forbidden: `outside_own_areas`.
    """
    if actor.everywhere_with(Permission.AREA_EDIT):
        return
    tops = [node for node in new if node.path and (node.parent is None or not node.parent.is_new)]
    parent_ids = {node.parent.id for node in tops if node.parent is not None}
    granted = actor.area_ids_with(Permission.AREA_EDIT)
    if any(node.parent is None for node in tops) or not queries.may_edit(
        session, area_ids=list(parent_ids), granted=granted
    ):
        raise Forbidden("outside_own_areas")


def code_faults(profile: Profile, new: Iterable[Node]) -> list[Finding]:
    """Return an error for each area whose code breaks the rules of the profile."""
    messages = {
        "malformed": "The code does not have the form that the profile requires.",
        "not_under_parent": "The code does not begin with the code of the parent area.",
    }
    faults = []
    for node in new:
        fault_code = profile.code_fault(node.level, node.code, node.parent.code if node.parent else None)
        if fault_code and not (fault_code == "not_under_parent" and node.parent is None):
            faults.append(blocking_finding(f"code_{fault_code}", [node.key], messages[fault_code]))
    return faults


def store(
    session: Session,
    actor: Actor,
    jurisdiction_id: UUID,
    nodes: Sequence[Node],
    *,
    at: datetime,
    reason: str,
    is_active: bool = True,
) -> None:
    """Store a new version of each area. Also store the node of each new area.

    Args:
        is_active: False: the areas are never in force.
    """
    shared = {"jurisdiction_id": jurisdiction_id, "reason": reason}
    shared["recorded_by"] = actor.id if actor.kind is ActorKind.ACCOUNT else None
    versions = [
        {
            "id": uuid7(),
            "area_id": node.id,
            "parent_id": node.parent.id if node.parent else None,
            "level": node.level,
            "code": node.code,
            "name": node.name,
            "wkb": shapely.to_wkb(node.geometry),
            "path": node.path,
            **shared,
        }
        for node in nodes
    ]
    areas = [
        {
            "area_id": node.id,
            "jurisdiction_id": jurisdiction_id,
            "level": node.level,
            "created_at": at,
            "deleted_at": None if is_active else at,
        }
        for node in nodes
        if node.is_new
    ]
    queries.insert_areas(session, areas)
    queries.insert_versions(session, versions, since=at if is_active else None)


def _identity_faults(session: Session, jurisdiction_id: UUID, new: Sequence[Node]) -> list[Finding]:
    """Return an error for each area whose id or code occurs twice in the file or is in use."""
    ids, codes = Counter(node.id for node in new), Counter(node.code for node in new)
    used_ids = queries.used_ids(session, list(ids))
    used_codes = {row["code"] for row in queries.areas_with_codes(session, jurisdiction_id, codes)}
    faults = []
    for node in new:
        if ids[node.id] > 1 or node.id in used_ids:
            faults.append(blocking_finding("id_taken", [node.key], "The id is in use for another area."))
        if codes[node.code] > 1 or node.code in used_codes:
            faults.append(
                blocking_finding(
                    "code_taken", [node.key], f"The code {node.code} is in use for another area."
                )
            )
    return faults


def _fit_level(
    session: Session, jurisdiction_id: UUID, new: Sequence[Node], codes: dict[str, str]
) -> list[Finding]:
    """Return the findings about the new areas of one level, and set their fitted geometries."""
    families: dict[Node | None, list[Node]] = defaultdict(list)
    for node in new:
        families[node.parent].append(node)
    findings: list[Finding] = []
    for parent, members in families.items():
        placed = [node for node in members if node.path]
        siblings = _siblings(session, jurisdiction_id, parent) if placed else []
        codes |= {sibling.key: sibling.code for sibling in siblings}
        is_sound = parent is not None and parent.geometry.is_valid
        parent_outline = parent.outline if parent is not None and is_sound else None
        examination = examine(
            [node.part for node in placed], [sibling.part for sibling in siblings], parent_outline
        )
        for node, part in zip(placed, examination.parts, strict=True):
            node.geometry = part.geometry
        findings += examination.findings
        for node in members:
            if node not in placed:
                findings += examine([node.part], [], None).findings
    return findings


def _siblings(session: Session, jurisdiction_id: UUID, parent: Node | None) -> list[Node]:
    if parent is not None and parent.is_new:
        return []
    return [node_of(r) for r in queries.child_areas(session, jurisdiction_id, parent.id if parent else None)]
