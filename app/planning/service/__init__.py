"""Use cases of day plans, coverage of grids by patrols, and random draws (lots)."""

from app.planning.service.coverage import coverage, coverage_of_cycle, draw_lot, list_lots, lot
from app.planning.service.day_input import DayInput, gather_day, local_date
from app.planning.service.decisions import order, pin, unpin
from app.planning.service.due import (
    changed_days,
    delete_old_plans,
    device_plan,
    unplanned_days,
)
from app.planning.service.planner import solve_days, store_plan, with_street_times
from app.planning.service.stored_plans import day_of, day_to_plan, plan, plans

__all__ = [
    "DayInput",
    "changed_days",
    "coverage",
    "coverage_of_cycle",
    "day_of",
    "day_to_plan",
    "delete_old_plans",
    "device_plan",
    "draw_lot",
    "gather_day",
    "list_lots",
    "local_date",
    "lot",
    "order",
    "pin",
    "plan",
    "plans",
    "solve_days",
    "store_plan",
    "unpin",
    "unplanned_days",
    "with_street_times",
]
