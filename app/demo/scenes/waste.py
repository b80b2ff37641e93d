"""Problems of cleanliness and greenery, drawn on a place."""

from app.demo.scenes.canvas import Canvas, Colour, shade

_BAGS: tuple[Colour, ...] = ((52, 56, 62), (70, 92, 76), (112, 116, 122), (88, 104, 128), (150, 62, 54))
_BOXES: tuple[Colour, ...] = ((168, 132, 92), (184, 150, 108), (150, 118, 84))
_LEAVES: tuple[Colour, ...] = ((186, 142, 62), (166, 110, 54), (140, 128, 62))


def bags(c: Canvas) -> None:
    """Draw bags."""
    for _ in range(11):
        x, y = c.random.randint(180, 400), c.random.randint(300, 372)
        width, height = c.random.randint(32, 54), c.random.randint(30, 46)
        c.oval(x, y - height, width * 1.3, height + 8, c.random.choice(_BAGS))
        c.shape(
            [
                (x + width * 0.5, y - height - 9),
                (x + width * 0.8, y - height - 9),
                (x + width * 0.65, y - height + 8),
            ],
            (46, 50, 54),
        )
    scraps(c)


def scraps(c: Canvas) -> None:
    """Draw scraps."""
    for _ in range(26):
        x, y = c.random.randint(120, 480), c.random.randint(340, 404)
        colour = c.random.choice(((228, 224, 214), (206, 86, 70), (90, 140, 180), (236, 206, 110)))
        c.box(x, y, c.random.randint(6, 20), c.random.randint(3, 9), colour, 0)


def full_bin(c: Canvas) -> None:
    """Draw full bin."""
    for n, colour in enumerate(((66, 112, 84), (74, 98, 136))):
        x = 220 + n * 110
        c.box(x, 286, 84, 96, colour)
        c.box(x - 5, 276, 94, 12, shade(colour, -20))
        for _ in range(6):
            c.oval(
                x + c.random.randint(-6, 56), 240 + c.random.randint(0, 26), 40, 34, c.random.choice(_BAGS)
            )
    scraps(c)


def broken_bin(c: Canvas) -> None:
    """Draw broken bin."""
    c.shape([(230, 300), (318, 280), (334, 376), (250, 392)], (74, 104, 92), -30)
    c.shape([(330, 378), (400, 366), (404, 376), (334, 390)], (58, 84, 74), -30)
    bags_few(c)


def bags_few(c: Canvas) -> None:
    """Draw bags few."""
    for _ in range(4):
        x, y = c.random.randint(180, 420), c.random.randint(356, 380)
        c.oval(x, y - 30, 46, 38, c.random.choice(_BAGS))


def sorting(c: Canvas) -> None:
    """Four bins of a sorting point, with bags before the wrong ones."""
    for n, colour in enumerate(((54, 116, 82), (60, 96, 150), (170, 62, 54), (110, 112, 116))):
        c.box(170 + n * 78, 262, 66, 88, colour)
        c.box(182 + n * 78, 280, 42, 22, (230, 230, 226))
    bags_few(c)
    scraps(c)


def rubble(c: Canvas) -> None:
    """Draw rubble."""
    for _ in range(60):
        x = c.random.gauss(320, 70)
        y = 388 - max(0.0, 90 - abs(x - 320) * 0.7) * c.random.random()
        size = c.random.randint(10, 34)
        grey = c.random.choice(((168, 158, 146), (150, 96, 74), (190, 184, 172), (126, 122, 116)))
        c.shape(
            [
                (x, y),
                (x + size, y - size * 0.4),
                (x + size * 1.3, y + size * 0.4),
                (x + size * 0.3, y + size * 0.6),
            ],
            grey,
            -30,
        )


def sacks(c: Canvas) -> None:
    """Draw sacks."""
    for row in range(3):
        for n in range(5 - row):
            c.oval(190 + n * 56 + row * 28, 350 - row * 30, 66, 38, shade((206, 198, 180), -row * 8), -40)


def sand(c: Canvas) -> None:
    """Draw sand."""
    c.shape([(150, 398), (320, 300), (500, 398)], (204, 180, 134), -20)
    for _ in range(120):
        x = c.random.gauss(320, 90)
        c.oval(x, 400 - c.random.randint(0, 60), 4, 4, shade((204, 180, 134), c.random.randint(-30, 12)))
    for _ in range(60):
        c.oval(c.random.randint(100, 560), c.random.randint(404, 450), 5, 4, (190, 168, 126))


def leaves(c: Canvas) -> None:
    """Draw leaves."""
    for _ in range(320):
        x, y = c.random.randint(60, 580), int(c.random.triangular(310, 470, 410))
        c.oval(x, y, c.random.randint(8, 14), c.random.randint(4, 8), c.random.choice(_LEAVES))


def oil(c: Canvas) -> None:
    """Draw oil."""
    for _ in range(6):
        x, y = c.random.randint(180, 380), c.random.randint(410, 440)
        c.oval(x, y, c.random.randint(80, 190), c.random.randint(18, 36), (62, 60, 62))
    for n in range(3):
        c.oval(250 + n * 50, 424, 60, 12, ((96, 84, 122), (84, 112, 116), (122, 102, 78))[n])


def lawn_litter(c: Canvas) -> None:
    """Draw lawn litter."""
    for _ in range(34):
        x, y = c.random.randint(60, 580), c.random.randint(320, 460)
        colour = c.random.choice(((236, 236, 230), (208, 70, 60), (70, 130, 190), (240, 200, 80)))
        if c.random.random() < 0.4:
            c.oval(x, y, 10, 22, colour)
        else:
            c.box(x, y, c.random.randint(10, 26), c.random.randint(6, 14), colour, 0)


