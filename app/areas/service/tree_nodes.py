"""Areas as nodes of the division tree, and the search for the parent of a new area.

The parent of a new area is either in the same file or already stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas.queries import areas as queries
from app.areas.rules.geometry import Finding, Part
from app.areas.service.findings import blocking_finding
from app.core.ids import uuid7
from app.profiles.rules.profile import Profile


@dataclass(slots=True, eq=False)
class Node:
    """An area as a node of the division tree, either new or stored.

    The `parent`, the `path` and the final `geometry` of a new area are set during the examination.
    """

    id: UUID
    level: str
    code: str
    name: dict[str, str]
    geometry: BaseGeometry
    path: str = ""
    parent: "Node | None" = None
    parent_code: str | None = None
    is_new: bool = False

    @property
    def key(self) -> str:
        """Return the id as text. `examine` uses it as the key of the area."""
        return str(self.id)

    @property
    def outline(self) -> Polygon | MultiPolygon:
        """Return the geometry, typed as a polygon or multipolygon.

        Call it after the examination, which refuses all other types of geometry.
        """
        return cast(Polygon | MultiPolygon, self.geometry)

    @property
    def part(self) -> Part:
        """Return the area in the form that `examine` needs."""
        return Part(self.key, self.code, self.geometry)

    @property
    def ref(self) -> dict[str, Any]:
        """Return id, code, name and level of the area, as responses of the API show them."""
        return {"id": self.id, "code": self.code, "name": self.name, "level": self.level}

    def attach_to(self, parent: "Node | None") -> None:
        """Set the parent of the area, and the tree path below the path of the parent.

        Args:
            parent: None: the area is at the top of the tree.
        """
        self.parent = parent
        self.path = f"{parent.path}.{self.id.hex}" if parent else self.id.hex


def node_of(row: RowMapping) -> Node:
    """Return a stored area, given as a database row, as a node."""
    return Node(
        row["area_id"], row["level"], row["code"], row["name"], shapely.from_wkb(row["wkb"]), row["path"]
    )


def new_nodes(features: Iterable[dict[str, Any]]) -> list[Node]:
    """Convert GeoJSON features to nodes of new areas.

    Args:
        features: With shapely geometries.
    """
    return [
        Node(
            id=feature.get("id") or uuid7(),
            level=feature["properties"]["level"],
            code=feature["properties"]["code"],
            name=feature["properties"]["name"],
            geometry=feature["geometry"],
            parent_code=feature["properties"].get("parent_code"),
            is_new=True,
        )
        for feature in features
    ]


def attach_to_parents(
    session: Session, jurisdiction_id: UUID, profile: Profile, new: Sequence[Node]
) -> list[Finding]:
    """Attach each new area to its parent; return an error for each area without a valid parent.

    Areas of the highest level come first. The parent is found by its code or by the position of the area.
    """
    candidates = _ParentCandidates(session, jurisdiction_id, new)
    faults: list[Finding] = []
    for level in profile.levels:
        parent_level = profile.level_above(level.level)
        for node in new:
            if node.level == level.level:
                faults += _attach(candidates, node, parent_level.level if parent_level else None)
    return faults


def _attach(candidates: "_ParentCandidates", node: Node, level_above: str | None) -> Iterable[Finding]:
    if level_above is None:
        node.attach_to(None)
        if node.parent_code:
            yield blocking_finding("parent_wrong_level", [node.key], f"A {node.level} has no parent area.")
        return
    if node.parent_code:
        parent = candidates.with_code(node.parent_code)
        if parent is None:
            yield blocking_finding(
                "parent_unknown", [node.key], f"There is no area with the code {node.parent_code}."
            )
        elif parent.level != level_above:
            message = f"The parent area of a {node.level} is a {level_above}, not a {parent.level}."
            yield blocking_finding("parent_wrong_level", [node.key], message)
            parent = None
    else:
        parent = candidates.covering(node.geometry, level_above)
        if parent is None:
            yield blocking_finding(
                "parent_unknown", [node.key], f"There is no {level_above} at the place of the area."
            )
    if parent is not None:
        node.attach_to(parent)


class _ParentCandidates:
    """The areas that can be parents of new areas: those of the same file and those stored.

    The areas of the file are searched first.
    """

    def __init__(self, session: Session, jurisdiction_id: UUID, new: Sequence[Node]) -> None:
        self._session = session
        self._jurisdiction_id = jurisdiction_id
        self._new = new
        parent_codes = {node.parent_code for node in new if node.parent_code}
        self._stored: dict[UUID, Node] = {}
        self._by_code: dict[str, Node] = {}
        for row in queries.areas_with_codes(session, jurisdiction_id, parent_codes):
            self._by_code[row["code"]] = self._store(row)
        for node in reversed(new):
            self._by_code[node.code] = node

    def with_code(self, code: str) -> Node | None:
        """Return the candidate with this code, or None."""
        return self._by_code.get(code)

    def covering(self, geometry: BaseGeometry, level: str) -> Node | None:
        """Return the candidate of a level that covers a point inside `geometry`, or None."""
        point = shapely.make_valid(geometry).representative_point()
        candidates = [node for node in self._new if node.level == level]
        for node in sorted(candidates, key=lambda node: node.code):
            if shapely.make_valid(node.geometry).covers(point):
                return node
        area_id = queries.covering_area_id(
            self._session, self._jurisdiction_id, level, lon=point.x, lat=point.y
        )
        if area_id is None:
            return None
        return self._stored.get(area_id) or self._store(queries.current_areas(self._session, [area_id])[0])

    def _store(self, row: RowMapping) -> Node:
        node = self._stored[row["area_id"]] = node_of(row)
        return node
