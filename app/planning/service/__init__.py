"""Use cases of planning."""

from app.planning.service.deciding import order, pin, unpin
from app.planning.service.due import beginning, changed, forget, on_phone
from app.planning.service.gathering import Gathered, gather, today
from app.planning.service.making import keep, solve
from app.planning.service.reading import day_of, day_to_plan, plan, plans

__all__ = [
    "Gathered",
    "beginning",
    "changed",
    "day_of",
    "day_to_plan",
    "forget",
    "gather",
    "keep",
    "on_phone",
    "order",
    "pin",
    "plan",
    "plans",
    "solve",
    "today",
    "unpin",
]
