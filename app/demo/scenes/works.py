"""Problems of roads, pipes, cables and street furniture, drawn on a place."""

from app.demo.scenes.canvas import KERB, WIDTH, Canvas, shade

_IRON = (72, 74, 78)
_WATER = (128, 142, 150)


def pothole(c: Canvas) -> None:
    """Draw pothole."""
    x, y = c.random.randint(180, 300), c.random.randint(424, 436)
    c.oval(x - 14, y - 10, 228, 48, (92, 92, 92))
    c.oval(x, y - 2, 196, 32, (58, 56, 54))
    for _ in range(14):
        c.oval(
            x + c.random.randint(-50, 240),
            y + c.random.randint(-14, 30),
            c.random.randint(5, 13),
            6,
            (140, 136, 130),
        )


def cracks(c: Canvas) -> None:
    """Draw cracks."""
    for _ in range(9):
        x, y = c.random.randint(100, 500), c.random.randint(300, 440)
        points = [(x, y)]
        for _ in range(6):
            points.append(
                (points[-1][0] + c.random.randint(-46, 46), points[-1][1] + c.random.randint(4, 22))
            )
        c.stroke(points, (66, 66, 66), 4)


def collapse(c: Canvas) -> None:
    """Draw collapse."""
    c.oval(170, 330, 300, 110, (84, 78, 70))
    c.oval(196, 348, 250, 80, (38, 34, 32))
    for n in range(5):
        c.box(140 + n * 76, 300, 60, 14, (214, 70, 50))
        c.stroke([(170 + n * 76, 314), (170 + n * 76, 348)], (120, 120, 120), 5)


def loose_slabs(c: Canvas) -> None:
    """Draw loose slabs."""
    for n in range(7):
        x, y = 150 + n * 52, 352 + c.random.randint(-22, 18)
        lift = c.random.randint(4, 16)
        c.shape([(x, y), (x + 46, y - lift), (x + 56, y + 20 - lift), (x + 8, y + 24)], (188, 184, 176), -40)
        c.shape([(x + 8, y + 24), (x + 56, y + 20 - lift), (x + 56, y + 26), (x + 8, y + 32)], (96, 90, 82))


def missing_cover(c: Canvas) -> None:
    """Draw missing cover."""
    c.oval(230, 352, 170, 54, (112, 110, 106), -30)
    c.oval(246, 358, 138, 42, (24, 22, 22))
    c.stroke([(300, 372), (318, 250)], (120, 86, 52), 9)
    c.shape([(296, 252), (352, 240), (344, 276)], (206, 60, 46))


def tilted_cover(c: Canvas) -> None:
    """Draw tilted cover."""
    c.oval(230, 356, 170, 52, (30, 28, 28))
    c.shape([(240, 350), (396, 330), (404, 372), (252, 398)], _IRON, 30)
    for n in range(4):
        c.stroke([(258 + n * 34, 352 - n * 4), (268 + n * 34, 390 - n * 5)], shade(_IRON, 30), 3)


def blocked_grate(c: Canvas) -> None:
    """Draw blocked grate."""
    c.oval(110, 376, 420, 60, _WATER)
    c.box(250, 386, 130, 34, _IRON)
    for n in range(7):
        c.stroke([(262 + n * 17, 388), (262 + n * 17, 418)], (120, 122, 124), 4)
    for _ in range(40):
        c.oval(c.random.randint(230, 400), c.random.randint(378, 420), 12, 6, (150, 116, 58))


def cabinet(c: Canvas) -> None:
    """Draw cabinet."""
    c.box(230, 220, 130, 130, (150, 156, 152))
    c.box(244, 232, 102, 106, (52, 54, 56))
    c.shape([(360, 222), (430, 244), (430, 366), (360, 348)], (166, 172, 168), -30)
    for n in range(8):
        c.stroke(
            [(252 + n * 12, 236), (256 + n * 11, 330)],
            c.random.choice(((190, 60, 50), (70, 110, 180), (210, 180, 60))),
            3,
        )


def lamp_out(c: Canvas) -> None:
    """Draw lamp out."""
    c.stroke([(470, KERB - 20), (470, 90), (420, 70)], (44, 46, 50), 9)
    c.oval(392, 62, 46, 18, (38, 38, 42))


