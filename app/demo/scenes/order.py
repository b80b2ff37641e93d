"""Problems of public order: trade, parking, fire lanes, and what happens at people's doors. Drawn on a place."""

from app.demo.scenes.canvas import Canvas, Colour, shade

_PAINTS: tuple[Colour, ...] = ((178, 50, 46), (60, 88, 130), (214, 212, 206), (64, 68, 72), (150, 154, 158))
_BIKES: tuple[Colour, ...] = ((206, 160, 58), (86, 148, 150), (92, 118, 172))


def stall(c: Canvas) -> None:
    """Draw stall."""
    c.box(180, 320, 220, 20, (150, 110, 72))
    for x in (196, 382):
        c.stroke([(x, 340), (x, 396)], (96, 84, 70), 7)
    c.shape(
        [(150, 230), (430, 230), (400, 190), (186, 190)],
        c.random.choice(((190, 64, 54), (70, 130, 90), (220, 170, 70))),
        -20,
    )
    for x in (172, 408):
        c.stroke([(x, 230), (x, 330)], (120, 120, 120), 5)
    for _ in range(40):
        colour = c.random.choice(((214, 80, 50), (232, 180, 60), (110, 150, 70), (196, 60, 90)))
        c.oval(c.random.randint(186, 376), c.random.randint(296, 312), 20, 20, colour)
    person(c, 440, 396, (70, 90, 120))


def night_stall(c: Canvas) -> None:
    """Draw night stall."""
    stall(c)
    c.glow(290, 250, 110, (130, 100, 50))
    for n in range(3):
        c.haze(250 + n * 50, 260 - n * 26, 36, (190, 186, 180), 0.4)


def person(c: Canvas, x: float, foot: float, coat: Colour) -> None:
    """Draw person."""
    c.box(x, foot - 104, 34, 62, coat, 0)
    c.box(x + 2, foot - 44, 13, 44, (52, 54, 60), 0)
    c.box(x + 19, foot - 44, 13, 44, (52, 54, 60), 0)
    c.oval(x + 4, foot - 136, 27, 32, (214, 176, 146))
    c.oval(x + 3, foot - 138, 29, 16, (44, 36, 32))


def goods(c: Canvas) -> None:
    """Baskets and racks before a shop."""
    for n in range(4):
        x = 120 + n * 100
        c.box(x, 318, 84, 52, (186, 150, 96))
        for _ in range(14):
            c.oval(
                x + c.random.randint(2, 66),
                c.random.randint(304, 322),
                17,
                17,
                c.random.choice(((210, 80, 54), (236, 196, 80), (120, 160, 80))),
            )
    c.stroke([(500, 250), (580, 250)], (120, 120, 124), 5)
    for n in range(4):
        c.box(502 + n * 20, 252, 17, 66, c.random.choice(_PAINTS))


def car(c: Canvas) -> None:
    """Draw car."""
    paint = c.random.choice(_PAINTS)
    c.shape([(190, 330), (236, 282), (366, 282), (416, 330)], shade(paint, -16), -30)
    c.shape([(206, 328), (242, 290), (296, 290), (296, 328)], (150, 174, 184))
    c.shape([(306, 328), (306, 290), (360, 290), (396, 328)], (150, 174, 184))
    c.box(150, 328, 310, 50, paint)
    for x in (212, 398):
        c.oval(x - 30, 352, 60, 60, (38, 38, 40))
        c.oval(x - 14, 368, 28, 28, (150, 150, 152))
    c.box(440, 338, 18, 12, (240, 226, 160))


def fire_lane(c: Canvas) -> None:
    """Draw the markings and the sign of a fire lane."""
    for n in range(9):
        c.shape(
            [(60 + n * 62, 396), (96 + n * 62, 396), (76 + n * 62, 430), (40 + n * 62, 430)], (214, 178, 54)
        )
    c.box(480, 210, 104, 64, (196, 44, 40))
    c.box(494, 224, 76, 12, (240, 236, 226), 0)
    c.box(494, 246, 52, 12, (240, 236, 226), 0)


def car_in_fire_lane(c: Canvas) -> None:
    """Draw car in fire lane."""
    fire_lane(c)
    car(c)


def junk_in_fire_lane(c: Canvas) -> None:
    """Draw junk in fire lane."""
    fire_lane(c)
    for n in range(5):
        c.box(
            170 + n * 54,
            330 - (n % 2) * 40,
            52,
            56 + (n % 2) * 40,
            c.random.choice(((168, 132, 92), (150, 118, 84), (120, 124, 128))),
        )


def bicycles(c: Canvas) -> None:
    """Draw bicycles."""
    for n in range(6):
        x, y = 130 + n * 58 + c.random.randint(-14, 14), c.random.randint(356, 392)
        frame = c.random.choice(_BIKES)
        for wheel in (x, x + 62):
            c.wheel(wheel, y - 22, 22)
        c.stroke([(x, y - 22), (x + 26, y - 58), (x + 62, y - 22)], frame, 5)
        c.stroke([(x + 26, y - 58), (x + 52, y - 62), (x + 62, y - 22)], frame, 5)


def fallen_bicycles(c: Canvas) -> None:
    """Draw fallen bicycles."""
    for n in range(5):
        x, y = 120 + n * 76, 376 + c.random.randint(-12, 12)
        frame = c.random.choice(_BIKES)
        c.oval(x, y, 56, 22, (70, 70, 72))
        c.oval(x + 8, y + 4, 40, 13, (170, 168, 160))
        c.oval(x + 62, y - 8, 56, 22, (70, 70, 72))
        c.oval(x + 70, y - 4, 40, 13, (170, 168, 160))
        c.stroke([(x + 28, y + 10), (x + 60, y - 16), (x + 90, y + 2)], frame, 6)


