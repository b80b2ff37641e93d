"""Audit of how grids cover their parents: a square cut at random, with planted faults of known area."""

from collections import Counter

import pytest
import shapely
from hypothesis import assume, given, note
from hypothesis import strategies as st
from shapely import Polygon, box
from shapely.affinity import translate
from shapely.geometry import shape

from app.areas.rules.coverage import GAP, MIN_AREA_M2, OUTSIDE, OVERLAP, SLIVER, Family, flaws
from app.areas.rules.geometry import Part
from app.areas.rules.plane import Plane

SOUTH_WEST = (120.1, 30.27)
WIDTH_M = 600.0
FRAME = box(SOUTH_WEST[0], SOUTH_WEST[1], SOUTH_WEST[0] + 0.00624, SOUTH_WEST[1] + 0.00541)
PLANE = Plane([FRAME])


def part(key: str, geometry: shapely.Geometry) -> Part:
    return Part(key, key, geometry)


def degrees(west: float, south: float, east: float, north: float) -> Polygon:
    """A box in metres from the middle of the frame."""
    return PLANE.round(box(west, south, east, north))


def audit(parts: list[Part], *, around: shapely.Geometry = FRAME, sliver_m: float = 1.0) -> list:
    return [flaw.finding for flaw in flaws([Family(part("frame", around), parts)], sliver_m)]


# Corners of a lattice in metres, inner ones moved at random: cells of four corners without gaps or overlaps.
@st.composite
def cut(draw: st.DrawFn) -> list[list[Polygon]]:
    across, down = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    flat = PLANE.flat(FRAME)
    west, south, east, north = flat.bounds
    step_x, step_y = (east - west) / across, (north - south) / down
    moved = st.floats(-0.3, 0.3, allow_nan=False)

    def corner(i: int, j: int) -> tuple[float, float]:
        inner_x, inner_y = 0 < i < across, 0 < j < down
        x = west + (i + (draw(moved) if inner_x else 0)) * step_x
        y = south + (j + (draw(moved) if inner_y else 0)) * step_y
        return x, y

    corners = [[corner(i, j) for j in range(down + 1)] for i in range(across + 1)]
    return [
        [
            PLANE.round(Polygon([corners[i][j], corners[i + 1][j], corners[i + 1][j + 1], corners[i][j + 1]]))
            for j in range(down)
        ]
        for i in range(across)
    ]


def named(cells: list[list[Polygon]]) -> list[Part]:
    return [part(f"{i}.{j}", cell) for i, column in enumerate(cells) for j, cell in enumerate(column)]


def area_m2(geometry: shapely.Geometry) -> float:
    return float(PLANE.flat(geometry).area)


@given(cut())
def test_coverage_audit_reports_nothing_for_fitting_cells(cells: list[list[Polygon]]) -> None:
    assert audit(named(cells)) == []


@given(cut(), st.data())
def test_coverage_audit_reports_planted_fault_with_its_area(
    cells: list[list[Polygon]], data: st.DataObject
) -> None:
    parts = named(cells)
    assume(len(parts) >= 2)
    victim = data.draw(st.integers(0, len(parts) - 1), label="victim")
    kind = data.draw(st.sampled_from((GAP, OVERLAP, SLIVER)), label="kind")
    whole = parts[victim].geometry
    middle = PLANE.flat(whole).representative_point()
    size = data.draw(st.floats(3, 20), label="size")
    narrow = data.draw(st.floats(0.1, 0.8), label="narrow")
    planted = degrees(
        middle.x - size / 2,
        middle.y - (narrow if kind == SLIVER else size) / 2,
        middle.x + size / 2,
        middle.y + (narrow if kind == SLIVER else size) / 2,
    )
    assume(whole.contains(planted) and area_m2(planted) > 1.2 * MIN_AREA_M2)
    is_hole = kind == GAP or (kind == SLIVER and data.draw(st.booleans(), label="is a gap"))
    if is_hole:
        parts[victim] = part(parts[victim].key, whole.difference(planted))
        keys = {parts[victim].key}
    else:
        # Another cell covers it too.
        other = (victim + 1) % len(parts)
        keys = {parts[victim].key, parts[other].key}
        parts[other] = part(parts[other].key, shapely.MultiPolygon([parts[other].geometry, planted]))
    [finding] = audit(parts)
    note(finding)
    assert (finding.code, set(finding.keys)) == (kind, keys)
    assert finding.size_m2 == pytest.approx(area_m2(planted), rel=1e-3, abs=0.01)
    assert shape(finding.place).symmetric_difference(planted).area < 1e-13


