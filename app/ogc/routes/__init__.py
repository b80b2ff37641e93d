"""Doors of /ogc."""

from app.ogc.routes import describing, editing, items, qgis, tiles
from app.ogc.routes.door import blp

BLUEPRINTS = (blp,)

__all__ = ["BLUEPRINTS", "describing", "editing", "items", "qgis", "tiles"]
