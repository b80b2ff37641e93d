"""Doors of the field apps."""

from app.http.smorest import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
