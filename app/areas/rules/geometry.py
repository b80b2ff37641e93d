"""Examination of the geometry of areas before they are stored: faults and slivers.

Geometries are polygons or multipolygons in EPSG:4326, longitude before latitude; widths and areas are metres and square
metres in a local plane. A sliver is a narrow gap or overlap. `examine` compares new geometries with their siblings and
their parent; `redraw_findings` compares a set of siblings before and after a redraw.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Point, Polygon, STRtree
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from app.areas.rules.lengths_and_areas import disk_width_m, land_pieces, sliver_width_m, wide_pieces
from app.areas.rules.plane import Plane
from app.areas.rules.snapping import Shape, repaired, snapped

MAX_VERTICES = 10_000
_UNMOVED_M2 = 1e-5
_SLIVER_REMAINDER_M2 = 0.01
_TOUCHING_M = 0.001
_CRUMB_SQUARE_DEGREES = 1e-13


class Severity(StrEnum):
    """Severity of a finding: error forbids storing, warning needs a review, info only reports."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


# Faults of shapes that cover land anyway, and so can be stored inactive and repaired later.
SHAPE_FAULTS = frozenset({"invalid_ring", "sibling_overlap", "outside_parent"})


@dataclass(frozen=True, slots=True)
class Part:
    """A new or stored area in the form that `examine` compares.

    Attributes:
        key: Identifies the area among the compared areas. Codes may occur twice.
    """

    key: str
    code: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or a change found in the geometry of areas, with the keys of these areas.

    Attributes:
        place: GeoJSON geometry (EPSG:4326) that shows where the finding is.
        repair: GeoJSON geometry (EPSG:4326) that is proposed instead. It is never applied automatically.
    """

    code: str
    keys: tuple[str, ...]
    severity: Severity
    message: str
    place: dict[str, Any] | None = None
    size_m2: float | None = None
    width_m: float | None = None
    repair: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """Result of `examine`: the new areas with their slivers closed, and the findings."""

    parts: list[Part]
    findings: list[Finding]

    @property
    def is_acceptable(self) -> bool:
        """Return True if no finding is an error, so that the new areas may be stored."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def examine(
    new: Sequence[Part], siblings: Sequence[Part], parent: Shape | None, tolerance_m: float = 1.0
) -> Examination:
    """Return the findings about new parts, and these parts with their slivers closed.

    Slivers are closed between new parts, siblings and the parent's edge. Only new parts are changed: siblings and the parent
    are assumed to be valid. A part with an error is returned unchanged, and no other part is fitted to it.

    Args:
        siblings: Stored areas beside the new parts. A sibling with the key of a new part is ignored, as that part replaces it.
        parent: The parent area. If its coordinates are no degrees, this is a finding, and the parent is ignored.
        tolerance_m: The width up to which a gap or an overlap is a sliver.
    """
    if parent is not None and not _is_measurable(parent):
        parent = None
    replaced_keys = {part.key for part in new}
    siblings = [part for part in siblings if part.key not in replaced_keys]
    findings = [finding for part in new for finding in _own_faults(part, parent)]
    measurable = _without_faulty(new, findings)
    if not measurable:
        return Examination(list(new), findings)
    plane = Plane([part.geometry for part in [*measurable, *siblings]] + ([parent] if parent else []))
    flat = {part.key: _flat_land(part, plane) for part in measurable}
    sibling_shapes = [(part.key, _flat_land(part, plane)) for part in siblings]
    parent_shape = plane.flat(parent) if parent else None

    findings += _overlaps([*flat.items()], sibling_shapes, plane, tolerance_m)
    if parent_shape is not None:
        findings += _outside(flat, parent_shape, plane, tolerance_m)
    fittable = sorted(_without_faulty(measurable, findings), key=lambda part: (part.code, part.key))
    fixed = [shape for _, shape in sibling_shapes] + ([parent_shape] if parent_shape is not None else [])
    fitted = dict(
        zip(
            [part.key for part in fittable],
            snapped([flat[part.key] for part in fittable], fixed, tolerance_m),
            strict=True,
        )
    )
    findings += _closed_slivers(flat, fitted, plane)
    findings += _remaining_slivers(fitted, sibling_shapes, parent_shape, plane, tolerance_m)
    return Examination([_as_fitted(part, flat, fitted, plane) for part in new], findings)


def redraw_findings(old: Sequence[Part], new: Sequence[Part], tolerance_m: float = 1.0) -> list[Finding]:
    """Return an error for each piece of land that a set of siblings loses or gains in a redraw.

    Args:
        tolerance_m: Narrower pieces are not reported.
    """
    if not old and not new:
        return []
    plane = Plane([part.geometry for part in [*old, *new]])
    before = shapely.union_all([plane.flat(part.geometry) for part in old])
    after = shapely.union_all([plane.flat(part.geometry) for part in new])
    return [
        *_land_difference(
            "land_lost", "was in an area before and would be in none", before, after, old, plane, tolerance_m
        ),
        *_land_difference("land_gained", "was in no area before", after, before, new, plane, tolerance_m),
    ]


