"""Doors of the field apps."""

from app.fieldapp.routes import events
from app.http.smorest import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = (events.blp,)
