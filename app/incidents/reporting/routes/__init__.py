"""Routes of incidents.reporting."""

from app.incidents.reporting.routes import duplicates, reports

BLUEPRINTS = (reports.blp, duplicates.blp)
