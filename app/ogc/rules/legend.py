"""Colours of states and fonts of labels; QGIS projects and MapLibre styles use the same."""

from app.incidents.cases.rules.names import STATUSES
from app.ogc.rules.collections.definition import Titles

# State, its name, its colour; in the order of a legend.
STATES: tuple[tuple[str, Titles, str], ...] = tuple(
    (state, STATUSES[state], colour)
    for state, colour in (
        ("collected", "#b91c1c"),
        ("filed", "#b91c1c"),
        ("returned", "#b91c1c"),
        ("dispatched", "#ea580c"),
        ("verifying", "#0891b2"),
        ("accepted", "#2563eb"),
        ("handling", "#2563eb"),
        ("rework", "#2563eb"),
        ("fed_back", "#7c3aed"),
        ("checking", "#7c3aed"),
        ("deferred", "#6b7280"),
        ("on_books", "#6b7280"),
        ("closed", "#15803d"),
        ("force_closed", "#15803d"),
        ("not_filed", "#a3a3a3"),
    )
)
ENDED = ("closed", "force_closed", "not_filed")
# Of an unknown state.
OTHER_COLOUR = "#6b7280"
# The first that the machine has is taken: the usual default has no Chinese on many.
FONTS = ("Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei")
