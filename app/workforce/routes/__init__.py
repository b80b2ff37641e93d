"""Doors of the workforce."""

from app.workforce.routes import plans, workers

BLUEPRINTS = (workers.blp, plans.shifts, plans.responsibilities)
