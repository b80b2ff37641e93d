"""Routes of areas, units and jurisdictions."""

from app.areas.routes import areas, jurisdictions, units

BLUEPRINTS = (areas.blp, jurisdictions.blp, units.blp)
