"""Doors of planning."""

from app.planning.routes import plans

BLUEPRINTS = (plans.plans, plans.of_workers)