def lamp_tilted(c: Canvas) -> None:
    """Draw lamp tilted."""
    c.stroke([(300, 390), (392, 120), (350, 96)], (96, 100, 104), 11)
    c.oval(316, 86, 50, 20, (206, 204, 190), -40)
    c.oval(270, 376, 70, 26, (132, 124, 112))


def hydrant(c: Canvas) -> None:
    """Draw hydrant."""
    c.shape([(270, 380), (300, 270), (356, 284), (330, 392)], (190, 46, 40), -40)
    c.oval(292, 246, 74, 44, (204, 56, 48), -40)
    c.oval(226, 374, 220, 34, _WATER)
    for n in range(6):
        c.stroke([(284, 330), (220 - n * 8, 372 + n * 3)], (206, 220, 226), 3)


def traffic_light(c: Canvas) -> None:
    """Draw traffic light."""
    c.stroke([(420, 400), (420, 60), (300, 60)], (90, 94, 98), 9)
    c.box(276, 66, 46, 120, (34, 36, 38))
    for n in range(3):
        c.oval(286, 76 + n * 36, 26, 26, (70, 66, 64), 20)


def bent_sign(c: Canvas) -> None:
    """Draw bent sign."""
    c.stroke([(330, 396), (330, 250), (280, 160)], (140, 144, 148), 9)
    c.oval(226, 96, 110, 96, (44, 92, 160), -30)
    c.stroke([(250, 150), (300, 122)], (236, 236, 236), 12)


def railing(c: Canvas) -> None:
    """Draw railing."""
    for n in range(9):
        if n not in (4, 5):
            c.stroke([(40 + n * 66, 320), (40 + n * 66, 402)], (206, 206, 200), 6)
    c.stroke([(20, 326), (270, 326)], (206, 206, 200), 8)
    c.stroke([(420, 330), (620, 326)], (206, 206, 200), 8)
    c.stroke([(290, 400), (400, 380)], (206, 206, 200), 8)
    c.stroke([(280, 412), (410, 408)], (206, 206, 200), 6)


def shelter(c: Canvas) -> None:
    """Draw shelter."""
    c.box(130, 170, 380, 16, (70, 78, 86))
    for x in (140, 494):
        c.stroke([(x, 184), (x, 372)], (70, 78, 86), 9)
    c.box(160, 200, 150, 120, (170, 196, 204))
    for _ in range(7):
        c.stroke(
            [(250, 262), (250 + c.random.randint(-90, 60), 262 + c.random.randint(-60, 60))],
            (236, 242, 244),
            2,
        )
    for _ in range(50):
        c.shape(
            [
                (x := c.random.randint(170, 460), y := c.random.randint(352, 396)),
                (x + 9, y - 5),
                (x + 12, y + 6),
            ],
            (196, 220, 226),
        )
    c.box(330, 330, 150, 12, (120, 92, 64))


def toilet(c: Canvas) -> None:
    """Draw toilet."""
    c.box(180, 160, 290, 170, (200, 206, 196))
    c.box(180, 146, 290, 22, (86, 120, 104))
    c.box(226, 210, 66, 120, (60, 64, 66))
    c.box(352, 210, 66, 120, (150, 110, 80))
    c.box(360, 240, 50, 30, (236, 230, 210))
    c.oval(200, 330, 150, 26, _WATER)


def board(c: Canvas) -> None:
    """Draw board."""
    for x in (190, 440):
        c.stroke([(x, 190), (x, 380)], (108, 84, 60), 10)
    c.shape([(180, 190), (452, 176), (456, 300), (186, 312)], (188, 60, 48), -30)
    c.shape([(196, 204), (438, 192), (440, 288), (200, 298)], (222, 220, 206))
    for n in range(4):
        c.stroke([(214, 222 + n * 18), (300 + c.random.randint(0, 90), 218 + n * 18)], (110, 110, 108), 3)
    c.stroke([(240, 196), (330, 296), (400, 206)], (150, 180, 190), 3)


