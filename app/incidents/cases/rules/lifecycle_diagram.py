"""Generator of docs/images/lifecycle.svg, the state diagram of a case. Pure.

The arrows and their labels come from the transition table. The places of states, boxes and arrows are laid out by hand here,
because they have to be readable. `edges` refuses a table with a transition for which there is no arrow.

A dashed box is a group of states: an arrow from its border leads from each state in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from app.incidents.cases.rules.lifecycle import (
    OPEN,
    RESULTS,
    TRANSITIONS,
    UNFILED,
    WITH_HANDLER,
    Status,
    Transition,
    client_action,
)
from app.incidents.cases.rules.names import STATUSES

WIDTH, HEIGHT = 884, 890
NODE_WIDTH, NODE_HEIGHT = 112, 40
S = Status
Point = tuple[int, int]

# Centre of each state, in pixels.
PLACES: dict[Status, Point] = {
    S.VERIFYING: (110, 80),
    S.COLLECTED: (370, 80),
    S.NOT_FILED: (690, 80),
    S.FILED: (370, 190),
    S.DISPATCHED: (370, 300),
    S.ACCEPTED: (370, 400),
    S.RETURNED: (690, 400),
    S.REWORK: (150, 500),
    S.HANDLING: (370, 500),
    S.FED_BACK: (370, 610),
    S.DEFERRED: (690, 630),
    S.CHECKING: (370, 710),
    S.ON_BOOKS: (690, 740),
    S.CLOSED: (370, 810),
    S.FORCE_CLOSED: (690, 850),
}
WORKED = WITH_HANDLER | {S.DISPATCHED}
IN_PARTS = WORKED | {S.FILED, S.RETURNED}
# Left, top, right and bottom of the box of each group.
BOXES: dict[frozenset[Status], tuple[int, int, int, int]] = {
    UNFILED: (40, 48, 440, 112),
    IN_PARTS: (56, 154, 784, 554),
    WORKED: (70, 272, 452, 540),
    WITH_HANDLER: (80, 374, 442, 530),
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow of the diagram.

    Attributes:
        sources: States from which the arrow leads.
        points: Corners of the line, from the source to the target.
        label: Place of the label.
        anchor: `text-anchor` of the label.
    """

    sources: frozenset[Status]
    target: Status
    points: tuple[Point, ...]
    label: Point
    anchor: str = "middle"


def _arrow(
    sources: Status | frozenset[Status], target: Status, points: str, label: Point, anchor: str = "middle"
) -> Arrow:
    """Return an arrow.

    Args:
        points: Corners as in SVG: `x,y` separated by spaces.
    """
    corners = tuple((int(x), int(y)) for x, y in (point.split(",") for point in points.split()))
    group = frozenset({sources}) if isinstance(sources, Status) else sources
    return Arrow(group, target, corners, label, anchor)


# The arrow of a group comes before arrows of its states to the same target.
ARROWS: tuple[Arrow, ...] = (
    _arrow(S.COLLECTED, S.VERIFYING, "314,72 166,72", (240, 66)),
    _arrow(S.VERIFYING, S.COLLECTED, "166,90 314,90", (240, 104)),
    _arrow(UNFILED, S.FILED, "370,112 370,170", (376, 140), "start"),
    _arrow(S.VERIFYING, S.FILED, "110,100 110,190 314,190", (200, 184)),
    _arrow(UNFILED, S.NOT_FILED, "440,80 634,80", (540, 74)),
    _arrow(S.VERIFYING, S.NOT_FILED, "110,60 110,14 690,14 690,60", (540, 28)),
    _arrow(S.FILED, S.NOT_FILED, "426,176 650,176 650,100", (540, 170)),
    _arrow(S.DISPATCHED, S.NOT_FILED, "426,300 650,300 650,100", (540, 294)),
    _arrow(S.RETURNED, S.NOT_FILED, "726,380 726,100", (731, 260), "start"),
    _arrow(S.NOT_FILED, S.RETURNED, "676,100 676,380", (681, 232), "start"),
    _arrow(IN_PARTS, S.DISPATCHED, "56,300 314,300", (82, 294), "start"),
    _arrow(S.FILED, S.DISPATCHED, "370,210 370,280", (376, 245), "start"),
    _arrow(S.DISPATCHED, S.ACCEPTED, "370,320 370,380", (376, 350), "start"),
    _arrow(S.ACCEPTED, S.HANDLING, "370,420 370,480", (376, 455), "start"),
    _arrow(S.REWORK, S.HANDLING, "206,500 314,500", (260, 494)),
    _arrow(WITH_HANDLER, S.FED_BACK, "370,530 370,590", (376, 576), "start"),
    _arrow(S.FED_BACK, S.CHECKING, "360,630 360,690", (354, 665), "end"),
    _arrow(S.CHECKING, S.FED_BACK, "380,690 380,630", (386, 665), "start"),
    _arrow(S.CHECKING, S.CLOSED, "370,730 370,790", (376, 765), "start"),
    _arrow(S.CHECKING, S.REWORK, "314,710 160,710 160,520", (240, 704)),
    _arrow(S.CLOSED, S.REWORK, "314,810 130,810 130,520", (222, 804)),
    _arrow(WORKED, S.RETURNED, "452,400 634,400", (540, 394)),
    _arrow(WORKED, S.DEFERRED, "442,540 442,630 634,630", (540, 624)),
    _arrow(S.FILED, S.DEFERRED, "426,204 804,204 804,630 746,630", (798, 590), "end"),
    _arrow(S.DEFERRED, S.HANDLING, "660,610 660,500 426,500", (540, 494)),
    _arrow(IN_PARTS, S.ON_BOOKS, "600,554 600,740 634,740", (595, 700), "end"),
    _arrow(S.DEFERRED, S.ON_BOOKS, "690,650 690,720", (696, 690), "start"),
    _arrow(S.ON_BOOKS, S.FILED, "746,740 826,740 826,190 426,190", (752, 757), "start"),
    _arrow(OPEN, S.FORCE_CLOSED, "540,850 634,850", (585, 844)),
    _arrow(S.FORCE_CLOSED, S.RETURNED, "746,850 868,850 868,400 746,400", (800, 844)),
)

