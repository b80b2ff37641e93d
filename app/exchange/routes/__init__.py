"""Views of /imports and /exports."""

from app.exchange.routes import exports, imports

BLUEPRINTS = (imports.blp, exports.blp)
__all__ = ["BLUEPRINTS"]