def tree_leaning(c: Canvas) -> None:
    """Draw tree leaning."""
    c.shape([(240, 396), (266, 396), (440, 170), (424, 160)], (104, 84, 66))
    for _ in range(12):
        c.oval(
            c.random.randint(350, 500),
            c.random.randint(90, 210),
            70,
            60,
            (c.random.randint(70, 100), 124, 78),
        )
    c.oval(200, 376, 110, 34, (120, 100, 80))


def tree_fallen(c: Canvas) -> None:
    """Draw tree fallen."""
    c.shape([(90, 396), (96, 366), (420, 386), (420, 410)], (104, 84, 66), -20)
    for _ in range(22):
        c.oval(
            c.random.randint(360, 560),
            c.random.randint(320, 400),
            62,
            46,
            (c.random.randint(66, 100), 120, 74),
        )
    c.oval(56, 350, 70, 66, (112, 92, 70))


def edging(c: Canvas) -> None:
    """Draw edging."""
    for n in range(10):
        tilt = c.random.randint(-10, 10) if n in (3, 4, 6) else 0
        c.shape(
            [(90 + n * 46, 360 + tilt), (130 + n * 46, 360 - tilt), (130 + n * 46, 392), (90 + n * 46, 392)],
            (176, 168, 154),
            -40,
        )
    for _ in range(30):
        c.oval(c.random.randint(90, 540), c.random.randint(336, 360), 26, 18, (96, 134, 80))


def wall_crumbling(c: Canvas) -> None:
    """Draw wall crumbling."""
    c.box(60, 210, 520, 150, (176, 108, 84))
    for y in range(220, 356, 22):
        c.stroke([(60, y), (580, y)], (150, 88, 68), 2)
    c.shape([(260, 206), (300, 300), (360, 320), (400, 206)], (120, 130, 118))
    for _ in range(22):
        c.box(c.random.randint(240, 420), c.random.randint(350, 390), 30, 14, (176, 108, 84))


def gym(c: Canvas) -> None:
    """Draw gym."""
    for x in (200, 330):
        c.stroke([(x, 250), (x, 380)], (206, 160, 50), 11)
    c.stroke([(200, 256), (330, 256)], (60, 110, 170), 9)
    c.stroke([(240, 256), (240, 320)], (60, 60, 62), 4)
    c.stroke([(292, 256), (330, 372)], (60, 60, 62), 4)
    c.box(300, 372, 60, 9, (60, 110, 170))
    c.stroke([(430, 380), (430, 290), (490, 320)], (206, 160, 50), 10)


def ramp(c: Canvas) -> None:
    """Draw ramp."""
    c.shape([(140, 386), (460, 386), (460, 318)], (184, 178, 168), -30)
    c.stroke([(140, 350), (460, 282)], (160, 164, 168), 7)
    for n in range(3):
        c.wheel(240 + n * 74, 356 - n * 12, 28)
        c.stroke([(240 + n * 74, 356 - n * 12), (270 + n * 74, 312 - n * 12)], (180, 60, 54), 6)


def stair_dark(c: Canvas) -> None:
    """Draw stair dark."""
    c.darken(0.32)
    c.stroke([(320, 0), (320, 46)], (50, 50, 50), 3)
    c.oval(306, 44, 28, 34, (96, 94, 84), 20)


def flood(c: Canvas) -> None:
    """Draw flood."""
    c.box(0, 330, WIDTH, 150, (126, 134, 132), 0)
    for _ in range(40):
        x, y = c.random.randint(-20, WIDTH), c.random.randint(334, 476)
        c.stroke(
            [(x, y), (x + c.random.randint(30, 90), y)], shade((126, 134, 132), c.random.randint(8, 30)), 3
        )
    c.oval(210, 300, 190, 60, (86, 96, 130), -30)
    c.box(180, 330, 260, 40, (86, 96, 130))
    c.box(240, 306, 120, 26, (180, 198, 206))


def puddles(c: Canvas) -> None:
    """Draw puddles."""
    for _ in range(5):
        c.oval(
            c.random.randint(120, 330),
            c.random.randint(356, 396),
            c.random.randint(150, 250),
            c.random.randint(28, 48),
            _WATER,
        )


