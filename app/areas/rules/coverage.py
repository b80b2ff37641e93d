"""Audit of current grids: finds land in no grid, in two grids, and outside the parent area.

Geometries are polygons or multipolygons in EPSG:4326, longitude before latitude. New areas with such faults are refused by
`geometry.examine`. Stored areas can still have faults from older rules, restores and manual repairs. Each connected piece of
land is a finding of its own, whose `place` is the outline of the piece.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from app.areas.rules.geometry import Finding, Part, Severity
from app.areas.rules.lengths_and_areas import disk_width_m, land_pieces, sliver_width_m, wide_pieces
from app.areas.rules.plane import Plane

# Borders that are stored to the centimetre differ by less than this. `gridward check` has the same threshold.
MIN_AREA_M2 = 1.0
# A smaller piece is below MIN_AREA_M2 at any latitude: a square degree is at most 12,400 square kilometres.
_MIN_AREA_SQUARE_DEGREES = MIN_AREA_M2 / 1.3e10
# A grid borders on a piece along at least four times this (about 5 cm), which excludes grids that meet it in a corner.
_BORDER_DEGREES = 5e-7
GAP, OVERLAP, SLIVER, OUTSIDE = "gap", "overlap", "sliver", "outside_parent"
_SEVERITY = {
    GAP: Severity.WARNING,
    OVERLAP: Severity.ERROR,
    SLIVER: Severity.INFO,
    OUTSIDE: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Family:
    """A parent area and the grids that should cover it.

    Attributes:
        parts: The grids; may be empty.
    """

    parent: Part
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A finding about grids, together with their parent area.

    Attributes:
        parent: Key of the parent area.
        finding: The finding. Its keys are those of the grids.
    """

    parent: str
    finding: Finding


def flaws(
    families: Sequence[Family], sliver_width_m: float = 1.0, *, of: Collection[str] | None = None
) -> Iterator[Flaw]:
    """Compare grids with each other and with their parents, and yield a finding for each fault.

    Faults are an overlap of two grids, land of the parent in no grid, and land of a grid outside its parent.

    Args:
        sliver_width_m: A piece of land into which no disk of this width fits is reported as a sliver.
        of: Keys of parents: only their findings, which are the same as among those of all parents if the other families have
            all grids whose bounding box touches that of such a parent or of one of its grids. None: all parents.
    """
    parts = [part for family in families for part in family.parts]
    parents = {part.key: family.parent.key for family in families for part in family.parts}
    examined = {family.parent.key for family in families if of is None or family.parent.key in of}
    is_examined = np.array([parents[part.key] in examined for part in parts], dtype=bool)
    shapes = np.array([_land(part) for part in parts], dtype=object)
    shapely.prepare(shapes)
    tree = STRtree(shapes)
    for first, second, land in _overlapping_pairs(shapes, tree, is_examined):
        for piece in _pieces(land):
            overlapping_keys = (parts[first].key, parts[second].key)
            yield Flaw(
                parents[overlapping_keys[0]], _piece_finding(OVERLAP, overlapping_keys, piece, sliver_width_m)
            )
    for family in families:
        if family.parent.key not in examined:
            continue
        parent_shape = _land(family.parent)
        shapely.prepare(parent_shape)
        # Sorted, because the tree's order depends on all grids, and the union's vertices on the order.
        intersecting = (
            np.sort(tree.query(parent_shape, predicate="intersects")) if parts else np.array([], dtype=int)
        )
        for piece in _pieces(parent_shape.difference(shapely.union_all(shapes[intersecting]))):
            bordering_keys = tuple(parts[index].key for index in _bordering(piece, shapes, tree))
            yield Flaw(family.parent.key, _piece_finding(GAP, bordering_keys, piece, sliver_width_m))
        for part in family.parts:
            land = _land(part)
            if not parent_shape.covers(land):
                for piece in _pieces(land.difference(parent_shape)):
                    yield Flaw(family.parent.key, _piece_finding(OUTSIDE, (part.key,), piece, sliver_width_m))


def _land(part: Part) -> BaseGeometry:
    shape = part.geometry
    return shape if shape.is_valid else shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _overlapping_pairs(
    shapes: NDArray[np.object_], tree: STRtree, is_examined: NDArray[np.bool_]
) -> Iterator[tuple[int, int, BaseGeometry]]:
    """Yield (first index, second index, common land) for each two geometries that overlap, if the first is examined."""
    (examined_indexes,) = np.nonzero(is_examined)
    queried, second_indexes = tree.query(shapes[examined_indexes], predicate="intersects")
    first_indexes = examined_indexes[queried]
    first_indexes, second_indexes = (
        first_indexes[first_indexes < second_indexes],
        second_indexes[first_indexes < second_indexes],
    )
    shared = shapely.intersection(shapes[first_indexes], shapes[second_indexes])
    is_wide = shapely.area(shared) > _MIN_AREA_SQUARE_DEGREES
    for first, second, land in zip(
        first_indexes[is_wide], second_indexes[is_wide], shared[is_wide], strict=True
    ):
        yield int(first), int(second), land


def _pieces(land: BaseGeometry) -> list[Polygon]:
    return [
        piece
        for piece in land_pieces(land)
        if piece.area > _MIN_AREA_SQUARE_DEGREES and _m2(piece) > MIN_AREA_M2
    ]


def _m2(piece: Polygon) -> float:
    return float(Plane([piece]).flat(piece).area)


def _bordering(piece: Polygon, shapes: NDArray[np.object_], tree: STRtree) -> list[int]:
    rim = piece.buffer(_BORDER_DEGREES)
    nearby = np.sort(tree.query(rim, predicate="intersects"))
    shared_m2 = shapely.area(shapely.intersection(shapes[nearby], rim))
    return [int(index) for index in nearby[shared_m2 > 4 * _BORDER_DEGREES**2]]


def _piece_finding(kind: str, keys: tuple[str, ...], piece: Polygon, sliver_m: float) -> Finding:
    plane = Plane([piece])
    flat = plane.flat(piece)
    is_wide = bool(wide_pieces(flat, sliver_m))
    width_m = disk_width_m(flat) if is_wide else sliver_width_m(flat)
    finding_kind = kind if is_wide else SLIVER
    return Finding(
        finding_kind,
        keys,
        _SEVERITY[finding_kind],
        f"{kind} of {flat.area:.0f} m2",
        mapping(MultiPolygon([piece])),
        round(float(flat.area), 3),
        round(width_m, 3),
    )