def scooters(c: Canvas) -> None:
    """Draw scooters."""
    for n in range(5):
        x, y, paint = 120 + n * 82, 384, c.random.choice(_PAINTS)
        c.wheel(x, y - 20, 20)
        c.wheel(x + 70, y - 20, 20)
        c.shape(
            [(x, y - 34), (x + 60, y - 40), (x + 84, y - 30), (x + 70, y - 18), (x + 6, y - 18)], paint, -30
        )
        c.stroke([(x + 8, y - 34), (x - 6, y - 84), (x + 14, y - 88)], (60, 60, 62), 5)
        c.box(x + 40, y - 58, 44, 16, (40, 40, 42))


def tactile(c: Canvas) -> None:
    """Draw tactile."""
    c.shape([(230, 300), (330, 300), (420, 410), (220, 410)], (214, 182, 70))
    for n in range(6):
        c.stroke([(236 + n * 16, 302), (232 + n * 34, 408)], (190, 156, 50), 3)
    scooters(c)


def tactile_boxes(c: Canvas) -> None:
    """Draw tactile boxes."""
    c.shape([(230, 300), (330, 300), (420, 410), (220, 410)], (214, 182, 70))
    for n in range(4):
        c.box(220 + n * 46, 336 - (n % 2) * 30, 50, 52, (168, 132, 92))


def trailing_lead(c: Canvas) -> None:
    """Draw trailing lead."""
    c.stroke([(250, 120), (262, 210), (240, 260), (258, 352)], (214, 110, 40), 5)
    c.box(238, 106, 26, 20, (236, 236, 230))
    c.wheel(240, 372, 20)
    c.wheel(316, 372, 20)
    c.shape([(238, 358), (300, 352), (330, 362), (318, 376), (244, 376)], (60, 110, 120), -30)
    c.stroke([(246, 358), (232, 306), (254, 302)], (60, 60, 62), 5)


def ebikes_in_stairs(c: Canvas) -> None:
    """Draw ebikes in stairs."""
    for n in range(2):
        x, y = 220 + n * 96, 410
        c.wheel(x, y - 24, 24)
        c.wheel(x + 82, y - 24, 24)
        c.shape(
            [(x, y - 40), (x + 70, y - 46), (x + 96, y - 36), (x + 82, y - 20), (x + 6, y - 20)],
            c.random.choice(_PAINTS),
            -30,
        )
    c.stroke([(190, 200), (210, 300), (240, 376)], (214, 110, 40), 5)
    c.box(180, 186, 22, 18, (236, 236, 230))


def quarrel(c: Canvas) -> None:
    """Draw quarrel."""
    person(c, 240, 410, (150, 60, 54))
    person(c, 340, 410, (66, 92, 126))
    c.stroke([(274, 330), (304, 318)], (214, 176, 146), 9)
    c.stroke([(340, 330), (312, 322)], (214, 176, 146), 9)


def leak(c: Canvas) -> None:
    """Draw leak."""
    for n in range(3):
        c.haze(330 + n * 60, 40, 60, (150, 130, 96), 0.55)
    for _ in range(18):
        x, y = c.random.randint(290, 480), c.random.randint(60, 300)
        c.stroke([(x, y), (x, y + 16)], (186, 204, 212), 4)
    c.oval(280, 420, 220, 30, (150, 164, 170))


def elder(c: Canvas) -> None:
    """Draw elder."""
    person(c, 230, 410, (110, 104, 120))
    c.stroke([(268, 340), (280, 410)], (120, 84, 52), 6)
    c.oval(236, 274, 24, 12, (210, 208, 204))
    c.box(300, 350, 50, 58, (190, 160, 110))


def helper(c: Canvas) -> None:
    """Draw a volunteer at a door: nothing private is shown."""
    person(c, 220, 410, (190, 52, 44))
    c.box(226, 316, 22, 10, (240, 220, 120), 0)


def heater(c: Canvas) -> None:
    """Draw heater."""
    c.box(250, 90, 110, 150, (232, 232, 228))
    c.oval(284, 180, 44, 32, (250, 150, 60), -40)
    c.stroke([(305, 90), (305, 40), (420, 30)], (170, 172, 174), 16)
    c.stroke([(290, 240), (290, 300)], (200, 170, 70), 7)
    c.haze(330, 70, 70, (90, 86, 84), 0.45)


def refrigerator_truck(c: Canvas) -> None:
    """Draw refrigerator truck."""
    c.box(150, 250, 220, 120, (226, 228, 226))
    c.shape([(370, 280), (430, 280), (460, 330), (460, 370), (370, 370)], (70, 110, 160), -30)
    c.shape([(386, 290), (424, 290), (442, 326), (386, 326)], (170, 196, 204))
    for x in (206, 412):
        c.oval(x - 26, 350, 52, 52, (38, 38, 40))


def tables(c: Canvas) -> None:
    """Draw tables on the pavement before a restaurant."""
    for n in range(3):
        x = 130 + n * 130
        c.oval(x, 330, 110, 30, (190, 146, 96), -30)
        c.stroke([(x + 54, 350), (x + 54, 396)], (110, 88, 64), 7)
        for k in (-22, 108):
            c.box(x + k, 352, 26, 40, (200, 60, 52))
