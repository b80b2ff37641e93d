"""Routes that read cases, their history and their media."""

from app.incidents.cases.routes import cases, media

BLUEPRINTS = (cases.blp, media.blp)
