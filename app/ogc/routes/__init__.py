"""Doors of /ogc."""

from app.ogc.routes import describing, items
from app.ogc.routes.door import blp

BLUEPRINTS = (blp,)

__all__ = ["BLUEPRINTS", "describing", "items"]
