"""Routes of the supervisor's desk: correct, merge, link, annotate, answer and print cases."""

from app.incidents.desk.routes import cases, print_sheets, related_cases, replies

BLUEPRINTS = (cases.blp, print_sheets.blp, related_cases.blp, replies.blp)
