"""Places without a problem: a street, a yard, a stairwell, a river bank. Each draws the whole picture."""

from random import Random

from app.demo.scenes.canvas import GROUND, HEIGHT, KERB, WIDTH, Canvas, Colour, shade

_SKIES: tuple[Colour, ...] = ((199, 214, 224), (212, 217, 219), (190, 207, 222), (222, 220, 210))
_WALLS: tuple[Colour, ...] = (
    (222, 211, 193),
    (205, 200, 190),
    (214, 196, 182),
    (196, 203, 201),
    (226, 220, 214),
)
_ROAD, _PAVING, _JOINT = (118, 120, 122), (176, 174, 168), (206, 204, 196)
_GRASS, _GLASS = (126, 158, 98), (116, 134, 146)
_SIGNS: tuple[Colour, ...] = ((178, 58, 48), (44, 96, 150), (58, 122, 84), (196, 138, 46))


def street(random: Random) -> Canvas:
    """Draw a pavement before a block of flats, with the road in front."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, random.randint(-60, 40), random.randint(60, 110), random.randint(430, 720))
    _pavement(canvas)
    _tree(canvas, random.randint(520, 600), GROUND + 26)
    return canvas


def shops(random: Random) -> Canvas:
    """Draw a row of shops with signs and glass doors."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, -20, 20, 700)
    x = -30
    while x < WIDTH:
        width = random.randint(120, 190)
        canvas.box(x, 150, width - 8, 38, random.choice(_SIGNS))
        for n in range(random.randint(2, 4)):
            canvas.box(x + 16 + n * 28, 160, 18, 18, (240, 232, 214), 0)
        canvas.box(x + 8, 192, width - 24, GROUND - 192, (150, 168, 176))
        canvas.box(x + width / 2 - 18, 200, 36, GROUND - 200, (176, 190, 196))
        x += width
    _pavement(canvas)
    return canvas


def court(random: Random) -> Canvas:
    """Draw the yard of a housing estate: grass, a path, slabs behind."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, -40, 40, 260)
    _facade(canvas, 300, 86, 700)
    canvas.box(0, GROUND - 20, WIDTH, HEIGHT, _GRASS, 0)
    for _ in range(60):
        x, y = random.randint(0, WIDTH), random.randint(GROUND - 10, HEIGHT)
        canvas.stroke([(x, y), (x + 3, y - 8)], shade(_GRASS, random.randint(-24, 18)), 2)
    canvas.shape([(190, GROUND - 20), (330, GROUND - 20), (560, HEIGHT), (60, HEIGHT)], _PAVING)
    for n in range(5):
        y = GROUND + n * n * 9
        canvas.stroke([(190 - n * n * 6, y), (330 + n * n * 10, y)], _JOINT, 2)
    _tree(canvas, random.randint(20, 90), GROUND + 8)
    _tree(canvas, random.randint(560, 610), GROUND + 20)
    return canvas


def stairs(random: Random) -> Canvas:
    """Draw a landing inside a house: a door, steps, a rail."""
    wall = shade(random.choice(_WALLS), -10)
    canvas = Canvas(random, wall)
    canvas.box(0, 250, WIDTH, 70, shade(wall, -46), 0)
    canvas.box(0, 320, WIDTH, HEIGHT, (150, 148, 144), 0)
    for n in range(7):
        canvas.box(380 + n * 22, 320 - n * 34, WIDTH, 34, shade((170, 168, 162), -n * 7))
    canvas.stroke([(376, 230), (560, -30)], (96, 62, 48), 9)
    for n in range(6):
        canvas.stroke([(384 + n * 26, 222 - n * 36), (384 + n * 26, 318 - n * 36)], (92, 96, 100), 4)
    canvas.box(70, 80, 120, 240, random.choice(((122, 66, 50), (72, 84, 104), (104, 108, 96))))
    canvas.oval(168, 196, 12, 12, (214, 190, 120), -40)
    canvas.box(112, 100, 40, 52, (178, 44, 38))
    return canvas


def river(random: Random) -> Canvas:
    """Draw a river between stone banks, with a path and a railing."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, -20, 120, 330, floor=220)
    _tree(canvas, 430, 230)
    _tree(canvas, 540, 236)
    canvas.box(0, 214, WIDTH, 20, _GRASS, 0)
    canvas.box(0, 232, WIDTH, 22, (158, 152, 142))
    canvas.box(0, 254, WIDTH, 140, (112, 142, 146), 0)
    for _ in range(34):
        x, y = random.randint(0, WIDTH), random.randint(258, 386)
        canvas.stroke(
            [(x, y), (x + random.randint(20, 60), y)], shade((112, 142, 146), random.randint(8, 30)), 2
        )
    canvas.box(0, 392, WIDTH, HEIGHT, _PAVING)
    for x in range(10, WIDTH, 52):
        canvas.box(x, 340, 8, 62, (140, 136, 128))
    canvas.stroke([(0, 346), (WIDTH, 346)], (150, 146, 138), 8)
    return canvas


