"""Examination of area shapes: faults are located, slivers under a metre are snapped, and each change is reported."""

import math
import time
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.areas.rules.geometry import Examination, Finding, Part, Severity, examine, redraw_findings

# Gudang Street, Hangzhou.
LON, LAT = 120.114, 30.279
METRES_PER_DEGREE = np.array([111_412.84 * math.cos(math.radians(LAT)), 110_860.0])


def degrees(flat: BaseGeometry) -> Any:
    """Put a shape given in metres at Gudang."""
    return shapely.transform(flat, lambda xy: xy / METRES_PER_DEGREE + [LON, LAT])


def metres(placed: BaseGeometry) -> Any:
    return shapely.transform(placed, lambda xy: (xy - [LON, LAT]) * METRES_PER_DEGREE)


def part(key: str, flat: BaseGeometry) -> Part:
    return Part(key, key, degrees(flat))


def square(key: str, x: float, y: float, width: float = 100, height: float = 100) -> Part:
    return part(key, box(x, y, x + width, y + height))


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


Jitter = tuple[float, float]


def jittered(ring: list[tuple[float, float]], random: Random, jitter_m: Jitter) -> Polygon:
    """Draw a ring with each vertex off by up to so much in x and in y."""
    off_x, off_y = jitter_m
    return Polygon([(x + random.uniform(-off_x, off_x), y + random.uniform(-off_y, off_y)) for x, y in ring])


def tiling(n: int, random: Random, jitter_m: Jitter = (0, 0), extra: int = 0) -> list[Part]:
    """Cut a square into n by n bent cells, with the vertices of each off by up to `jitter_m` in its own way.

    `extra` more vertices stand along each edge, at places of each cell's own choice.
    """
    size = 100

    def corner(i: int, j: int) -> tuple[float, float]:
        bend_x, bend_y = (random.uniform(-20, 20) for _ in range(2))
        return i * size + (bend_x if 0 < i < n else 0), j * size + (bend_y if 0 < j < n else 0)

    corners = {(i, j): corner(i, j) for i in range(n + 1) for j in range(n + 1)}

    def cell(i: int, j: int) -> Polygon:
        ring = [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]]
        drawn = []
        for (x, y), (next_x, next_y) in zip(ring, [*ring[1:], ring[0]], strict=True):
            shares = [0.0, *((place + random.uniform(0.2, 0.8)) / extra for place in range(extra))]
            drawn += [(x + (next_x - x) * share, y + (next_y - y) * share) for share in shares]
        return jittered(drawn, random, jitter_m)

    return [part(f"{i}-{j}", cell(i, j)) for i in range(n) for j in range(n)]


def whole(n: int) -> Polygon:
    outline: Polygon = degrees(box(0, 0, n * 100, n * 100))
    return outline


def land_m2(parts: list[Part]) -> float:
    return sum(float(metres(part.geometry).area) for part in parts)


def assert_covers_exactly(parts: list[Part], outline: Polygon) -> None:
    assert all(part.geometry.is_valid for part in parts)
    together = shapely.union_all([part.geometry for part in parts])
    assert metres(together.symmetric_difference(outline)).area < 1e-3
    assert land_m2(parts) == pytest.approx(metres(outline).area, rel=1e-9)


seeds = st.integers(0, 2**32)
sizes = st.integers(1, 5)
# Off in both directions, or along one axis only, so that vertices stay on edges they belong to.
jitters = st.one_of(
    st.tuples(st.floats(0.05, 0.35), st.floats(0.05, 0.35)),
    st.tuples(st.just(0.0), st.floats(0.05, 0.35)),
    st.tuples(st.floats(0.05, 0.35), st.just(0.0)),
)


def test_examination_ignores_parent_with_coordinates_out_of_range() -> None:
    parent = Polygon([(1e308, 0), (1, 0), (1, 1)])
    child = square("a", 0, 0)
    examination = examine([child], [], parent)
    assert (examination.findings, examination.parts) == ([], [child])


@settings(deadline=None)
@given(seeds, sizes, jitters, st.integers(0, 2))
def test_examination_snaps_jitter_under_a_metre_and_reports_it(
    seed: int, n: int, jitter_m: Jitter, extra: int
) -> None:
    drawn = tiling(n, Random(seed), jitter_m, extra)
    examination = examine(drawn, [], whole(n))
    assert shapely.coverage_is_valid(np.array([part.geometry for part in examination.parts]), gap_width=1e-5)
    assert_covers_exactly(examination.parts, whole(n))
    assert set(codes(examination.findings)) == {"sliver_snapped"}
    assert_changes_are_reported(drawn, examination)


