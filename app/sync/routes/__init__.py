"""Routes of synchronisation."""

from app.sync.routes import dead_letters, events, pull, push
from app.sync.routes.document import register_schemas

BLUEPRINTS = (pull.blp, push.blp, dead_letters.blp, events.blp)

__all__ = ["BLUEPRINTS", "register_schemas"]