def park(random: Random) -> Canvas:
    """Draw a lawn with a path, trees and a bench."""
    canvas = Canvas(random, random.choice(_SKIES))
    canvas.box(0, 210, WIDTH, HEIGHT, _GRASS, 0)
    for x in range(-20, WIDTH, 74):
        _tree(canvas, x + random.randint(0, 40), 226 + random.randint(0, 14))
    canvas.shape([(300, 214), (352, 214), (250, HEIGHT), (20, HEIGHT)], (196, 184, 160))
    for _ in range(70):
        x, y = random.randint(0, WIDTH), random.randint(250, HEIGHT)
        canvas.stroke([(x, y), (x + 2, y - 7)], shade(_GRASS, random.randint(-26, 20)), 2)
    canvas.box(470, 300, 120, 12, (128, 92, 60))
    canvas.box(470, 270, 120, 9, (128, 92, 60))
    for x in (480, 572):
        canvas.stroke([(x, 312), (x, 344)], (70, 70, 72), 6)
    return canvas


def gate(random: Random) -> Canvas:
    """Draw the gate of a school, with a wall, a name board and a barrier."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, 60, 70, 580)
    wall = random.choice(((186, 92, 70), (210, 196, 170), (168, 176, 170)))
    canvas.box(-10, 200, 170, GROUND - 200, wall)
    canvas.box(480, 200, 180, GROUND - 200, wall)
    canvas.box(20, 218, 110, 34, (236, 226, 196))
    for n in range(5):
        canvas.box(28 + n * 20, 226, 13, 17, (120, 40, 34), 0)
    for x in range(166, 480, 22):
        canvas.stroke([(x, 214), (x, GROUND)], (130, 134, 138), 4)
    canvas.stroke([(160, 216), (480, 216)], (130, 134, 138), 6)
    _pavement(canvas)
    return canvas


def market(random: Random) -> Canvas:
    """Draw the entrance of a market hall with awnings."""
    canvas = Canvas(random, random.choice(_SKIES))
    canvas.shape([(-20, 130), (320, 40), (660, 130)], (150, 70, 58))
    canvas.box(-20, 130, 680, GROUND - 130, (214, 204, 184))
    canvas.box(200, 96, 240, 34, (192, 46, 40))
    for n in range(5):
        canvas.box(222 + n * 42, 102, 26, 22, (246, 222, 150), 0)
    for n in range(4):
        x = 20 + n * 156
        colour = random.choice(((200, 72, 60), (70, 132, 92), (64, 104, 160)))
        for k in range(6):
            stripe = colour if k % 2 else (236, 232, 224)
            canvas.shape(
                [(x + k * 21, 176), (x + 21 + k * 21, 176), (x + 24 + k * 22, 214), (x + k * 22, 214)], stripe
            )
        canvas.box(x + 10, 214, 116, GROUND - 214, (96, 92, 88))
        for _ in range(12):
            fruit = random.choice(((198, 74, 50), (222, 168, 60), (98, 142, 66)))
            canvas.oval(x + random.randint(14, 112), 262 + random.randint(0, 26), 13, 13, fruit)
    _pavement(canvas)
    return canvas


def site(random: Random) -> Canvas:
    """Draw a building site behind a hoarding, with a crane."""
    canvas = Canvas(random, random.choice(_SKIES))
    x = random.randint(330, 460)
    canvas.stroke([(x, 30), (x, 230)], (214, 168, 52), 9)
    canvas.stroke([(x - 220, 46), (x + 110, 46)], (214, 168, 52), 7)
    canvas.stroke([(x - 150, 48), (x - 150, 120)], (90, 90, 92), 2)
    for floor in range(4):
        y = 210 - floor * 44
        canvas.box(60, y, 220, 12, (164, 160, 152))
        for column in range(5):
            canvas.stroke([(70 + column * 50, y), (70 + column * 50, y + 44)], (150, 146, 138), 7)
    for n in range(9):
        canvas.box(n * 76 - 20, 206, 74, GROUND - 206, (62, 112, 142) if n % 2 else (74, 126, 154))
    _pavement(canvas)
    return canvas


def road(random: Random) -> Canvas:
    """Draw the carriageway from above the kerb, with markings and a manhole cover far away."""
    canvas = Canvas(random, random.choice(_SKIES))
    _facade(canvas, -60, 30, 280, floor=170)
    _facade(canvas, 330, 60, 760, floor=170)
    canvas.box(0, 170, WIDTH, 26, _PAVING, 0)
    canvas.box(0, 194, WIDTH, HEIGHT, _ROAD, 0)
    for _ in range(420):
        x, y = random.randint(0, WIDTH), random.randint(198, HEIGHT)
        canvas.oval(x, y, 2, 2, shade(_ROAD, random.randint(-16, 18)))
    for n in range(4):
        y = 214 + n * n * 30
        canvas.shape(
            [
                (318 - n * 4, y),
                (326 + n * 4, y),
                (330 + n * 7, y + 22 + n * 14),
                (314 - n * 7, y + 22 + n * 14),
            ],
            (220, 218, 208),
        )
    canvas.stroke([(40, 196), (-60, HEIGHT)], (220, 196, 90), 6)
    return canvas


def night(random: Random) -> Canvas:
    """Draw a street after dark, with lit windows and one lamp."""
    canvas = street(random)
    canvas.darken(0.34)
    for _ in range(7):
        canvas.box(
            60 + 92 * random.randint(0, 3), 100 + 84 * random.randint(0, 1), 40, 44, (232, 200, 120), 0
        )
    canvas.glow(120, 210, 90, (120, 100, 50))
    return canvas


def underpass(random: Random) -> Canvas:
    """Draw the road below the bridge of the railway."""
    canvas = Canvas(random, random.choice(_SKIES))
    canvas.box(-10, 60, 660, 80, (142, 138, 130))
    for x in range(0, WIDTH, 80):
        canvas.stroke([(x, 60), (x, 140)], (120, 116, 108), 3)
    canvas.stroke([(0, 56), (WIDTH, 56)], (92, 84, 78), 8)
    canvas.box(-10, 140, 130, 210, (156, 150, 140))
    canvas.box(520, 140, 140, 210, (156, 150, 140))
    canvas.box(120, 140, 400, 130, (96, 96, 96), 0)
    canvas.box(230, 96, 180, 32, (196, 156, 44))
    canvas.shape([(150, 270), (490, 270), (WIDTH + 60, HEIGHT), (-60, HEIGHT)], _ROAD)
    canvas.shape([(314, 270), (326, 270), (340, HEIGHT), (300, HEIGHT)], (214, 212, 204))
    return canvas


def _facade(canvas: Canvas, left: float, top: float, right: float, floor: float = GROUND) -> None:
    random = canvas.random
    wall = random.choice(_WALLS)
    canvas.box(left, top, right - left, floor - top, wall, 0)
    step = random.choice((78, 92, 104))
    for x in range(int(left) + 30, int(right) - 50, step):
        for y in range(int(top) + 22, int(floor) - 56, random.choice((72, 84))):
            canvas.box(x, y, 46, 46, _GLASS, -20)
            canvas.stroke([(x + 23, y), (x + 23, y + 46)], shade(wall, -38), 2)
            if random.random() < 0.3:
                canvas.box(x + 50, y + 24, 18, 16, (214, 214, 210))
    canvas.stroke([(left, top), (right, top)], shade(wall, -30), 5)


def _pavement(canvas: Canvas) -> None:
    canvas.box(0, GROUND, WIDTH, HEIGHT, _PAVING, 0)
    for across in range(-200, WIDTH + 200, 64):
        canvas.stroke([(WIDTH // 2 + (across - WIDTH // 2) // 2, GROUND), (across, KERB)], _JOINT, 2)
    canvas.stroke([(0, 350), (WIDTH, 350)], _JOINT, 2)
    canvas.box(0, KERB, WIDTH, HEIGHT, _ROAD, 0)
    canvas.stroke([(0, KERB), (WIDTH, KERB)], (150, 150, 148), 6)


def _tree(canvas: Canvas, x: float, foot: float) -> None:
    random = canvas.random
    height = random.randint(70, 120)
    canvas.box(x, foot - height, 14, height, (104, 84, 66), 0)
    for _ in range(9):
        radius = random.randint(22, 40)
        leaf = (random.randint(76, 104), random.randint(112, 140), 82)
        canvas.oval(
            x + random.randint(-58, 20), foot - height - random.randint(10, 70), 2 * radius, 2 * radius, leaf
        )