def assert_changes_are_reported(drawn: list[Part], examination: Examination) -> None:
    reported = {key for finding in examination.findings for key in finding.keys}
    for before, after in zip(drawn, examination.parts, strict=True):
        assert (before.key, before.code) == (after.key, after.code)
        moved = metres(before.geometry.symmetric_difference(after.geometry)).area > 1e-4
        assert moved == (before.key in reported)
        assert metres(before.geometry).hausdorff_distance(metres(after.geometry)) < 2


@settings(deadline=None)
@given(seeds, st.integers(2, 5), jitters, st.integers(0, 2), st.data())
def test_examination_snaps_new_parts_to_siblings_and_parent(
    seed: int, n: int, jitter_m: Jitter, extra: int, data: st.DataObject
) -> None:
    siblings = tiling(n, Random(seed))
    drawn = {part_drawn.key: part_drawn for part_drawn in tiling(n, Random(seed))}
    redrawn = data.draw(st.sets(st.sampled_from(sorted(drawn)), min_size=1))
    random = Random(seed + 1)
    new = []
    for key in sorted(redrawn):
        ring = shapely.segmentize(metres(drawn[key].geometry).exterior, 150 / (extra + 1)).coords[:-1]
        new.append(part(key, jittered(ring, random, jitter_m)))
    retained = [sibling for sibling in siblings if sibling.key not in redrawn]
    examination = examine(new, retained, whole(n))
    assert set(codes(examination.findings)) == {"sliver_snapped"}
    assert_covers_exactly([*examination.parts, *retained], whole(n))
    assert_changes_are_reported(new, examination)


@settings(deadline=None)
@given(seeds, sizes)
def test_examination_returns_clean_parts_unchanged(seed: int, n: int) -> None:
    drawn = tiling(n, Random(seed))
    examination = examine(drawn, [], whole(n))
    assert examination.findings == []
    assert all(before is after for before, after in zip(drawn, examination.parts, strict=True))


@settings(deadline=None)
@given(seeds, jitters)
def test_examination_is_independent_of_order(seed: int, jitter_m: Jitter) -> None:
    drawn = tiling(3, Random(seed), jitter_m)
    shuffled = Random(seed + 1).sample(drawn, len(drawn))
    shapes = {done.key: done.geometry.normalize() for done in examine(drawn, [], whole(3)).parts}
    other = {done.key: done.geometry.normalize() for done in examine(shuffled, [], whole(3)).parts}
    assert shapes == other


@pytest.mark.parametrize("turned", [False, True])
def test_examination_adopts_sibling_vertices_along_edge(turned: bool) -> None:
    # The sibling's edge bends twice; the new part has a straight edge there.
    sibling = part("old", Polygon([(0, 0), (100, 0), (100.6, 30), (99.5, 70), (100, 100), (0, 100)]))
    drawn = box(100, 0, 200, 100)
    examination = examine([part("new", drawn.reverse() if turned else drawn)], [sibling], None)
    assert only(examination.findings).code == "sliver_snapped"
    assert shapely.coverage_is_valid(np.array([examination.parts[0].geometry, sibling.geometry]))
    assert land_m2([*examination.parts, sibling]) == pytest.approx(20_000, rel=1e-9)


def test_snapping_finding_has_size_width_and_place() -> None:
    finding = only(examine([square("new", 100.5, 0)], [square("old", 0, 0)], None).findings)
    assert (finding.keys, finding.severity) == (("new",), Severity.INFO)
    assert finding.size_m2 == pytest.approx(50, rel=0.001)
    assert finding.width_m == pytest.approx(0.5, rel=0.01)
    assert finding.place is not None
    assert metres(shape(finding.place)).distance(box(100, 0, 100.5, 100)) < 0.01


@pytest.mark.parametrize(("gap_m", "closes"), [(0.9, True), (1.1, False), (5, False)])
def test_examination_closes_only_gaps_below_tolerance(gap_m: float, closes: bool) -> None:
    new = square("new", 100 + gap_m, 0)
    examination = examine([new], [square("old", 0, 0)], None)
    assert (codes(examination.findings) == ["sliver_snapped"]) == closes
    assert (examination.parts[0] is not new) == closes


def test_wide_overlap_is_an_error_and_moves_nothing() -> None:
    new, other = square("new", 95, 0), square("other", 95, 200)
    old = square("old", 0, 0)
    examination = examine([new, other], [old], None)
    finding = only(examination.findings)
    assert (finding.code, finding.keys, finding.severity) == (
        "sibling_overlap",
        ("new", "old"),
        Severity.ERROR,
    )
    assert finding.size_m2 == pytest.approx(500, rel=0.002)
    assert finding.width_m == pytest.approx(5, rel=0.02)
    assert finding.place is not None
    assert metres(shape(finding.place)).symmetric_difference(box(95, 0, 100, 100)).area < 0.01
    assert examination.parts == [new, other]
    assert not examination.is_acceptable


