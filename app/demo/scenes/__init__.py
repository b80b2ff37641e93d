"""Small drawn pictures of places with a problem, and of the same places without it. Pure."""

from app.demo.scenes.catalogue import SCENES, draw

__all__ = ["SCENES", "draw"]
