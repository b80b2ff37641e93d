"""Routes of synchronisation."""

from app.sync.routes import dead_letters, events, pull, push

BLUEPRINTS = (pull.blp, push.blp, dead_letters.blp, events.blp)
