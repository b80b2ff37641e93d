"""Routes of the audit and the redraw of grids."""

from app.grids.routes import audit, redraw

BLUEPRINTS = (audit.blp, redraw.blp)
