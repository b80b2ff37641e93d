"""Views of /ogc."""

from app.ogc.routes import base_map, descriptions, feature_edits, items, qgis, tiles
from app.ogc.routes.blueprint import blp

BLUEPRINTS = (blp,)

__all__ = ["BLUEPRINTS", "base_map", "descriptions", "feature_edits", "items", "qgis", "tiles"]
