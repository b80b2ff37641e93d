"""Doors of the field apps."""

from app.fieldapp.routes import events, pull, push

BLUEPRINTS = (pull.blp, push.blp, events.blp)
