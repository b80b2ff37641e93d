"""Routes of notices."""

from app.notices.routes import links, notices, pages, states, tasks

__all__ = ["BLUEPRINTS", "pages"]

BLUEPRINTS = (notices.blp, states.blp, states.wishes_blp, links.blp, tasks.blp)
