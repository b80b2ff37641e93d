"""Service functions of signals."""

from app.signals.service.hotspots import preview_hotspots
from app.signals.service.signals import (
    acknowledge,
    detect_signals,
    due_runs,
    members_of_signal,
    signal,
    signals,
    signals_on_maps,
    visible_sentences,
)

__all__ = [
    "acknowledge",
    "detect_signals",
    "due_runs",
    "members_of_signal",
    "preview_hotspots",
    "signal",
    "signals",
    "signals_on_maps",
    "visible_sentences",
]
