"""Use cases of planning."""

from app.planning.service.coverage import coverage, coverage_of_cycle, draw_lot, list_lots, lot
from app.planning.service.deciding import order, pin, unpin
from app.planning.service.due import beginning, changed, forget, on_phone
from app.planning.service.gathering import Gathered, gather, today
from app.planning.service.making import keep, solve, timed_by_street
from app.planning.service.reading import day_of, day_to_plan, plan, plans

__all__ = [
    "Gathered",
    "beginning",
    "changed",
    "coverage",
    "coverage_of_cycle",
    "day_of",
    "day_to_plan",
    "draw_lot",
    "forget",
    "gather",
    "keep",
    "list_lots",
    "lot",
    "on_phone",
    "order",
    "pin",
    "plan",
    "plans",
    "solve",
    "timed_by_street",
    "today",
    "unpin",
]
