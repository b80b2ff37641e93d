"""Routes of incidents.desk."""

from app.incidents.desk.routes import cases, print_sheets, related_cases

BLUEPRINTS = (cases.blp, print_sheets.blp, related_cases.blp)