def sewage(c: Canvas) -> None:
    """Draw sewage."""
    for _ in range(6):
        c.oval(
            c.random.randint(130, 330),
            c.random.randint(352, 400),
            c.random.randint(130, 230),
            36,
            (112, 100, 74),
        )
    c.oval(256, 366, 110, 32, _IRON, 24)
    for n in range(5):
        c.stroke([(310, 366), (284 + n * 14, 342 - (n % 2) * 10)], (142, 128, 96), 5)


def burst_pipe(c: Canvas) -> None:
    """Draw burst pipe."""
    c.box(150, 372, 330, 26, (98, 112, 120))
    for n in range(15):
        c.stroke(
            [(320, 372), (320 + (n - 7) * 30, 190 + abs(n - 7) * 18), (320 + (n - 7) * 46, 350)],
            (206, 222, 230),
            4,
        )
    c.oval(130, 390, 400, 44, _WATER)


def gas(c: Canvas) -> None:
    """Draw gas."""
    c.stroke([(240, 150), (240, 360), (330, 360)], (212, 176, 58), 12)
    c.box(220, 226, 44, 30, (190, 60, 46))
    for n in range(3):
        c.haze(290 + n * 26, 300 - n * 30, 44, (214, 214, 190), 0.35)
    cordon(c)


def cordon(c: Canvas) -> None:
    """Draw cordon."""
    for x in (90, 550):
        c.stroke([(x, 300), (x, 400)], (220, 90, 40), 10)
    for n in range(23):
        colour = (222, 70, 48) if n % 2 else (238, 236, 228)
        c.box(94 + n * 20, 336, 20, 11, colour, 0)


def cable_down(c: Canvas) -> None:
    """Draw cable down."""
    c.box(520, 20, 22, 380, (120, 112, 102))
    c.stroke([(0, 70), (200, 110), (330, 330), (430, 390)], (30, 30, 32), 5)
    c.stroke([(530, 50), (480, 240), (430, 390), (360, 398)], (30, 30, 32), 5)
    c.stroke([(420, 384), (436, 366), (430, 380), (448, 362)], (240, 210, 90), 4)


def dug_up(c: Canvas) -> None:
    """Draw dug up."""
    c.shape([(160, 360), (470, 346), (500, 430), (130, 440)], (112, 88, 64), -30)
    c.shape([(200, 372), (440, 362), (456, 416), (190, 424)], (74, 56, 42))
    for _ in range(30):
        c.oval(c.random.randint(450, 560), c.random.randint(370, 430), 26, 18, (136, 110, 82))
    cordon(c)


def dust(c: Canvas) -> None:
    """Draw dust."""
    for _ in range(6):
        c.haze(
            c.random.randint(80, 560),
            c.random.randint(150, 320),
            c.random.randint(80, 140),
            (206, 186, 150),
            0.55,
        )


def floodlight(c: Canvas) -> None:
    """Draw floodlight."""
    c.darken(0.4)
    c.glow(150, 90, 80, (150, 140, 100))
    c.glow(420, 60, 110, (160, 150, 110))
    c.stroke([(420, 60), (430, 220)], (30, 30, 34), 6)
    c.box(300, 230, 90, 60, (190, 150, 40))


def shed(c: Canvas) -> None:
    """Draw shed."""
    c.box(180, 190, 260, 160, (120, 146, 172))
    for n in range(13):
        c.stroke([(184 + n * 20, 192), (184 + n * 20, 348)], (104, 130, 156), 3)
    c.shape([(166, 192), (310, 150), (456, 192)], (158, 70, 60), -20)
    c.box(220, 250, 60, 100, (90, 84, 76))


def hoarding(c: Canvas) -> None:
    """Draw a torn advertisement on a frame."""
    for x in (150, 470):
        c.stroke([(x, 120), (x, 390)], (110, 112, 116), 9)
    c.box(140, 90, 350, 170, (70, 130, 180))
    c.shape([(330, 90), (490, 90), (490, 260), (400, 230), (380, 150)], (196, 192, 182))
    c.shape([(380, 150), (430, 300), (470, 330), (490, 260)], (86, 146, 190), -20)
    c.oval(180, 120, 110, 80, (240, 210, 90))
