"""A picture of 640 by 480 pixels on which places and problems are drawn."""

import math
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
# Height of the horizon of the ground, and of the kerb of the road before it.
GROUND, KERB = 300, 410
Colour = tuple[int, int, int]
_JPEG_QUALITY = 74
# About a Gaussian blur of 0.6 pixels, in a third of the time.
_BLUR = 0.25


def shade(colour: Colour, by: int) -> Colour:
    """Return the colour, lighter by `by` (darker if negative)."""
    red, green, blue = (max(0, min(255, part + by)) for part in colour)
    return red, green, blue


@cache
def _dark_corners() -> Image.Image:
    corners = Image.new("L", (WIDTH, HEIGHT), 205)
    ImageDraw.Draw(corners).ellipse((-120, -90, WIDTH + 120, HEIGHT + 90), fill=255)
    light = corners.filter(ImageFilter.GaussianBlur(70))
    return Image.merge("RGB", (light, light, light))


class Canvas:
    """A picture with a random source. Positions are pixels from the upper left corner."""

    def __init__(self, random: Random, background: Colour) -> None:
        self.random = random
        self.image = Image.new("RGB", (WIDTH, HEIGHT), background)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, width: float, height: float, fill: Colour, edge: int = -28) -> None:
        """Draw an upright rectangle with a darker edge; `edge` 0: without."""
        outline = shade(fill, edge) if edge else None
        self._draw.rectangle((x, y, x + width, y + height), fill=fill, outline=outline, width=2)

    def shape(self, points: Iterable[tuple[float, float]], fill: Colour, edge: int = 0) -> None:
        self._draw.polygon(list(points), fill=fill, outline=shade(fill, edge) if edge else None)

    def stroke(self, points: Iterable[tuple[float, float]], fill: Colour, width: int = 3) -> None:
        self._draw.line(list(points), fill=fill, width=width, joint="curve")

    def oval(self, x: float, y: float, width: float, height: float, fill: Colour, edge: int = 0) -> None:
        outline = shade(fill, edge) if edge else None
        self._draw.ellipse((x, y, x + width, y + height), fill=fill, outline=outline, width=3)

    def ring(self, x: float, y: float, radius: float, colour: Colour, width: int = 4) -> None:
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=width)

    def glow(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Lighten a round place, as a lamp does."""
        light = Image.new("RGB", (WIDTH, HEIGHT))
        ImageDraw.Draw(light).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        self._replace(ImageChops.add(self.image, light.filter(ImageFilter.BoxBlur(radius / 3))))

    def darken(self, share: float) -> None:
        """Make the whole picture darker: 0 is black, 1 is as it was."""
        self._replace(self.image.point(lambda value: int(value * share)))

    def haze(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Lay smoke or dust of a colour over a round place."""
        mask = Image.new("L", (WIDTH, HEIGHT))
        ImageDraw.Draw(mask).ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=int(255 * strength)
        )
        layer = Image.new("RGB", (WIDTH, HEIGHT), colour)
        self._replace(Image.composite(layer, self.image, mask.filter(ImageFilter.BoxBlur(radius / 3))))

    def jpeg(self) -> bytes:
        """Return the picture as JPEG, a little blurred and darker at the corners, as phones take them."""
        picture = ImageChops.multiply(self.image, _dark_corners())
        buffer = BytesIO()
        picture.filter(ImageFilter.BoxBlur(_BLUR)).save(buffer, "JPEG", quality=_JPEG_QUALITY)
        return buffer.getvalue()

    def wheel(self, x: float, y: float, radius: float) -> None:
        self.ring(x, y, radius, (46, 46, 48), 4)
        for n in range(3):
            angle = n * math.pi / 3
            ends = [(x + s * radius * math.cos(angle), y + s * radius * math.sin(angle)) for s in (-1, 1)]
            self.stroke(ends, (120, 120, 122), 1)

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
