"""Views of /open311."""

from app.open311.routes import requests, services, updates
from app.open311.routes.blueprint import blp

BLUEPRINTS = (blp,)

__all__ = ["BLUEPRINTS", "requests", "services", "updates"]