def _flat_land(part: Part, plane: Plane) -> Shape:
    if not isinstance(part.geometry, (Polygon, MultiPolygon)):
        raise TypeError(f"{part.key} is a {part.geometry.geom_type}, not land")
    return plane.flat(part.geometry)


def _as_fitted(part: Part, flat: dict[str, Shape], fitted: dict[str, Shape], plane: Plane) -> Part:
    shape = fitted.get(part.key)
    if shape is None or shape.normalize().equals_exact(flat[part.key].normalize(), 0):
        return part
    # A vertex that was moved onto a sibling's edge lies on it only up to rounding, which can make the ring cross itself.
    rounded = repaired(plane.round(shape), _CRUMB_SQUARE_DEGREES)
    return part if rounded is None else replace(part, geometry=shapely.orient_polygons(rounded))


# --- one part by itself ---------------------------------------------------------------------


def _own_faults(part: Part, parent: BaseGeometry | None) -> Iterator[Finding]:
    shape = part.geometry
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        yield _error(part, "not_polygon", f"A {shape.geom_type} cannot be an area.")
    elif shape.is_empty:
        yield _error(part, "empty", "The shape is empty.")
    elif not _is_measurable(shape):
        hint = " Longitude and latitude seem to be swapped." if _is_on_earth(_swapped(shape.bounds)) else ""
        yield _error(part, "coordinates_out_of_range", f"The coordinates are out of range.{hint}")
    elif shapely.get_num_coordinates(shape) > MAX_VERTICES:
        count = int(shapely.get_num_coordinates(shape))
        yield _error(
            part,
            "too_many_vertices",
            f"The shape has {count:,} vertices; at most {MAX_VERTICES:,} are allowed.",
        )
    elif not shape.is_valid:
        yield _invalid_ring(part)
    elif parent is not None and _overlaps_parent_only_when_swapped(shape, parent):
        yield _error(
            part,
            "coordinates_out_of_range",
            "The area is far from its parent area. Longitude and latitude seem to be swapped.",
        )


def _error(part: Part, code: str, message: str) -> Finding:
    return Finding(code, (part.key,), Severity.ERROR, message)


def _is_measurable(shape: BaseGeometry) -> bool:
    return bool(np.isfinite(shapely.get_coordinates(shape)).all()) and _is_on_earth(shape.bounds)


