"""Use cases of planning."""

from app.planning.service.coverage import coverage, coverage_of_cycle, draw_lot, list_lots, lot
from app.planning.service.day_input import DayInput, gather, today
from app.planning.service.decisions import order, pin, unpin
from app.planning.service.due import changed, forget, on_phone, unplanned_days
from app.planning.service.planner import keep, solve, timed_by_street
from app.planning.service.stored_plans import day_of, day_to_plan, plan, plans

__all__ = [
    "DayInput",
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
    "unplanned_days",
]
