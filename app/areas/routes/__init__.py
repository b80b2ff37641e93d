"""Doors of areas, units and jurisdictions."""

from app.areas.routes import areas, jurisdictions, units

BLUEPRINTS = (areas.blp, jurisdictions.blp, jurisdictions.categories_blp, units.blp)
