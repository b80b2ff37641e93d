"""Routes of incidents.cases."""

from app.incidents.cases.routes import cases, media

BLUEPRINTS = (cases.blp, media.blp)
