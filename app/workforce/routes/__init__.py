"""Doors of the workforce."""

from app.workforce.routes import plans, positions, sheets, substitutes, workers

BLUEPRINTS = (workers.blp, positions.blp, plans.shifts, plans.responsibilities, sheets.blp, substitutes.blp)
