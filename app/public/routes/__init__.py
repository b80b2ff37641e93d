"""Routes of the public door: pages for people without an account, and the release of cases by staff."""

from app.public.routes import case_pages, features, follow_pages, message_pages, page, releases, report_pages

__all__ = ["BLUEPRINTS", "case_pages", "features", "follow_pages", "message_pages", "page", "report_pages"]

BLUEPRINTS = (releases.blp,)
