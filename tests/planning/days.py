"""Days to be planned, at random, and a judge of routes that shares no code with the planner."""

from typing import Any

from hypothesis import strategies as st

from app.core.travel import Mode, StraightLine
from app.planning.rules.days import Break, Day, Kind, Stop

START = 1_800_000_000
MINUTE = 60


@st.composite
def days(draw: Any) -> Day:
    """A day of up to fourteen stops within some kilometres, with hours, breaks, gaps, pins, an order, little room."""
    length = draw(st.integers(20, 600)) * MINUTE
    count = draw(st.integers(0, 14))
    places = [
        (120 + draw(st.integers(0, 200)) / 5_000, 30 + draw(st.integers(0, 200)) / 5_000)
        for _ in range(count + 2)
    ]
    seconds = StraightLine().matrix(places, mode=Mode.WALK).seconds
    stops = []
    order = 0
    for place in range(count):
        service = draw(st.integers(0, 60)) * MINUTE
        earliest = START + draw(st.integers(-60, 600)) * MINUTE
        latest = earliest + draw(st.integers(-10, 600)) * MINUTE
        at = hand = None
        match draw(st.sampled_from(["free", "free", "free", "at", "order"])):
            case "at":
                at = earliest = latest = START + draw(st.integers(-30, 620)) * MINUTE
            case "order":
                hand, order = order, order + 1
        kind = draw(st.sampled_from([Kind.VISIT, Kind.HANDLE, Kind.CHECK, Kind.PATROL]))
        priority = draw(st.integers(0, 10))
        stops.append(Stop(f"s{place:02}", kind, place, service, earliest, latest, priority, at, hand))
    breaks = []
    for number in range(draw(st.integers(0, 2))):
        earliest = START + draw(st.integers(0, 500)) * MINUTE
        slack = draw(st.integers(0, 120)) * MINUTE
        breaks.append(
            Break(f"b{number}", Kind.BREAK, draw(st.integers(5, 60)) * MINUTE, earliest, earliest + slack)
        )
    if draw(st.booleans()):
        gap = START + draw(st.integers(0, 500)) * MINUTE
        breaks.append(Break("gap", Kind.GAP, draw(st.integers(5, 120)) * MINUTE, gap, gap))
    return Day(
        start=START,
        end=START + length,
        start_place=draw(st.sampled_from([None, count])),
        stops=tuple(stops),
        breaks=tuple(breaks),
        seconds=seconds,
        room=draw(st.integers(0, 14)),
        base_s=[row[count + 1] for row in seconds],
        far_s=draw(st.sampled_from([None, 3600])),
    )


def faults(day: Day, route: Any) -> list[str]:
    """Everything in a route that breaks a promise."""
    faults_found = []
    free = day.start
    place, walked = day.start_place, 0
    for timed in route.timed:
        item = timed.item
        if timed.begin < free:
            faults_found.append(f"{item.id} begins before what comes before it has ended")
        if not item.earliest <= timed.begin <= item.latest:
            faults_found.append(f"{item.id} begins outside its hours")
        if timed.end != timed.begin + item.service or timed.end > day.end:
            faults_found.append(f"{item.id} does not end in time")
        if isinstance(item, Stop):
            way = day.seconds[place][item.place] if place is not None else 0
            # The walk has to fit between the end at the last place and the beginning here, less all breaks.
            if timed.begin - free + walked < way:
                faults_found.append(f"{item.id} is reached too soon")
            if item.at is not None and timed.begin != item.at:
                faults_found.append(f"{item.id} does not begin when it is pinned")
            if item.at is None and day.far_s is not None and day.base_s[item.place] > day.far_s:
                faults_found.append(f"{item.id} is too far")
            place, walked = item.place, 0
        else:
            walked += timed.begin - free
        free = timed.end
    placed = [timed.item.id for timed in route.timed]
    left = [item.id for item, _ in route.left]
    if sorted(placed + left) != sorted(item.id for item in (*day.stops, *day.breaks)):
        faults_found.append("something is twice or nowhere")
    if any(not reason for _, reason in route.left):
        faults_found.append("something is left without a reason")
    if sum(isinstance(timed.item, Stop) for timed in route.timed) > day.room:
        faults_found.append("more stops than there is room for")
    by_hand = [
        timed.item.order
        for timed in route.timed
        if isinstance(timed.item, Stop) and timed.item.order is not None
    ]
    if by_hand != sorted(by_hand):
        faults_found.append("the order made by hand is another one")
    return faults_found
