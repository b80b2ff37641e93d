"""Doors of the workforce."""

from app.workforce.routes import plans, positions, workers

BLUEPRINTS = (workers.blp, positions.blp, plans.shifts, plans.responsibilities)
