"""Small drawn pictures of places with a problem, and of the same places without it. Pure."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 480
_GROUND = 300
_SKIES = ((199, 214, 224), (212, 217, 219), (190, 207, 222))
_WALLS = ((222, 211, 193), (205, 200, 190), (214, 196, 182), (196, 203, 201))
_BAGS = ((52, 56, 62), (70, 92, 76), (112, 116, 122), (88, 104, 128))
_BOXES = ((168, 132, 92), (184, 150, 108), (150, 118, 84))
_ROAD, _PAVING, _JOINT = (118, 120, 122), (176, 174, 168), (206, 204, 196)
Draw = ImageDraw.ImageDraw


def scene(category: str, random: Random, *, is_after: bool) -> bytes:
    """Draw a picture (JPEG) of a place with a problem. With `is_after` the problem is solved.

    The same state of `random` draws the same place.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), random.choice(_SKIES))
    draw = ImageDraw.Draw(picture)
    _draw_street(draw, random)
    if not is_after:
        _matter_drawer(category)(draw, random)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _draw_street(draw: Draw, random: Random) -> None:
    wall = random.choice(_WALLS)
    top = random.randint(60, 110)
    left, right = random.randint(-60, 40), random.randint(430, 720)
    draw.rectangle((left, top, right, _GROUND), fill=wall)
    shade = tuple(part - 38 for part in wall)
    for column in range(left + 34, right - 60, 92):
        for row in range(top + 26, _GROUND - 70, 84):
            draw.rectangle((column, row, column + 46, row + 52), fill=(116, 134, 146), outline=shade, width=3)
            draw.line((column + 23, row, column + 23, row + 52), fill=shade, width=2)
    draw.rectangle((0, _GROUND, WIDTH, HEIGHT), fill=_PAVING)
    for across in range(-200, WIDTH + 200, 64):
        draw.line((WIDTH // 2 + (across - WIDTH // 2) // 2, _GROUND, across, 410), fill=_JOINT, width=2)
    draw.line((0, 350, WIDTH, 350), fill=_JOINT, width=2)
    draw.rectangle((0, 410, WIDTH, HEIGHT), fill=_ROAD)
    draw.line((0, 410, WIDTH, 410), fill=(150, 150, 148), width=6)
    trunk = random.randint(520, 600)
    draw.rectangle((trunk, 190, trunk + 16, _GROUND + 26), fill=(104, 84, 66))
    for _ in range(9):
        x, y, r = trunk + random.randint(-52, 56), random.randint(96, 190), random.randint(26, 44)
        draw.ellipse(
            (x - r, y - r, x + r, y + r), fill=(random.randint(76, 100), random.randint(112, 138), 82)
        )


def _rubbish(draw: Draw, random: Random) -> None:
    for _ in range(11):
        x, y = random.randint(180, 400), random.randint(300, 372)
        wide, high = random.randint(32, 54), random.randint(30, 46)
        draw.ellipse((x, y - high, x + wide * 1.3, y + 8), fill=random.choice(_BAGS))
        draw.polygon(
            [(x + wide * 0.5, y - high - 9), (x + wide * 0.8, y - high - 9), (x + wide * 0.65, y - high + 8)],
            fill=(46, 50, 54),
        )
    for _ in range(14):
        x, y = random.randint(140, 460), random.randint(360, 400)
        draw.rectangle((x, y, x + random.randint(6, 20), y + random.randint(3, 8)), fill=(228, 224, 214))


def _boxes(draw: Draw, random: Random) -> None:
    for _ in range(9):
        x, y, side = random.randint(170, 400), random.randint(300, 360), random.randint(38, 62)
        draw.rectangle(
            (x, y - side, x + side * 1.2, y + 10), fill=random.choice(_BOXES), outline=(118, 92, 64), width=2
        )
        draw.line((x, y - side * 0.6, x + side * 1.2, y - side * 0.6), fill=(206, 186, 150), width=4)


def _hole(draw: Draw, random: Random) -> None:
    x, y = random.randint(180, 300), random.randint(424, 436)
    draw.ellipse((x - 14, y - 10, x + 214, y + 38), fill=(92, 92, 92))
    draw.ellipse((x, y - 2, x + 196, y + 30), fill=(58, 56, 54))
    for _ in range(12):
        a, b = x + random.randint(-50, 240), y + random.randint(-10, 36)
        draw.ellipse((a, b, a + random.randint(4, 12), b + random.randint(3, 8)), fill=(140, 136, 130))


def _bicycles(draw: Draw, random: Random) -> None:
    for n in range(6):
        x, y = 130 + n * 58 + random.randint(-14, 14), random.randint(356, 392)
        frame = random.choice(((206, 160, 58), (86, 148, 150), (92, 118, 172)))
        for wheel in (x, x + 62):
            draw.ellipse((wheel - 22, y - 44, wheel + 22, y), outline=(46, 46, 48), width=4)
        draw.line((x, y - 22, x + 26, y - 58, x + 62, y - 22), fill=frame, width=5)
        draw.line((x + 26, y - 58, x + 52, y - 62, x + 62, y - 22), fill=frame, width=5)


def _water(draw: Draw, random: Random) -> None:
    for _ in range(5):
        x, y = random.randint(120, 330), random.randint(356, 396)
        draw.ellipse((x, y, x + random.randint(150, 250), y + random.randint(28, 48)), fill=(128, 140, 146))
    draw.ellipse((250, 372, 330, 396), fill=(84, 84, 84), outline=(60, 60, 60), width=3)


_MATTER_BY_CATEGORY = (
    ("E0404", _water),
    ("E0405", _water),
    ("E0504", _bicycles),
    ("E0503", _bicycles),
    ("E05", _boxes),
    ("E06", _boxes),
    ("02", _hole),
)


def _matter_drawer(category: str) -> Callable[[Draw, Random], None]:
    return next((draw for beginning, draw in _MATTER_BY_CATEGORY if category.startswith(beginning)), _rubbish)
