"""Doors of the register."""

from app.households.routes import households

BLUEPRINTS = (households.blp,)