def _is_on_earth(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _swapped(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    return south, west, north, east


def _overlaps_parent_only_when_swapped(shape: BaseGeometry, parent: BaseGeometry) -> bool:
    parent_box = shapely.box(*parent.bounds)
    swapped = shapely.box(*_swapped(shape.bounds))
    return not parent_box.intersects(shapely.box(*shape.bounds)) and bool(parent_box.intersects(swapped))


def _invalid_ring(part: Part) -> Finding:
    reason = shapely.is_valid_reason(part.geometry)
    location = re.fullmatch(r"(.*)\[(\S+) (\S+)\]", reason)
    repaired = [
        piece
        for piece in shapely.get_parts(shapely.make_valid(part.geometry))
        if piece.geom_type.endswith("Polygon")
    ]
    return Finding(
        "invalid_ring",
        (part.key,),
        Severity.ERROR,
        f"The outline is not valid: {(location[1] if location else reason).lower()}.",
        place=mapping(Point(float(location[2]), float(location[3]))) if location else None,
        repair=mapping(shapely.union_all(repaired)) if repaired else None,
    )


def _without_faulty(parts: Sequence[Part], findings: Sequence[Finding]) -> list[Part]:
    faulty = {key for finding in findings if finding.severity is Severity.ERROR for key in finding.keys}
    return [part for part in parts if part.key not in faulty]


# --- parts beside each other ----------------------------------------------------------------

_Keyed = Sequence[tuple[str, Shape]]


def _overlaps(new: _Keyed, siblings: _Keyed, plane: Plane, tolerance_m: float) -> Iterator[Finding]:
    for keys, shared in _shared_land(new, siblings):
        pieces = wide_pieces(shared, tolerance_m)
        if pieces:
            yield _measured_finding(
                "sibling_overlap", keys, Severity.ERROR, "Two areas overlap.", pieces, plane
            )


def _shared_land(new: _Keyed, siblings: _Keyed) -> Iterator[tuple[tuple[str, str], BaseGeometry]]:
    """Yield (keys of two areas, common land) for each overlap of a new area with another area."""
    shapes_by_key = [*new, *siblings]
    shapes = np.array([shape for _, shape in shapes_by_key], dtype=object)
    first_indexes, second_indexes = STRtree(shapes).query(shapes[: len(new)], predicate="intersects")
    first_indexes, second_indexes = (
        first_indexes[first_indexes < second_indexes],
        second_indexes[first_indexes < second_indexes],
    )
    shared = shapely.intersection(shapes[first_indexes], shapes[second_indexes])
    covers_land = shapely.area(shared) > 0
    for first, second, land in zip(
        first_indexes[covers_land], second_indexes[covers_land], shared[covers_land], strict=True
    ):
        yield (shapes_by_key[first][0], shapes_by_key[second][0]), land


def _outside(
    flat: dict[str, Shape], parent_shape: Shape, plane: Plane, tolerance_m: float
) -> Iterator[Finding]:
    shapely.prepare(parent_shape)
    for key, shape in flat.items():
        if not parent_shape.covers(shape):
            pieces = wide_pieces(shape.difference(parent_shape), tolerance_m)
            if pieces:
                yield _measured_finding(
                    "outside_parent",
                    (key,),
                    Severity.ERROR,
                    "The area extends beyond its parent area.",
                    pieces,
                    plane,
                )


def _closed_slivers(flat: dict[str, Shape], fitted: dict[str, Shape], plane: Plane) -> Iterator[Finding]:
    for key, shape in fitted.items():
        pieces = land_pieces(shape.symmetric_difference(flat[key]))
        if sum(piece.area for piece in pieces) > _UNMOVED_M2:
            message = "The border was moved to close narrow gaps or overlaps."
            yield _measured_finding(
                "sliver_snapped", (key,), Severity.INFO, message, pieces, plane, sliver_width_m
            )


def _remaining_slivers(
    fitted: dict[str, Shape], siblings: _Keyed, parent_shape: Shape | None, plane: Plane, tolerance_m: float
) -> Iterator[Finding]:
    """Yield a finding for each narrow overlap or gap that snapping could not close."""
    message = "A narrow gap or overlap could not be closed."
    for pair, shared in _shared_land([*fitted.items()], siblings):
        if shared.area > _SLIVER_REMAINDER_M2:
            pieces = land_pieces(shared)
            yield _measured_finding(
                "sliver_remains", pair, Severity.WARNING, message, pieces, plane, sliver_width_m
            )
    covered = shapely.union_all([*fitted.values(), *(shape for _, shape in siblings)])
    expected = parent_shape if parent_shape is not None else _without_holes(covered)
    keys, shapes = list(fitted), np.array(list(fitted.values()), dtype=object)
    tree = STRtree(shapes)
    for piece in land_pieces(expected.symmetric_difference(covered)):
        touching = tuple(keys[index] for index in sorted(tree.query(piece, "dwithin", distance=_TOUCHING_M)))
        if piece.area > _SLIVER_REMAINDER_M2 and touching and not wide_pieces(piece, tolerance_m):
            yield _measured_finding(
                "sliver_remains", touching, Severity.WARNING, message, [piece], plane, sliver_width_m
            )


def _without_holes(shape: BaseGeometry) -> BaseGeometry:
    return shapely.union_all([Polygon(polygon.exterior) for polygon in land_pieces(shape)])


# --- the land of all parts together ---------------------------------------------------------


def _land_difference(
    code: str,
    change: str,
    covered: BaseGeometry,
    missing_from: BaseGeometry,
    owners_of_land: Sequence[Part],
    plane: Plane,
    tolerance_m: float,
) -> Iterator[Finding]:
    for piece in wide_pieces(covered.difference(missing_from), tolerance_m):
        keys = tuple(part.key for part in owners_of_land if plane.flat(part.geometry).intersects(piece))
        yield _measured_finding(code, keys, Severity.ERROR, f"This land {change}.", [piece], plane)


# --- measuring ------------------------------------------------------------------------------


def _measured_finding(
    code: str,
    keys: tuple[str, ...],
    severity: Severity,
    message: str,
    pieces: Sequence[Polygon],
    plane: Plane,
    width_m: Callable[[Polygon], float] = disk_width_m,
) -> Finding:
    """Return a finding about pieces of land, with their total size and greatest width.

    `place` is the union of the pieces if they are wide (`width_m` is `disk_width_m`), else a point in the largest piece.
    """
    largest = max(pieces, key=lambda piece: float(piece.area))
    is_wide = width_m is disk_width_m
    place = shapely.union_all(list(pieces)) if is_wide else largest.representative_point()
    size_m2 = round(sum(float(piece.area) for piece in pieces), 3)
    return Finding(
        code,
        keys,
        severity,
        message,
        mapping(plane.round(place)),
        size_m2,
        round(max(map(width_m, pieces)), 3),
    )
