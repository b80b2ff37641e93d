"""Doors of the field apps."""

from app.fieldapp.routes import events, pull

BLUEPRINTS = (pull.blp, events.blp)
