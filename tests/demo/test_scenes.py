"""The drawn pictures of the demo, and the findings that they belong to."""

from io import BytesIO

from PIL import Image, ImageChops

from app.demo.matters import FINDINGS
from app.demo.scenes import SCENES, draw
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile
from tests.nonempty import nonempty


def test_each_category_has_findings_with_a_picture_that_fits():
    categories = set(parse_profile(packaged_profile("xihu")).taxonomy.categories) - {"E0690"}
    assert categories == set(FINDINGS)
    pictured = {finding.scene for findings in FINDINGS.values() for finding in findings}
    assert pictured <= set(SCENES) and len(pictured) >= 80
    # Rubbish is shown for rubbish only.
    for code, findings in nonempty(FINDINGS.items()):
        assert code == "E0102" or not any(finding.scene.startswith("bags") for finding in findings)


def test_all_scenes_are_different_pictures():
    pictures = {draw(scene, 0, is_after=False) for scene in SCENES}
    assert len(pictures) == len(SCENES) >= 40
    assert draw("flood_street", 1, is_after=False) == draw("flood_street", 1, is_after=False)
    assert draw("flood_street", 1, is_after=False) != draw("flood_street", 2, is_after=False)


def test_scene_before_and_after_show_one_place_that_differs_by_the_problem():
    for scene in ("bags_street", "bicycles", "pothole", "sewage", "fire_lane_car"):
        before, after = (Image.open(BytesIO(draw(scene, 1, is_after=is_after))) for is_after in (False, True))
        assert before.size == after.size == (640, 480)
        # The same place: what lies above the ground is as it was.
        rows = [
            ImageChops.difference(*(p.crop(part) for p in (before, after))).getextrema()
            for part in ((0, 0, 640, 180), (0, 240, 640, 480))
        ]
        assert max(high for _, high in rows[0]) < 40 < max(high for _, high in rows[1])
