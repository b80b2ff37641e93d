"""Routes that take reports and search for duplicates."""

from app.incidents.reporting.routes import duplicates, reports

BLUEPRINTS = (reports.blp, duplicates.blp)
