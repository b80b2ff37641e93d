"""Doors of planning."""

from app.planning.routes import coverage, plans

BLUEPRINTS = (plans.plans, plans.of_workers, coverage.of_areas, coverage.lots)