def test_overlap_of_new_parts_is_reported_once() -> None:
    finding = only(examine([square("a", 0, 0), square("b", 90, 0)], [], None).findings)
    assert (finding.code, finding.keys) == ("sibling_overlap", ("a", "b"))


def test_part_inside_another_is_an_overlap() -> None:
    finding = only(examine([square("small", 40, 40, 10, 10)], [square("big", 0, 0)], None).findings)
    assert finding.code == "sibling_overlap"
    assert finding.size_m2 == pytest.approx(100, rel=0.002)


def test_sibling_with_key_of_new_part_is_replaced() -> None:
    assert examine([square("a", 0, 0, 150)], [square("a", 0, 0)], None).findings == []


def test_part_outside_parent_is_an_error() -> None:
    finding = only(examine([square("a", 0, 0, 110)], [], whole(1)).findings)
    assert (finding.code, finding.keys, finding.severity) == ("outside_parent", ("a",), Severity.ERROR)
    assert finding.size_m2 == pytest.approx(1000, rel=0.002)


def test_part_slightly_over_parent_edge_is_snapped_back() -> None:
    examination = examine([square("a", 0, 0, 100.7)], [], whole(1))
    assert codes(examination.findings) == ["sliver_snapped"]
    assert_covers_exactly(examination.parts, whole(1))


def test_self_crossing_ring_is_located_and_gets_repair() -> None:
    bow = part("bow", Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    examination = examine([bow, square("ok", 300, 0)], [], None)
    finding = only(examination.findings)
    assert (finding.code, finding.keys, finding.severity) == ("invalid_ring", ("bow",), Severity.ERROR)
    assert "self-intersection" in finding.message
    assert finding.place is not None and finding.repair is not None
    assert metres(shape(finding.place)).distance(Point(50, 50)) < 0.01
    mended = metres(shape(finding.repair))
    assert mended.is_valid and mended.area == pytest.approx(5000, rel=0.001)
    assert examination.parts[0] is bow


def _not_a_number() -> BaseGeometry:
    with np.errstate(invalid="ignore"):
        return shapely.from_wkt("POLYGON ((120 30, 121 30, 121 nan, 120 30))")


@pytest.mark.parametrize(
    ("geometry", "code", "words"),
    [
        (Polygon(), "empty", "empty"),
        (MultiPolygon(), "empty", "empty"),
        (LineString([(120, 30), (121, 31)]), "not_polygon", "LineString"),
        (box(LAT, LON, LAT + 0.01, LON + 0.01), "coordinates_out_of_range", "swapped"),
        (box(500, 30, 501, 31), "coordinates_out_of_range", "out of range"),
        (_not_a_number(), "coordinates_out_of_range", "out of range"),
        (Point(LON, LAT).buffer(0.01, quad_segs=2501), "too_many_vertices", "10,005"),
    ],
)
def test_invalid_area_shape_is_an_error(geometry: BaseGeometry, code: str, words: str) -> None:
    finding = only(examine([Part("a", "a", geometry)], [square("old", 0, 0)], whole(1)).findings)
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert words in finding.message


def test_swapped_axes_are_detected_from_parent() -> None:
    # Pontianak: both orders are places on Earth, but only one is in the parent.
    parent = box(10, 50, 11, 51)
    finding = only(examine([Part("a", "a", box(50.2, 10.2, 50.4, 10.4))], [], parent).findings)
    assert finding.code == "coordinates_out_of_range" and "swapped" in finding.message


def test_faulty_part_does_not_stop_examination_of_others() -> None:
    parts = [
        part("bad", Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])),
        square("a", 100, 0),
        square("b", 200.4, 0),
    ]
    examination = examine(parts, [], None)
    assert codes(examination.findings) == ["invalid_ring", "sliver_snapped"]


def test_snapping_preserves_multipolygon_and_holes() -> None:
    two = MultiPolygon([box(0, 0, 50, 100), box(200.4, 0, 300, 100)])
    ring = Polygon(
        [(50.3, 0), (200, 0), (200, 100), (50.3, 100)], [[(80, 40), (120, 40), (120, 60), (80, 60)]]
    )
    examination = examine([part("two", two), part("ring", ring)], [], None)
    assert [part.geometry.geom_type for part in examination.parts] == ["MultiPolygon", "Polygon"]
    assert shapely.get_num_interior_rings(examination.parts[1].geometry) == 1
    assert codes(examination.findings) == ["sliver_snapped"]
    assert land_m2(examination.parts) == pytest.approx(30_000 - 800, rel=1e-9)


