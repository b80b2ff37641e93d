"""HTTP routes of day plans, coverage and lots."""

from app.planning.routes import coverage, plans

BLUEPRINTS = (plans.plans, plans.worker_plans, coverage.area_coverage, coverage.lots)
