"""Routes of notices."""

from app.notices.routes import notices

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (notices.blp,)
