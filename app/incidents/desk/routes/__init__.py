"""Routes of the supervisor's desk: correct, merge, link, annotate and print cases."""

from app.incidents.desk.routes import cases, print_sheets, related_cases

BLUEPRINTS = (cases.blp, print_sheets.blp, related_cases.blp)
