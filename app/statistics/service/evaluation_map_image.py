"""The map of an evaluation as a PNG image, for the workbook: areas in the colour and pattern of their class."""

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont

# As in `pages/evaluation.css`. The worse the class, the denser the pattern.
BAND_COLOURS = {
    "0": "CD7A7A",
    "1": "E8C3C3",
    "2": "E7E2D6",
    "3": "CDDCD3",
    "4": "8DAF9C",
    "none": "FFFFFF",
}
# Drawn larger and then made smaller: smooth edges.
_SCALE = 2
_MARGIN = 4
# From one line of a pattern to the next, in pixels of the large image.
_STEP = 18
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def map_image(shapes: Mapping[str, Any]) -> io.BytesIO:
    """Return the map as a PNG file.

    Args:
        shapes: `width`, `height` and `regions` (with outline, class and label), in units of the picture.
    """
    size = tuple(round((shapes[side] + 2 * _MARGIN) * _SCALE) for side in ("width", "height"))
    image = Image.new("RGB", (size[0], size[1]), "white")
    patterns = _patterns(image.size)
    draw = ImageDraw.Draw(image)
    for region in shapes["regions"]:
        area = Image.new("1", image.size)
        for ring in rings(region.path):
            one_ring = Image.new("1", image.size)
            ImageDraw.Draw(one_ring).polygon(ring, fill=1)
            # A ring within another one is a hole.
            area = ImageChops.logical_xor(area, one_ring)
        image.paste(f"#{BAND_COLOURS[region.band]}", mask=area)
        if region.band in patterns:
            image.paste("#111111", mask=ImageChops.logical_and(area, patterns[region.band]))
        for ring in rings(region.path):
            draw.line([*ring, ring[0]], fill="#14181B", width=3)
    font = ImageFont.load_default(size=15 * _SCALE)
    for region in shapes["regions"]:
        place = (round((region.x + _MARGIN) * _SCALE), round((region.y + _MARGIN) * _SCALE))
        draw.text(
            place, region.label, fill="#111111", font=font, anchor="mm", stroke_width=4, stroke_fill="white"
        )
    file = io.BytesIO()
    image.resize((size[0] // _SCALE, size[1] // _SCALE), Image.Resampling.BOX).save(file, "PNG")
    file.seek(0)
    return file


def rings(path: str) -> list[list[tuple[float, float]]]:
    """Return the rings of an SVG path of PostGIS (ST_AsSVG with absolute coordinates), in pixels of the large image."""
    drawn = []
    for part in path.split("M")[1:]:
        numbers = [(float(number) + _MARGIN) * _SCALE for number in _NUMBER.findall(part)]
        ring = list(zip(numbers[::2], numbers[1::2], strict=True))
        if len(ring) > 2:
            drawn.append(ring)
    return drawn


def _patterns(size: tuple[int, int]) -> dict[str, Image.Image]:
    """Return the pattern of each class as a mask: crossed, slanted and level lines, and dots."""
    masks = {band: Image.new("1", size) for band in "0123"}
    drawn = {band: ImageDraw.Draw(mask) for band, mask in masks.items()}
    width, height = size
    for start in range(-height, width, _STEP):
        for band in "01":
            drawn[band].line([(start, height), (start + height, 0)], fill=1, width=2)
        drawn["0"].line([(start, 0), (start + height, height)], fill=1, width=2)
    for y in range(0, height, _STEP):
        drawn["2"].line([(0, y), (width, y)], fill=1, width=2)
        for x in range(0, width, _STEP):
            drawn["3"].ellipse([x, y, x + 4, y + 4], fill=1)
    return masks