def dry_plants(c: Canvas) -> None:
    """Draw dry plants."""
    c.box(110, 330, 400, 60, (120, 96, 70))
    for n in range(26):
        x = 122 + n * 15
        c.stroke(
            [(x, 352), (x + c.random.randint(-12, 12), 296 + c.random.randint(0, 26))], (150, 118, 62), 4
        )
        c.oval(x - 8, 292 + c.random.randint(0, 24), 16, 10, (170, 136, 70))


def branches(c: Canvas) -> None:
    """Draw branches."""
    for _ in range(16):
        x, y = c.random.randint(120, 420), c.random.randint(320, 390)
        end = (x + c.random.randint(60, 170), y + c.random.randint(-40, 30))
        c.stroke([(x, y), end], (98, 76, 56), c.random.randint(4, 9))
        for _ in range(5):
            c.oval(
                end[0] - c.random.randint(-10, 40), end[1] - c.random.randint(-10, 24), 30, 18, (92, 124, 74)
            )


def river_litter(c: Canvas) -> None:
    """Draw river litter."""
    for _ in range(30):
        x, y = c.random.randint(60, 560), c.random.randint(280, 380)
        colour = c.random.choice(((236, 236, 230), (200, 70, 60), (80, 140, 190), (120, 150, 90)))
        c.oval(x, y, c.random.randint(10, 34), c.random.randint(6, 12), colour)


def algae(c: Canvas) -> None:
    """Draw algae."""
    for _ in range(60):
        x, y = c.random.randint(0, 600), c.random.randint(262, 380)
        c.oval(x, y, c.random.randint(30, 90), c.random.randint(8, 18), (96, c.random.randint(130, 152), 70))


def foam(c: Canvas) -> None:
    """Draw foam."""
    c.box(20, 250, 60, 34, (120, 116, 110))
    c.oval(32, 256, 34, 24, (60, 58, 56))
    for _ in range(70):
        x = c.random.triangular(40, 480, 80)
        c.oval(
            x, c.random.randint(276, 330), c.random.randint(16, 44), c.random.randint(8, 20), (226, 222, 208)
        )


def smoke(c: Canvas) -> None:
    """Draw smoke."""
    c.box(280, 150, 54, 60, (150, 154, 158))
    c.box(272, 140, 70, 14, (120, 124, 128))
    for n in range(5):
        c.haze(320 + n * 30, 120 - n * 24, 46 + n * 12, (120, 116, 112), 0.5)


def boxes(c: Canvas) -> None:
    """Draw boxes."""
    for _ in range(9):
        x, y, side = c.random.randint(170, 400), c.random.randint(300, 360), c.random.randint(38, 62)
        c.box(x, y - side, side * 1.2, side + 10, c.random.choice(_BOXES))
        c.stroke([(x, y - side * 0.6), (x + side * 1.2, y - side * 0.6)], (206, 186, 150), 4)


def junk(c: Canvas) -> None:
    """Draw an old sofa, a bicycle frame and boxes."""
    c.box(210, 286, 170, 60, (120, 74, 66))
    c.box(196, 262, 34, 92, (106, 62, 56))
    c.box(372, 262, 34, 92, (106, 62, 56))
    c.box(420, 240, 66, 118, (170, 164, 150))
    for n in range(3):
        c.box(240 + n * 46, 236 - n * 6, 44, 46, c.random.choice(_BOXES))
    c.wheel(170, 340, 34)


def stickers(c: Canvas) -> None:
    """Draw stickers."""
    for _ in range(22):
        x, y = c.random.randint(40, 440), c.random.randint(140, 290)
        colour = c.random.choice(((238, 230, 120), (236, 236, 230), (240, 160, 140), (150, 200, 160)))
        c.box(x, y, c.random.randint(30, 46), c.random.randint(24, 40), colour)
        c.stroke([(x + 6, y + 10), (x + 26, y + 10)], (60, 60, 60), 3)
        c.stroke([(x + 6, y + 18), (x + 22, y + 18)], (150, 40, 40), 2)


def pole_stickers(c: Canvas) -> None:
    """Draw pole stickers."""
    c.box(300, 40, 30, 300, (134, 132, 128))
    for n in range(9):
        c.box(
            294 + c.random.randint(-4, 8),
            120 + n * 22,
            36,
            26,
            c.random.choice(((238, 230, 120), (236, 236, 230), (240, 160, 140))),
        )


def banner(c: Canvas) -> None:
    """Draw banner."""
    c.stroke([(90, 200), (100, 330)], (104, 84, 66), 12)
    c.stroke([(548, 190), (540, 326)], (104, 84, 66), 12)
    points = [(96, 214), (320, 240), (544, 206)]
    c.shape([*points, (544, 254), (320, 290), (96, 262)], (196, 38, 36), -20)
    for n in range(9):
        c.box(130 + n * 44, 232 + 12 - abs(n - 4) * 3, 24, 26, (246, 228, 190), 0)


def graffiti(c: Canvas) -> None:
    """Draw graffiti."""
    for colour in ((60, 60, 160), (170, 40, 90), (40, 120, 70)):
        x, y = c.random.randint(70, 300), c.random.randint(190, 270)
        c.stroke([(x + n * 22, y + c.random.randint(-36, 36)) for n in range(7)], colour, 9)