_STYLE = """
svg { --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --node: #eaf2fb; --end: #e6e8eb; --group: #8c959f; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6edf3; --soft: #adb5bd; --paper: #14181d; --node: #1f3247; --end: #32383f; --group: #6e7681; }
}
text { font: 12px system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; fill: var(--ink); }
.code { font-weight: 600; } .title { font-size: 11px; fill: var(--soft); }
.label { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.node { fill: var(--node); stroke: var(--ink); } .end { fill: var(--end); stroke-width: 2; }
.group { fill: none; stroke: var(--group); stroke-dasharray: 5 4; }
.line { fill: none; stroke: var(--ink); } .dot, marker path { fill: var(--ink); } .paper { fill: var(--paper); }
"""


def edges(transitions: Iterable[Transition] = TRANSITIONS) -> list[tuple[Arrow, list[str]]]:
    """Return each arrow with the actions that it stands for.

    Raises:
        ValueError: A transition has no arrow, or an arrow has no transition.
    """
    left = {
        (_action(row), source, row.to)
        for row in transitions
        for source in row.sources
        if row.to is not None and row.to != source
    }
    labelled = []
    for arrow in ARROWS:
        sources = arrow.sources - {arrow.target}
        actions = sorted(
            action
            for action in {action for action, *_ in left}
            if all((action, source, arrow.target) in left for source in sources)
        )
        if not actions:
            raise ValueError(f"no transition from {', '.join(sorted(sources))} to {arrow.target}")
        left -= {(action, source, arrow.target) for action in actions for source in sources}
        labelled.append((arrow, actions))
    if left:
        raise ValueError(f"no arrow for {sorted(left)}")
    return labelled


def lifecycle_diagram() -> str:
    """Return the state diagram as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        "<title>States of a case and the actions between them</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<path d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>',
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
    ]
    for left, top, right, bottom in BOXES.values():
        parts.append(
            f'<rect class="group" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" rx="10"/>'
        )
    labelled = edges()
    parts += [_line(arrow.points) for arrow, _ in labelled]
    parts += ['<circle class="dot" cx="370" cy="36" r="6"/>', _line(((370, 36), (370, 60)))]
    parts += [
        _text((382, 40), "report", "label", "start"),
        _text((534, 854), "every open state", "title", "end"),
    ]
    parts += [_text(arrow.label, ", ".join(actions), "label", arrow.anchor) for arrow, actions in labelled]
    parts += [part for status, place in PLACES.items() for part in _node(status, place)]
    return "\n".join((*parts, "</svg>")) + "\n"


def _action(row: Transition) -> str:
    """Return the action by the name that clients use, with its result if the result decides."""
    name = client_action(row.action)
    results = RESULTS.get(name, {})
    return next((f"{name}: {result}" for result, action in results.items() if action == row.action), name)


def _node(status: Status, place: Point) -> list[str]:
    x, y = place
    kind = "node" if status in OPEN else "node end"
    english, chinese = STATUSES[status]
    return [
        f'<rect class="{kind}" x="{x - NODE_WIDTH // 2}" y="{y - NODE_HEIGHT // 2}"'
        f' width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="8"><title>{escape(english)}</title></rect>',
        _text((x, y - 3), status.value, "code"),
        _text((x, y + 13), chinese, "title"),
    ]


def _line(points: Iterable[Point]) -> str:
    corners = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline class="line" points="{corners}" marker-end="url(#head)"/>'


def _text(place: Point, text: str, kind: str, anchor: str = "middle") -> str:
    x, y = place
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
