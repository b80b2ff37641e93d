"""Routes of profiles and categories."""

from app.profiles.routes import categories, profiles

BLUEPRINTS = (profiles.blp, categories.blp)