def test_snapping_to_sibling_preserves_holes() -> None:
    ring = Polygon(
        [(100.3, 0), (200, 0), (200, 100), (100.3, 100)], [[(130, 40), (160, 40), (160, 60), (130, 60)]]
    )
    examination = examine([part("ring", ring)], [square("old", 0, 0)], None)
    assert shapely.get_num_interior_rings(examination.parts[0].geometry) == 1
    assert land_m2(examination.parts) == pytest.approx(10_000 - 600, rel=1e-9)


def test_fitting_part_is_unchanged_when_others_are_repaired() -> None:
    parts = [square("a", 0, 0), square("b", 100.4, 0), square("far", 500, 0), square("farther", 600, 0)]
    examination = examine(parts, [], None)
    assert [part is before for part, before in zip(examination.parts, parts, strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_backward_vertices_along_edge_leave_no_spike() -> None:
    # Both middle vertices belong on the parent's edge, but a few centimetres the wrong way round.
    drawn = part("a", Polygon([(0, 0.3), (50.1, -0.1), (50, 0.2), (100, 0), (100, 100), (0, 100)]))
    examination = examine([drawn], [], whole(1))
    assert codes(examination.findings) == ["sliver_snapped"]
    assert_covers_exactly(examination.parts, whole(1))


def test_part_narrower_than_tolerance_is_reported_unchanged() -> None:
    # All its corners are nearest to those of one sibling, so that closing the gap would make it vanish.
    strip = square("strip", 100.2, 0, 0.1)
    siblings = [square("left", 0, 0), square("right", 101.2, 0, 98.8), square("above", 0, 100, 200)]
    examination = examine([strip], siblings, whole(2))
    assert examination.parts[0] is strip
    assert set(codes(examination.findings)) == {"sliver_remains"}
    assert examination.is_acceptable


def test_unclosable_overlap_is_reported() -> None:
    strip = square("strip", 99.95, 0, 0.1)
    finding = only(examine([strip], [square("old", 0, 0)], None).findings)
    assert (finding.code, finding.keys, finding.severity) == (
        "sliver_remains",
        ("strip", "old"),
        Severity.WARNING,
    )
    assert finding.size_m2 == pytest.approx(5, rel=0.01)


def test_vertex_on_parent_edge_snaps_to_sibling_corner() -> None:
    drawn = part("new", Polygon([(100.4, 0), (200, 0), (200, 100), (99.7, 100)]))
    old = square("old", 0, 0)
    examination = examine([drawn], [old], degrees(box(0, 0, 200, 100)))
    assert codes(examination.findings) == ["sliver_snapped"]
    assert_covers_exactly([*examination.parts, old], degrees(box(0, 0, 200, 100)))


def test_redraw_over_same_land_has_no_findings() -> None:
    old = [square("a", 0, 0), square("b", 100, 0)]
    new = [square("c", 0, 0, 200, 50), square("d", 0, 50, 200, 50)]
    assert redraw_findings(old, new) == []
    assert redraw_findings([], []) == []
    assert codes(redraw_findings(old, [])) == ["land_lost"]


@pytest.mark.parametrize(
    ("height", "code", "keys"), [(90, "land_lost", ("a",)), (110, "land_gained", ("c",))]
)
def test_redraw_that_loses_or_gains_land_is_an_error(height: float, code: str, keys: tuple[str, ...]) -> None:
    old = [square("a", 0, 0), square("b", 100, 0)]
    finding = only(redraw_findings(old, [square("c", 0, 0, 100, height), square("b", 100, 0)]))
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    assert set(keys) <= set(finding.keys)
    assert finding.size_m2 == pytest.approx(1000, rel=0.002)
    assert finding.width_m == pytest.approx(10, rel=0.02)


@settings(deadline=None)
@given(seeds, jitters, st.integers(0, 8))
def test_redraw_reports_lost_part_and_ignores_jitter(seed: int, jitter_m: Jitter, lost: int) -> None:
    old, new = tiling(3, Random(seed)), tiling(3, Random(seed), jitter_m)
    assert redraw_findings(old, new) == []
    finding = only(redraw_findings(old, new[:lost] + new[lost + 1 :]))
    assert (finding.code, old[lost].key in finding.keys) == ("land_lost", True)
    assert finding.size_m2 == pytest.approx(land_m2([old[lost]]), rel=0.05)


def test_examination_of_two_thousand_parts_takes_seconds() -> None:
    drawn = tiling(45, Random(7), (0.3, 0.3), extra=4)
    begun = time.process_time()
    assert_covers_exactly(examine(drawn, [], whole(45)).parts, whole(45))
    assert time.process_time() - begun < 60  # one that compares every two parts takes many minutes