@given(cut(), st.data())
def test_coverage_audit_reports_removed_cell_as_gap(cells: list[list[Polygon]], data: st.DataObject) -> None:
    parts = named(cells)
    gone = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
    [finding] = audit(parts)
    assert finding.code == GAP
    assert finding.size_m2 == pytest.approx(area_m2(gone.geometry), rel=1e-3)
    # Those that border on it, and not those that meet it in a corner.
    i, j = map(int, gone.key.split("."))
    sides = {f"{i - 1}.{j}", f"{i + 1}.{j}", f"{i}.{j - 1}", f"{i}.{j + 1}"}
    assert set(finding.keys) == sides & {p.key for p in parts}


@given(cut(), st.floats(0.00002, 0.0002), st.booleans())
def test_coverage_audit_reports_equal_gap_and_outside_for_shifted_cells(
    cells: list[list[Polygon]], by: float, is_north: bool
) -> None:
    moved = [
        part(p.key, translate(p.geometry, 0 if is_north else by, by if is_north else 0)) for p in named(cells)
    ]
    kinds = Counter[str]()
    for finding in audit(moved):
        kinds[finding.code] += finding.size_m2
    expected = area_m2(FRAME.difference(translate(FRAME, 0 if is_north else by, by if is_north else 0)))
    assert kinds.keys() == {GAP, OUTSIDE}
    assert kinds[GAP] == pytest.approx(expected, rel=1e-3)
    assert kinds[OUTSIDE] == pytest.approx(expected, rel=1e-3)


def test_coverage_audit_reports_overlap_across_parents() -> None:
    west, east = degrees(-200, -50, 0, 50), degrees(0, -50, 200, 50)
    over = degrees(-10, -50, 200, 50)
    families = [Family(part("w", west), [part("w1", west)]), Family(part("e", east), [part("e1", over)])]
    sizes = {
        (flaw.parent, flaw.finding.code, flaw.finding.keys): flaw.finding.size_m2 for flaw in flaws(families)
    }
    assert sizes.keys() == {("w", OVERLAP, ("w1", "e1")), ("e", OUTSIDE, ("e1",))}
    assert list(sizes.values()) == pytest.approx([1000, 1000], rel=1e-3)


def test_coverage_audit_reports_parent_without_grids_as_one_gap() -> None:
    [finding] = audit([])
    assert (finding.code, finding.keys) == (GAP, ())
    assert finding.size_m2 == pytest.approx(area_m2(FRAME), rel=1e-4)


def test_coverage_audit_reports_no_gap_when_neighbour_covers_it() -> None:
    west, east = degrees(-200, -50, 0, 50), degrees(0, -50, 200, 50)
    families = [
        Family(part("w", west), [part("w1", degrees(-200, -50, 100, 50))]),
        Family(part("e", east), [part("e1", degrees(100, -50, 200, 50))]),
    ]
    assert [(flaw.parent, flaw.finding.code) for flaw in flaws(families)] == [("w", OUTSIDE)]


def test_coverage_audit_repairs_invalid_shape() -> None:
    bow_tie = Polygon([(120.1, 30.27), (120.101, 30.271), (120.101, 30.27), (120.1, 30.271)])
    assert not bow_tie.is_valid
    kinds = {finding.code for finding in audit([part("a", bow_tie)], around=box(*bow_tie.bounds))}
    assert kinds == {GAP}


def test_coverage_audit_ignores_rounding_slivers() -> None:
    half = (FRAME.bounds[0] + FRAME.bounds[2]) / 2
    west = box(FRAME.bounds[0], FRAME.bounds[1], half - 1e-8, FRAME.bounds[3])
    east = box(half, FRAME.bounds[1], FRAME.bounds[2], FRAME.bounds[3])
    assert audit([part("w", west), part("e", east)]) == []
