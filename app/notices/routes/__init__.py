"""Routes of notices."""

from app.notices.routes import notices, states

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (notices.blp, states.blp, states.wishes_blp)
